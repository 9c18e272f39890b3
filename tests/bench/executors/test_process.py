"""Workers and their pipes: what is said, what is answered, and what a death looks like."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.executors import process, serving
from bench.journal import Event
from bench.problems import MachineError
from gan.data.errors import DataError


def conversation(speak: Callable[[serving.Voice], object]) -> tuple[Any, threading.Thread]:
    """This end of a worker's pipe, and the thread in which it speaks."""
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=speak, args=(serving.Voice(process._sender(theirs)),))
    thread.start()
    return ours, thread


def test_a_worker_goes_on_when_the_driver_has_written_it_down() -> None:
    """Between a snapshot and its checkpoint the driver's record comes first, or a kill could lose scores."""
    events: list[Event] = [{"type": "score", "run": "r"}, {"type": "cohort", "step": 1}]

    def speak(voice: serving.Voice) -> None:
        for event in events:
            voice.emit(event)

    pipe, thread = conversation(speak)
    assert pipe.recv() == ("said", events), "one message a snapshot"
    thread.join(0.2)
    assert thread.is_alive(), "the worker waits for an answer"
    pipe.send(("noted",))
    thread.join(5.0)
    assert not thread.is_alive()


def test_a_worker_without_a_driver() -> None:
    """Speaking to nobody ends a worker's work; it is no failure of the run."""
    found: list[type[Exception]] = []

    def speak(voice: serving.Voice) -> None:
        try:
            voice.emit({"type": "done", "run": "r"})
        except serving.Orphaned as error:
            found.append(type(error))

    pipe, thread = conversation(speak)
    pipe.recv()
    pipe.close()
    thread.join(5.0)
    assert found == [serving.Orphaned]


@pytest.mark.parametrize(
    ("error", "line", "kind"),
    [
        (DataError("no files"), "no files", "error"),
        (ValueError("bad\nvery bad"), "ValueError: bad", "error"),
        (EOFError("short file"), "EOFError: short file", "error"),
        (MemoryError("no room"), "MemoryError: no room", "memory"),
        (RuntimeError("CUDA error: launch failure"), "RuntimeError: CUDA error: launch failure", "lost"),
    ],
)
def test_failures_become_messages(
    error: Exception, line: str, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A component's failure is one line, a traceback and a kind; what was said before it is kept."""
    answers: list[tuple[Any, ...]] = []

    def fail(task: object, emit: Callable[[Event], None], *rest: object) -> None:
        emit({"type": "score", "run": "r"})
        raise error

    monkeypatch.setattr("bench.worker.work", fail)
    task = SimpleNamespace(log=tmp_path / "logs" / "cohort.log")

    def speak(voice: serving.Voice) -> None:
        answers.append(serving.worked(task, voice, bool, "worker 0"))  # type: ignore[arg-type]

    pipe, thread = conversation(speak)
    assert pipe.recv()[1] == [{"type": "score", "run": "r"}]
    pipe.send(("noted",))
    thread.join(30.0)
    assert (answers[0][0], answers[0][2]) == (line, kind)
    assert "Traceback" in answers[0][1]


def test_answers_to_calls() -> None:
    """A function's value comes back; so does what a user can mend; anything else with its traceback."""
    assert serving.called(len, ([1, 2],)) == ("returned", 2)
    kind, error = serving.called(_raise, (DataError("no files"),))
    assert kind == "raised" and isinstance(error, DataError) and str(error) == "no files"
    kind, error = serving.called(_raise, (ValueError("bad"),))
    assert isinstance(error, RuntimeError) and "Traceback" in str(error) and "bad" in str(error)


def _raise(error: Exception) -> None:
    raise error


def test_a_process_that_dies_over_a_question() -> None:
    """It is asked again in a new one; in the end the user reads what it was for and how it died."""
    asked = process.Process("worker 0")
    first = asked.process.pid
    with pytest.raises(MachineError, match=r"^counting: the worker process ended with exit status 3$"):
        asked.call("counting", os._exit, 3)
    assert asked.process.pid != first
    asked.end()


def test_a_process_that_is_killed_while_it_is_asked() -> None:
    """A user who has done nothing wrong does not even read of it."""
    asked = process.Process("worker 0")
    assert asked.process.pid is not None
    os.kill(asked.process.pid, signal.SIGKILL)
    assert asked.call("counting", len, [1, 2]) == 2
    asked.end()


def test_deaths_in_words() -> None:
    """A signal by its name, with the usual suspect; anything else by its status."""
    assert process.death(-signal.SIGKILL) == "the worker process was killed by SIGKILL (out of memory?)"
    assert process.death(-signal.SIGSEGV) == "the worker process was killed by SIGSEGV"
    assert process.death(3) == "the worker process ended with exit status 3"


def test_no_worker_hears_ctrl_c() -> None:
    """SIGINT is blocked while a worker starts, so that it begins its life deaf, and unblocked after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with process._sheltered():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
