"""A cohort that is too large for the memory goes on in halves, down to one run."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import study_runs
import torch
from inline import Inline
from rich.console import Console
from study_runs import ends, events, planned, scores, tensors

from bench.executors.base import Ended
from bench.journal import Event
from bench.progress import Lines
from bench.runner import Driver, Options, Outcome
from bench.tasks import Task

CONTENT = study_runs.text("steps: 30, ema: on", "lr: [1e-3, 1e-4]", seeds=2)


def full(task: Task) -> Ended:
    return Ended(task.id, "OutOfMemoryError: CUDA out of memory", "Traceback", "memory")


def run(results: Path, most: int, at: int) -> Outcome:
    """On a machine where more than `most` runs at a time do not get past step `at`."""

    def fault(task: Task, event: Event) -> Ended | None:
        there = event["type"] == "cohort" and event["step"] >= at
        return full(task) if there and len(task.members) > most else None

    view = Lines(Console(file=io.StringIO()))
    layout = study_runs.laid_out(planned(CONTENT))
    return Driver(layout, Options(results=results), view, lambda devices: Inline(devices, fault)).run()


def test_halves_go_on_from_where_the_whole_was(tmp_path: Path) -> None:
    """Nothing that the larger cohort had checkpointed is trained again, and every run comes to its end."""
    assert run(tmp_path, most=1, at=20) == Outcome(ran=4, left=0, interrupted=False)
    assert "failed" not in {end["verdict"] for end in ends(tmp_path).values()}
    assert [len(event["runs"]) for event in events(tmp_path, "task")] == [4, 2, 2, 1, 1, 1, 1]
    steps = [event["step"] for event in events(tmp_path, "cohort") if event["step"] == 10]
    assert len(steps) == 1, "the first ten steps were trained once"
    assert {event["kind"] for event in events(tmp_path, "trouble")} == {"memory"}
    assert len(events(tmp_path, "split")) == 3
    assert not list((tmp_path / "tiny" / "checkpoints").glob("cohort-*")), "nothing is left of the parts"


def test_halves_end_where_the_whole_would_have(tmp_path: Path) -> None:
    """Up to the rounding of a batch of another size, the states are the same, and everything is scored."""
    run(tmp_path / "halved", most=2, at=20)
    run(tmp_path / "whole", most=8, at=0)
    assert set(scores(tmp_path / "halved")) == set(scores(tmp_path / "whole"))
    for planned_run in planned(CONTENT).runs:
        halved, whole = (tensors(tmp_path / name, planned_run.id) for name in ("halved", "whole"))
        for ours, theirs in zip(halved, whole, strict=True):
            assert torch.allclose(ours.double(), theirs.double(), rtol=1e-3, atol=1e-4)


def test_one_run_that_does_not_fit_has_failed(tmp_path: Path) -> None:
    """Its reason is the memory; the next time nothing larger is tried of the same structure."""
    assert run(tmp_path, most=0, at=0).left == 0
    found = ends(tmp_path).values()
    assert {end["verdict"] for end in found} == {"failed"}
    assert {end["reason"] for end in found} == {"OutOfMemoryError: CUDA out of memory"}

    layout = study_runs.laid_out(planned(CONTENT))
    options = Options(results=tmp_path, retry_failed=True)
    again = Driver(layout, options, Lines(Console(file=io.StringIO())), Inline)
    assert again.run().ran == 4
    assert [len(event["runs"]) for event in events(tmp_path, "task")][-4:] == [1, 1, 1, 1]


def test_a_split_survives_the_driver(tmp_path: Path) -> None:
    """Killed between the split and its parts, a study goes on with the parts, from the whole's checkpoint."""

    class Dead(BaseException):
        pass

    def fault(task: Task, event: Event) -> Ended | None:
        if len(task.members) < 4:
            raise Dead
        return full(task) if event["type"] == "cohort" and event["step"] >= 20 else None

    view = Lines(Console(file=io.StringIO()))
    driver = Driver(
        study_runs.laid_out(planned(CONTENT)),
        Options(results=tmp_path),
        view,
        lambda devices: Inline(devices, fault),
    )
    with pytest.raises(Dead):
        driver.run()
    assert len(events(tmp_path, "split")) == 1
    assert run(tmp_path, most=2, at=0) == Outcome(ran=4, left=0, interrupted=False)
    assert len([event for event in events(tmp_path, "cohort") if event["step"] == 10]) == 1
