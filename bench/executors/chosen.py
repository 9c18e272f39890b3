"""Which executor a command line means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errands import Wish
from bench.executors.base import Executor
from bench.executors.local import Local
from bench.executors.process import Process
from bench.problems import UserError
from gan.registry import unknown

EXECUTORS = ("local", "ray")


@dataclass(frozen=True)
class Chosen:
    """An executor that can be started."""

    wish: Wish
    """Where the user wants the study to run, with what is there."""
    start: Callable[[Process, Path, int, Sequence[str]], Executor]
    """Starts the workers, given a process that is there already, the study's folder, how often to try again,
    and the device of every worker."""


def chosen(name: str, address: str | None, wish: Wish) -> Chosen:
    """An executor by its name; with Ray, the cluster is joined.

    Raises:
        UserError: There is none of that name, or the cluster cannot be used.
    """
    if name not in EXECUTORS:
        raise UserError(f"--executor: {unknown('executor', name, EXECUTORS)}")
    if name == "ray":
        return _ray(address, wish)
    if address is not None:
        raise UserError("--address is for --executor ray")
    return Chosen(wish, lambda first, folder, retries, devices: Local(devices, first))


def _ray(address: str | None, wish: Wish) -> Chosen:
    from bench.executors.ray import Ray
    from bench.executors.ray_cluster import connect

    cluster = connect(address, wish)

    def start(first: Process, folder: Path, retries: int, devices: Sequence[str]) -> Executor:
        # It has done the planning, and no cohort will be given to it.
        first.bid_farewell()
        first.end()
        return Ray(cluster, devices, folder, retries)

    return Chosen(replace(wish, offered=cluster.devices), start)
