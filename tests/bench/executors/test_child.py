"""A worker's end of the pipe: what is said, what is answered, and when to stop."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bench.executors import child
from bench.executors.serving import Orphaned, Voice
from bench.journal import Event


def conversation(speak: Callable[[Voice], object]) -> tuple[Any, threading.Thread]:
    """This end of a worker's pipe, and the thread in which it speaks."""
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=speak, args=(Voice(child.Driver(theirs).send),))
    thread.start()
    return ours, thread


def test_a_worker_goes_on_when_the_driver_has_written_it_down() -> None:
    """Between a snapshot and its checkpoint the driver's record comes first, or a kill could lose scores."""
    events: list[Event] = [{"type": "score", "run": "r"}, {"type": "cohort", "step": 1}]

    def speak(voice: Voice) -> None:
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

    def speak(voice: Voice) -> None:
        try:
            voice.emit({"type": "done", "run": "r"})
        except Orphaned as error:
            found.append(type(error))

    pipe, thread = conversation(speak)
    pipe.recv()
    pipe.close()
    thread.join(5.0)
    assert found == [Orphaned]


@pytest.mark.parametrize("before_the_answer", [True, False])
def test_a_worker_is_asked_to_stop(before_the_answer: bool) -> None:
    """The word is heard whether it comes while an answer is waited for or while it trains."""
    ours, theirs = multiprocessing.Pipe()
    driver = child.Driver(theirs)
    assert not driver.stop()
    if before_the_answer:
        ours.send(("stop",))
        ours.send(("noted",))
        driver.send([])
    else:
        ours.send(("noted",))
        driver.send([])
        assert not driver.stop()
        ours.send(("stop",))
    assert driver.stop() and driver.stop(), "it is not forgotten"


def test_a_worker_whose_driver_is_gone_stops() -> None:
    """Even while it has nothing to say, as on a full disk."""
    ours, theirs = multiprocessing.Pipe()
    driver = child.Driver(theirs)
    ours.close()
    assert driver.stop()


def test_a_word_to_stop_is_no_request() -> None:
    """It may come when the task has just ended: the worker lives on."""
    ours, theirs = multiprocessing.Pipe()
    ours.send(("stop",))
    ours.send(("call", len, ([1, 2],)))
    assert child._served(theirs, "worker 0") and child._served(theirs, "worker 0")
    assert ours.recv() == ("returned", 2)
