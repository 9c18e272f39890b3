"""Workers and their pipes: what is said, what is answered, and what a death looks like."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bench.executors import local
from bench.journal import Event
from gan.data.errors import DataError


def conversation(speak: Callable[[local._Voice], object]) -> tuple[Any, threading.Thread]:
    """This end of a worker's pipe, and the thread in which it speaks."""
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=speak, args=(local._Voice(theirs),))
    thread.start()
    return ours, thread


def test_a_worker_goes_on_when_the_driver_has_written_it_down() -> None:
    """Between a snapshot and its checkpoint the driver's record comes first, or a kill could lose scores."""
    events: list[Event] = [{"type": "score", "run": "r"}, {"type": "cohort", "step": 1}]

    def speak(voice: local._Voice) -> None:
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

    def speak(voice: local._Voice) -> None:
        try:
            voice.emit({"type": "done", "run": "r"})
        except local._Orphaned as error:
            found.append(type(error))

    pipe, thread = conversation(speak)
    pipe.recv()
    pipe.close()
    thread.join(5.0)
    assert found == [local._Orphaned]


@pytest.mark.parametrize(
    ("error", "survey", "answer"),
    [
        (DataError("no files"), True, ("data error", "no files")),
        (DataError("no files"), False, ("ended", "no files")),
        (ValueError("bad\nvery bad"), True, ("error", "ValueError: bad")),
        (ValueError("bad\nvery bad"), False, ("ended", "ValueError: bad")),
        (EOFError("short file"), False, ("ended", "EOFError: short file")),
    ],
)
def test_failures_become_messages(
    error: Exception, survey: bool, answer: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a component raises is one line and a traceback; after it, what was said before is kept."""
    said: list[Event] = []
    answers: list[tuple[Any, ...]] = []

    def fail(first: object, emit: object, *rest: object) -> None:
        if callable(emit):
            emit({"type": "score", "run": "r"})
        raise error

    monkeypatch.setattr(f"bench.worker.{'survey' if survey else 'work'}", fail)

    def speak(voice: local._Voice) -> None:
        answers.append(local._answer("survey" if survey else "work", [None, None][: 1 + survey], voice, bool))

    pipe, thread = conversation(speak)
    if not survey:
        said += pipe.recv()[1]
        pipe.send(("noted",))
    thread.join(30.0)
    assert answers[0][:2] == answer
    assert said == ([] if survey else [{"type": "score", "run": "r"}])
    assert len(answers[0]) == 2 or "Traceback" in answers[0][2]


def test_deaths_in_words() -> None:
    """A signal by its name, with the usual suspect; anything else by its status."""
    assert local._death(-signal.SIGKILL) == "the worker process was killed by SIGKILL (out of memory?)"
    assert local._death(-signal.SIGSEGV) == "the worker process was killed by SIGSEGV"
    assert local._death(3) == "the worker process ended with exit status 3"


def test_no_worker_hears_ctrl_c() -> None:
    """SIGINT is blocked while a worker starts, so that it begins its life deaf, and unblocked after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with local._sheltered():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
