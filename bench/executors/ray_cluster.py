"""Connecting to a Ray cluster, and what it has: a user's mistake is one line, within seconds."""

from __future__ import annotations

import logging
import math
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import placement
from bench.errands import Wish
from bench.executors import ray_task
from bench.problems import UserError
from bench.wording import count

_KNOCK = 3.0
"""Seconds that the address has to answer: Ray itself waits for two minutes, and then ends the process."""
_ANSWER = 120.0
"""Seconds that a node has to start its first worker and look at the study's folder."""
_SETTINGS = {
    # Nothing is sent to anybody.
    "RAY_USAGE_STATS_ENABLED": "0",
    # A cohort that was killed for want of memory goes on in halves; Ray would try the whole again, for ever.
    "RAY_task_oom_retries": "0",
    # Tasks without GPUs see none, also in releases to come: so Ray warns unless this is set.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}
_ALONE = {
    # Makes 127.0.0.1 the address of this machine's own Ray, so that all its ports are on loopback only
    # (`ray._private.services.get_node_ip_address`); its default is the address that others can reach.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # A busy machine takes longer than 15 s to start Ray's agents.
    "RAY_agent_register_timeout_ms": "120000",
}


class RayError(UserError):
    """Ray, the cluster or one of its nodes is not as it must be."""


@dataclass(frozen=True)
class Cluster:
    """What a study may use of a cluster."""

    devices: tuple[str, ...]
    """One a worker: all `cpu`, or all `cuda` (Ray shows a worker no GPU but its own)."""
    cores: tuple[int, ...]
    """CPUs of every node that has any."""
    gpus: float = 0.0
    """GPUs of each worker, a fraction if several share one; 0 on CPUs."""
    most: int | None = None
    """Most workers at a time; None for as many as fit, also on nodes that come later."""

    def threads(self, workers: int) -> int:
        """CPU threads of each of so many workers; one task never needs more than the smallest node has."""
        if self.devices[0] != "cpu" or self.gpus:
            return 1
        return max(1, min(sum(self.cores) // workers, *self.cores))

    def share(self, threads: int) -> Mapping[str, Any]:
        """What a task asks Ray for. Where GPUs are shared, they alone decide where it fits."""
        if self.gpus:
            return {"num_cpus": 0, "num_gpus": self.gpus}
        return {"num_cpus": min(threads, max(self.cores)), "num_gpus": 0}


def connect(address: str | None, wish: Wish) -> Cluster:
    """Join the cluster at an address, or start one on this machine alone if there is none.

    Args:
        address: `auto`, HOST:PORT, or None for RAY_ADDRESS, else for this machine alone.
        wish: Devices, workers, and how many on each device.

    Raises:
        RayError: Ray is not installed, or nothing answers there, or it is another Ray.
        PlacementError: The cluster has no such device.
    """
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    for name, value in {**_SETTINGS, **(_ALONE if address == "local" else {})}.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise RayError(
            "--executor ray needs Ray: uv sync --extra ray, or pip install 'ganbench[ray]'"
        ) from None
    where = address if address == "local" else _answering(address)
    options: dict[str, Any] = {"include_dashboard": False} if where == "local" else {}
    try:
        ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR, **options)
    except (Exception, SystemExit) as error:
        line = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise RayError(f"--address {address}: {line}") from None
    _hush()
    return offered([node["Resources"] for node in _nodes()], wish)


def offered(nodes: list[dict[str, float]], wish: Wish) -> Cluster:
    """What a wish gets of nodes with these resources. Raises PlacementError."""
    cores = tuple(int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1)
    gpus = sum(int(node.get("GPU", 0)) for node in nodes)
    strange = set(wish.devices) - {"auto", "cpu", "cuda"}
    if strange or len(wish.devices) > 1:
        raise placement.PlacementError(
            f"--devices {','.join(wish.devices)}: with --executor ray it is auto, cpu or cuda; "
            "Ray chooses the node and the GPU"
        )
    if wish.devices == ("cuda",) and not gpus:
        raise placement.PlacementError("--devices cuda: no node of the Ray cluster has a GPU")
    if gpus and wish.devices != ("cpu",):
        devices = placement.spread(("cuda",) * gpus, wish.workers, wish.workers_per_device)
        share = 1 / math.ceil(len(devices) / gpus)
        # Ray counts in ten-thousandths of a GPU.
        return Cluster(devices, cores, math.floor(share * 1e4) / 1e4, wish.workers)
    if not cores:
        raise placement.PlacementError("no node of the Ray cluster offers a CPU (ray start --num-cpus)")
    workers = wish.workers or (None if wish.workers_per_device else sum(cores))
    devices = placement.spread(("cpu",) * len(cores), workers, wish.workers_per_device)
    return Cluster(devices, cores, most=wish.workers)


def check_nodes(folder: Path, seal: str) -> None:
    """See whether every node shares the study's folder and has this version. Raises RayError."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    look = ray.remote(ray_task.node)
    asked = {}
    for node in _nodes():
        there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        options = {"num_cpus": 0, "max_retries": 1, "scheduling_strategy": there}
        reference = look.options(**options).remote(folder, seal)
        asked[reference] = node["NodeManagerAddress"]
    ready, late = ray.wait(list(asked), num_returns=len(asked), timeout=_ANSWER)
    if late:
        raise RayError(f"node {asked[late[0]]} has started no worker in {count(int(_ANSWER), 'second')}")
    for reference in ready:
        try:
            problem, theirs = ray.get(reference)
        except ray.exceptions.TaskUnschedulableError:
            continue  # The node has left in the meantime.
        except ray.exceptions.RayError as error:
            last = next(iter(str(error).strip().splitlines()[-1:]), "")
            problem, theirs = f"ganbench does not start there: {last}", version("ganbench")
        if theirs != version("ganbench"):
            problem = f"it has ganbench {theirs}, not {version('ganbench')}"
        if problem is not None:
            raise RayError(f"node {asked[reference]}: {problem}")


def _hush() -> None:
    """Keep Ray from printing screens about lost workers into the view: the journal tells of them.

    `log_to_driver=False` silences the workers alone. Ray's own logs keep all of it.
    """
    from ray._private import worker

    worker.print_to_stdstream = lambda data, ignore_prefix: None


def _nodes() -> list[dict[str, Any]]:
    """The nodes that are alive, as Ray describes them."""
    import ray

    found: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return [node for node in found if node["Alive"]]


def _answering(address: str) -> str:
    """HOST:PORT of an address at which something listens. Raises RayError."""
    if address.startswith("ray://"):
        raise RayError(
            f"--address {address}: the driver runs on a node of the cluster: give auto or HOST:PORT there, "
            "or hand it in with ray job submit"
        )
    if address == "auto":
        # `ray.init` does so too, and then waits for two minutes for a cluster that is gone.
        from ray._private.services import canonicalize_bootstrap_address_or_die

        try:
            address = canonicalize_bootstrap_address_or_die("auto")
        except (ConnectionError, ValueError):
            raise RayError(
                "--address auto: no Ray cluster runs on this machine; ray start begins one"
            ) from None
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise RayError(f"--address {address}: auto or HOST:PORT is wanted")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK).close()
    except OSError as error:
        raise RayError(f"--address {address}: nothing answers there ({error.strerror or error})") from None
    return address
