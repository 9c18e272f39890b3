"""Which worker computes where, and how many threads that starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from inline import Inline
from rich.console import Console
from study_runs import laid_out, planned, text
from thread_pools import pools

from bench import placement
from bench.errands import Wish, lay_out
from bench.executors.process import Process
from bench.progress import Lines
from bench.regroup import Group
from bench.runner import Driver, Options

GPUS = ("cuda:0", "cuda:1", "cuda:2")


def test_one_worker_a_gpu_and_one_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody says how many."""
    monkeypatch.setattr(placement, "cores", lambda: 4)
    assert placement.spread(GPUS) == GPUS
    assert placement.spread(("cpu",)) == ("cpu",) * 4


@given(st.integers(1, 3), st.integers(1, 12))
def test_workers_go_round_the_devices(gpus: int, workers: int) -> None:
    """No device has two more than another."""
    spread = placement.spread(GPUS[:gpus], workers)
    counts = [spread.count(name) for name in GPUS[:gpus]]
    assert sum(counts) == workers and max(counts) - min(counts) <= 1


@given(st.integers(1, 3), st.integers(1, 4))
def test_workers_per_device(gpus: int, each: int) -> None:
    """So many on every one; saying the same of all of them is no contradiction."""
    spread = placement.spread(GPUS[:gpus], None, each)
    assert [spread.count(name) for name in GPUS[:gpus]] == [each] * gpus
    assert placement.spread(GPUS[:gpus], gpus * each, each) == spread


def test_contradictions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be is said in one line."""
    with pytest.raises(placement.PlacementError, match=r"2 workers on each of 2 devices are 4, not 3: give"):
        placement.spread(GPUS[:2], 3, 2)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert placement.devices(["auto"]) == GPUS[:2]
    assert placement.devices(["cuda:1", "cuda:1"]) == ("cuda:1",)
    with pytest.raises(placement.PlacementError, match="on the CPU or on GPUs, not on both"):
        placement.devices(["cpu", "cuda:0"])
    with pytest.raises(placement.PlacementError, match="no device cuda:2 on this machine: torch sees 2 GPUs"):
        placement.devices(["cuda:2"])
    with pytest.raises(placement.PlacementError, match="unknown device 'gpu'; valid: auto, cpu, cuda"):
        placement.devices(["gpu"])


def test_a_worker_has_its_share_of_the_cores() -> None:
    """One of two workers on two cores computes on one, in whichever library."""
    worker = Process("worker 0")
    own, others = worker.call("counting threads", pools)
    worker.end()
    assert own == 1 and others and set(others) == {1}


def test_the_cores_are_divided_among_the_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Eight cores, two workers: four threads each; more workers than cores: one each."""
    monkeypatch.setattr("bench.executors.base.cores", lambda: 8)
    for workers, threads in ((2, 4), (3, 2), (16, 1)):
        driver = Driver(laid_out(planned(text())), Options(tmp_path), Lines(Console()))
        group = Group("g", (), None)
        (task,) = driver._tasks([group], Inline(("cpu",) * workers)).values()
        assert task.place.threads == threads


def test_a_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan, the device of every worker, and how many runs of each structure train together."""
    study = planned(text(factors="loss: [hinge, minimax]", seeds=2)).study
    layout = lay_out(study, Wish(devices=("cpu",), workers=3, cohort_size=2))
    assert layout.devices == ("cpu",) * 3
    structures = {run.recipe.structure() for run in layout.plan.runs}
    assert layout.sizes == dict.fromkeys(structures, 2) and len(structures) == 2
    assert lay_out(study, Wish(devices=("cpu",)), sized=False).sizes == {}, (
        "it takes seconds, and is not asked"
    )
