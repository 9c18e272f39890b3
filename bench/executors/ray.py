"""Workers on the nodes of a Ray cluster: cohorts are Ray tasks with fractions of a GPU.

Ray decides where a task runs and runs it again when its worker or its node is lost. What a worker says goes
through a mailbox on the driver's node. Whatever the driver starts is owned by it: when it dies, Ray ends the
tasks, and the same command goes on from their checkpoints.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.executors import ray_task
from bench.executors.base import Ended, Executor, Kind, Said
from bench.executors.ray_cluster import Cluster, check_nodes
from bench.executors.ray_mailbox import Mailbox
from bench.tasks import Scoring, Survey, Task

_AT_ONCE = 1000
"""Tasks that Ray holds at a time: enough to keep a cluster busy, few enough to look after."""
_LINGER = 10.0
"""Seconds that one look into the mailbox lasts."""
_CALLS = 10_000
"""Workers that may wait for the mailbox's answer at a time."""


class Ray(Executor):
    """One Ray task a cohort."""

    name = "ray"
    retries_itself = True

    def __init__(self, cluster: Cluster, devices: Sequence[str], folder: Path, retries: int) -> None:
        """
        Args:
            cluster: A cluster that this process is connected to.
            devices: The device of every worker.
            folder: The study's, on storage that all nodes share.
            retries: How often Ray runs a task again whose worker or node was lost.

        Raises:
            RayError: A node does not share the folder, or has another version of ganbench.
        """
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._ray = ray
        self._cluster = cluster
        self._devices = tuple(devices)
        self._seal = folder.absolute() / ray_task.SEAL
        seal = secrets.token_hex(8)
        self._seal.write_text(seal, encoding="ascii")
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        box = ray.remote(Mailbox).options(
            num_cpus=0, max_concurrency=_CALLS, max_restarts=-1, max_task_retries=-1, scheduling_strategy=here
        )
        self._post = ray_task.Post(box.remote(), seal, Path.cwd())
        check_nodes(folder.absolute(), seal)
        self._train = ray.remote(ray_task.cohort)
        self._retries = retries
        self._queue: deque[Task] = deque()
        self._running: dict[Any, Task] = {}
        self._reading: Any = None
        self._unanswered: list[int] = []
        self._attempts: dict[str, int] = {}
        self._asked = False

    @property
    def devices(self) -> Sequence[str]:
        return self._devices

    @property
    def threads(self) -> int:
        return self._cluster.threads(len(self._devices))

    def survey(self, scoring: Scoring) -> Survey:
        surveyed = self._ray.remote(ray_task.survey).options(
            max_retries=self._retries, **self._cluster.share(self.threads)
        )
        scoring = replace(scoring, data_root=scoring.data_root.absolute())
        kind, answer = self._ray.get(surveyed.remote(scoring, self._devices[0], self._post))
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Survey), kind
        return answer

    def submit(self, task: Task) -> None:
        # What was lost goes first: it is the furthest behind.
        (self._queue.appendleft if task.attempt > 1 else self._queue.append)(task)
        self._hand_out()

    def wait(self, timeout: float) -> list[Said | Ended]:
        if self._unanswered:
            self._post.box.noted.remote(self._unanswered)
            self._unanswered = []
        if self._asked:
            self._drop()
        if self._reading is None:
            self._reading = self._post.box.read.remote(_LINGER, self._attempts)
        watched = [self._reading, *self._running]
        self._ray.wait(watched, num_returns=1, timeout=timeout)
        ready, _ = self._ray.wait(watched, num_returns=len(watched), timeout=0)
        news: list[Said | Ended] = []
        # Messages first: a task's last words come before its end.
        if self._reading in ready:
            ready.remove(self._reading)
            letters = self._ray.get(self._reading)
            self._reading = None
            news += [Said(letter.cohort, letter.events) for letter in letters]
            self._attempts |= {letter.cohort: letter.attempt for letter in letters}
            self._unanswered = [letter.number for letter in letters]
        news += [self._ended(self._running.pop(reference), reference) for reference in ready]
        self._hand_out()
        return news

    @property
    def busy(self) -> bool:
        return bool(self._queue) or bool(self._running)

    def stop(self) -> None:
        # A signal may come in the middle of a call of Ray's, so the mailbox hears of it in the next `wait`.
        self._queue.clear()
        self._asked = True

    def close(self) -> None:
        self._seal.unlink(missing_ok=True)
        self._ray.shutdown()

    def _hand_out(self) -> None:
        while self._queue and len(self._running) < (self._cluster.most or _AT_ONCE) and not self._asked:
            task = self._queue.popleft()
            place = replace(task.place, device=self._devices[0])
            scoring = replace(task.scoring, data_root=task.scoring.data_root.absolute())
            away = replace(task, place=place, scoring=scoring, folder=task.folder.absolute())
            options = {"max_retries": self._retries, **self._cluster.share(place.threads)}
            self._running[self._train.options(**options).remote(away, self._post)] = task

    def _drop(self) -> None:
        """Stop what has begun, and forget what has not: the mailbox lets nothing begin any more."""
        begun = self._ray.get(self._post.box.stop.remote())
        for reference, task in list(self._running.items()):
            if task.id not in begun:
                self._ray.cancel(reference)
                del self._running[reference]

    def _ended(self, task: Task, reference: Any) -> Ended:
        self._attempts.pop(task.id, None)
        try:
            error, details, kind = self._ray.get(reference)
        except self._ray.exceptions.RayError as failure:
            return Ended(task.id, *self._failure(failure))
        return Ended(task.id, error, details, kind)

    def _failure(self, error: Exception) -> tuple[str, str, Kind]:
        """What Ray says of a task that it does not try again."""
        known = self._ray.exceptions
        times = f"given up by Ray after {self._retries + 1} attempts"
        if isinstance(error, known.OutOfMemoryError):
            return "Ray killed the worker: its node was out of memory", str(error), "memory"
        if isinstance(error, known.NodeDiedError):
            return f"the worker's node died; {times}", str(error), "lost"
        if isinstance(error, known.WorkerCrashedError):
            return f"the worker process died; {times}", str(error), "lost"
        line = next(iter(str(error).strip().splitlines()[-1:]), "")
        return f"Ray: {type(error).__name__}: {line}", str(error), "error"
