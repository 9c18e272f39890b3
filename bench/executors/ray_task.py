"""What runs on the nodes of a Ray cluster, as tasks: Ray starts them, and again if they are lost."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.cohort_log import tail
from bench.executors.base import Kind
from bench.executors.serving import Orphaned, Voice, called, worked
from bench.journal import Event
from bench.tasks import Scoring, Survey, Task

SEAL = ".shared"
"""A file in the study's folder that says which driver's folder it is."""
_PATIENCE = 10.0
"""Seconds that a network file system has to show a file that was just made."""


@dataclass(frozen=True)
class Post:
    """How a task reaches the driver, and knows the driver's folder."""

    box: Any
    """The mailbox, an actor."""
    seal: str
    """What the driver has written into the study's folder."""
    here: Path
    """The driver's working folder: relative paths in a study begin there."""


def node(folder: Path, seal: str) -> tuple[str | None, str]:
    """What keeps this node from working for the driver, if anything, and its version of ganbench."""
    return unshared(folder, seal), version("ganbench")


def unshared(folder: Path, seal: str, patience: float = _PATIENCE) -> str | None:
    """Why the study's folder as this process sees it is not the driver's; None if it is."""
    limit = time.monotonic() + patience
    while True:
        try:
            if (folder / SEAL).read_text(encoding="ascii") == seal:
                return None if os.access(folder, os.W_OK) else f"{folder} cannot be written to there"
            found = "holds something else there"
        except OSError as error:
            found = f"cannot be read there ({error.strerror})"
        if time.monotonic() > limit:
            return f"{folder} {found}: results must be on storage that all nodes share"
        time.sleep(0.2)


def survey(scoring: Scoring, device: str, post: Post) -> tuple[str, object]:
    """`bench.worker.survey`, as `called` returns it."""
    _settle(post)
    return called(_survey, (scoring, device))


def cohort(task: Task, post: Post) -> tuple[str | None, str, Kind]:
    """Train and score a cohort; why that failed, in a line and whole, if it did.

    After an error of CUDA's the process ends, for nothing works in it any more: Ray sees to the rest.
    """
    import ray

    attempt = ray.get(post.box.begin.remote(task.id))
    if attempt is None:
        return None, "", "error"
    address: str = ray.util.get_node_ip_address()  # type: ignore[no-untyped-call]
    name = f"{address} pid {os.getpid()}"
    if (reason := unshared(task.folder, post.seal)) is not None:
        return f"{name}: {reason}", "", "error"
    _settle(post)
    voice = Voice(_sender(post.box, task.id, attempt))
    try:
        if attempt > 1:
            voice.emit(_lost(task, f"the worker or its node was lost; Ray has begun again on {name}"))
        found = worked(replace(task, attempt=attempt), voice, _stop(post.box, task.id, attempt), name)
        if found[2] == "lost":
            voice.emit(_lost(task, f"{found[0]} on {name}"))
            sys.stderr.flush()
            os._exit(1)
    except Orphaned:
        return None, "", "error"
    return found


def _survey(scoring: Scoring, device: str) -> Survey:
    from bench import worker

    return worker.survey(scoring, device)


def _settle(post: Post) -> None:
    """Make this process like a child of the driver's."""
    # OpenMP must not spin while it waits.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if post.here.is_dir():
        os.chdir(post.here)


def _lost(task: Task, sentence: str) -> Event:
    told = {"sentence": sentence, "log": tail(task.log)}
    return {"type": "trouble", "cohort": task.id, "kind": "lost", **told}


def _sender(box: Any, cohort: str, attempt: int) -> Callable[[list[Event]], None]:
    """Takes messages to the mailbox; returns when the driver has written them down."""
    import ray

    def send(events: list[Event]) -> None:
        try:
            wanted = ray.get(box.say.remote(cohort, attempt, events))
        except ray.exceptions.RayError:
            raise Orphaned from None
        if not wanted:
            raise Orphaned

    return send


def _stop(box: Any, cohort: str, attempt: int) -> Callable[[], bool]:
    import ray

    def stop() -> bool:
        try:
            return bool(ray.get(box.stopping.remote(cohort, attempt)))
        except ray.exceptions.RayError:
            raise Orphaned from None

    return stop
