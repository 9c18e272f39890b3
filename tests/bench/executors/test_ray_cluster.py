"""What a study gets of a cluster, and the lines a user reads if that is nothing."""

from __future__ import annotations

import socket
import time

import pytest

from bench.errands import Wish
from bench.executors.ray_cluster import Cluster, RayError, _answering, offered
from bench.placement import PlacementError

GPUS = [{"CPU": 16.0, "GPU": 4.0}, {"CPU": 16.0, "GPU": 4.0}, {"CPU": 8.0}]
CPUS = [{"CPU": 16.0}, {"CPU": 4.0}, {"memory": 1.0}]


@pytest.mark.parametrize(
    ("wish", "workers", "share", "most"),
    [
        (Wish(), 8, 1.0, None),
        (Wish(workers_per_device=2), 16, 0.5, None),
        (Wish(("cuda",), workers_per_device=3), 24, 0.3333, None),
        (Wish(workers=4), 4, 1.0, 4),
        (Wish(workers=12), 12, 0.5, 12),
    ],
)
def test_gpus_are_shared(wish: Wish, workers: int, share: float, most: int | None) -> None:
    """N workers a GPU ask for an Nth of one, and N of them fit into it; GPUs alone decide where."""
    cluster = offered(GPUS, wish)
    assert cluster == Cluster(("cuda",) * workers, (16, 16, 8), share, most)
    assert cluster.share(cluster.threads(workers)) == {"num_cpus": 0, "num_gpus": share}


@pytest.mark.parametrize(
    ("wish", "workers", "threads"),
    [
        (Wish(), 20, 1),
        (Wish(workers=2), 2, 4),
        (Wish(workers=10), 10, 2),
        (Wish(workers_per_device=2), 4, 4),
    ],
)
def test_cpus_are_divided(wish: Wish, workers: int, threads: int) -> None:
    """Threads are divided among workers; one task never asks for more than the smallest node has."""
    cluster = offered(CPUS, wish)
    assert cluster.devices == ("cpu",) * workers and cluster.threads(workers) == threads
    assert cluster.share(threads) == {"num_cpus": threads, "num_gpus": 0}
    assert cluster.share(64) == {"num_cpus": 16, "num_gpus": 0}, "a cohort from a larger machine fits too"


@pytest.mark.parametrize(
    ("nodes", "wish", "sentence"),
    [
        (GPUS, Wish(("cuda:0", "cuda:1")), "--devices cuda:0,cuda:1: with --executor ray it is auto, cpu or"),
        (CPUS, Wish(("cuda",)), "--devices cuda: no node of the Ray cluster has a GPU"),
        ([{"memory": 1.0}], Wish(), "no node of the Ray cluster offers a CPU"),
        (GPUS, Wish(workers=3, workers_per_device=2), "2 workers on each of 8 devices are 16, not 3"),
    ],
)
def test_what_a_cluster_has_not(nodes: list[dict[str, float]], wish: Wish, sentence: str) -> None:
    """What cannot be is said, not waited for."""
    with pytest.raises(PlacementError) as found:
        offered(nodes, wish)
    assert str(found.value).startswith(sentence)


def test_addresses_without_a_cluster() -> None:
    """One line, within seconds: Ray itself waits for two minutes and then ends the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begin = time.monotonic()
    for address, sentence in {
        f"127.0.0.1:{port}": "nothing answers there (Connection refused)",
        "nowhere": "auto or HOST:PORT is wanted",
        "127.0.0.1:99999": "auto or HOST:PORT is wanted",
        "ray://127.0.0.1:10001": "the driver runs on a node of the cluster",
    }.items():
        with pytest.raises(RayError) as found:
            _answering(address)
        assert str(found.value).startswith(f"--address {address}: {sentence}")
    assert time.monotonic() - begin < 10.0


def test_an_address_that_answers() -> None:
    """It is handed to Ray as it is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert _answering(address) == address
