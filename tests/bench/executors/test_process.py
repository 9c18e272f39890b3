"""Child processes seen from their driver: how they start, what they answer, what a death looks like."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.executors import process, serving
from bench.journal import Event
from bench.problems import MachineError
from gan.data.errors import DataError


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
    said: list[Event] = []

    def fail(task: object, emit: Callable[[Event], None], *rest: object) -> None:
        emit({"type": "score", "run": "r"})
        raise error

    monkeypatch.setattr("bench.worker.work", fail)
    task = SimpleNamespace(log=tmp_path / "logs" / "cohort.log")

    def speak(voice: serving.Voice) -> None:
        answers.append(serving.worked(task, voice, bool, "worker 0"))  # type: ignore[arg-type]

    speak(serving.Voice(said.extend))
    assert said == [{"type": "score", "run": "r"}]
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
    assert "would have seen" in process.death(255) or sys.platform != "linux"
    assert process.death(3) == "the worker process ended with exit status 3"


@pytest.mark.skipif(sys.platform != "linux", reason="only there it forks")
def test_the_server_that_forks_may_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that it has forked go on; another takes its place, and nobody waits while that one imports."""
    monkeypatch.setenv("OF_THE_DRIVER", "as it is now")
    before = process.Process("worker 0")
    assert process.ready()
    server = before.call("asking", os.getppid)
    assert server != os.getpid()
    os.kill(server, signal.SIGKILL)
    limit, waits = time.monotonic() + 60.0, 0
    while process.ready() and time.monotonic() < limit:
        time.sleep(0.001)  # Its death takes a moment.
    while not process.ready() and time.monotonic() < limit:
        waits += 1
        time.sleep(0.05)
    assert waits, "it has answered while another was importing"
    after = process.Process("worker 1")
    assert after.call("asking", os.getppid) not in (server, os.getpid())
    assert before.call("counting", len, [1, 2]) == 2
    for child in (before, after):
        assert child.call("asking", os.getenv, "OF_THE_DRIVER") == "as it is now"
        child.bid_farewell()
        child.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only there it forks")
def test_the_first_process_does_not_wait_for_what_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is spawned by its driver itself, unless it can be there sooner."""
    forked = process.Process("worker 0")
    assert process.ready()
    for loaded in (True, False):
        monkeypatch.setattr(process, "_is_loaded", lambda loaded=loaded: loaded)
        first = process.Process("worker 0", first=True)
        assert (first.call("asking", os.getppid) == os.getpid()) is not loaded
        first.bid_farewell()
        first.end()
    forked.bid_farewell()
    forked.end()


def test_a_process_that_was_forgotten_keeps_nobody_waiting() -> None:
    """Children ignore polite signals, and Python waits for its children in the end."""
    script = "from bench.executors.process import Process\nforgotten = Process('worker 0')\nprint('begun')"
    told = subprocess.run(
        [sys.executable, "-c", f"if __name__ == '__main__':\n  exec({script!r})"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "begun\n", "")
