"""A Ray cluster of two nodes on this machine, and studies on it, for the tests; loopback only.

As a script it is the cluster (`cluster`: obeys lines on stdin) or a driver (`drive STUDY RESULTS ADDRESS`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__)
PATIENCE = 900.0
"""Seconds that a test waits before it fails."""
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_agent_register_timeout_ms": "120000",
    "OMP_NUM_THREADS": "1",
}


def environment() -> dict[str, str]:
    """A child's: it finds this code, and no cluster by itself."""
    path = os.pathsep.join([str(HERE.parent), str(HERE.parents[2])])
    kept = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    return {**kept, **SETTINGS, "PYTHONPATH": path}


class Cluster:
    """Two nodes, each with one GPU that is none."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE), "cluster"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.address = self.answer()

    def answer(self) -> str:
        """The next line it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line, "the cluster has died"
        return line

    def ask(self, what: str) -> str:
        """Have it do something; what it says when that is done."""
        assert self.process.stdin is not None
        print(what, file=self.process.stdin, flush=True)
        return self.answer()

    def close(self) -> None:
        self.process.communicate("", timeout=PATIENCE)


class Driver:
    """A driver in a process of its own."""

    def __init__(self, study: Path, results: Path, address: str) -> None:
        self.results, self.name = results, study.stem
        self.process = subprocess.Popen(
            [sys.executable, str(HERE), "drive", str(study), str(results), address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What its journal holds; a last line without its end is not there yet."""
        path = self.results / self.name / "journal.jsonl"
        lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [event for event in found if kind in (None, event["type"])]

    def until(self, happened: Callable[[Sequence[dict[str, Any]]], bool]) -> None:
        """Wait until the journal says so."""
        limit = time.monotonic() + PATIENCE
        while not happened(self.events()):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < limit, "the study does not get there"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL for the driver alone, if it is there."""
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)

    def outcome(self) -> list[Any]:
        """Runs that ended, runs that are left, whether it was interrupted; and whether it knows torch."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, err
        found: list[Any] = json.loads(out.splitlines()[-1])
        return found


def pid(event: dict[str, Any]) -> int:
    """The process that a task event speaks of."""
    return int(event["worker"].rpartition(" ")[2])


def _cluster() -> None:
    import ray.cluster_utils

    cluster = ray.cluster_utils.Cluster()
    options = {"num_cpus": 2, "num_gpus": 1, "include_dashboard": False}
    cluster.add_node(**options)
    second = cluster.add_node(**options)
    print(cluster.address, flush=True)
    for line in sys.stdin:
        if line.strip() == "remove":
            cluster.remove_node(second, allow_graceful=False)
        else:
            second = cluster.add_node(**options)
        print("done", flush=True)
    cluster.shutdown()


def _drive(study: Path, results: Path, address: str) -> None:
    import io

    from rich.console import Console

    from bench.errands import Wish, lay_out
    from bench.executors import ray_cluster
    from bench.executors.process import Process
    from bench.executors.ray import Ray
    from bench.progress import Lines
    from bench.runner import Driver as Driving
    from bench.runner import Options
    from bench.study import load

    # Halves of GPUs that are none: where it computes is told apart from what it asks Ray for.
    devices = ("cpu",) * 4
    ray_cluster.connect(address, Wish(("cpu",)))
    cluster = ray_cluster.Cluster(devices, (2, 2), gpus=0.5)
    planner = Process("planner")
    layout = planner.call("planning", lay_out, load(study), Wish(offered=devices, cohort_size=2))
    planner.end()
    view = Lines(Console(file=io.StringIO()))
    driver = Driving(
        layout,
        Options(results),
        view,
        lambda given: Ray(cluster, given, results / study.stem, retries=3),
    )
    ended = driver.run()
    print(json.dumps([ended.ran, ended.left, ended.interrupted, "torch" in sys.modules]))


if __name__ == "__main__":
    if sys.argv[1] == "cluster":
        _cluster()
    else:
        _drive(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
