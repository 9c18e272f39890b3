"""What a step of training takes: counted without data, timed on noise, some for all."""

from __future__ import annotations

import pytest
from study_runs import planned, text

from bench import step_cost
from bench.plan import Cohort, Plan, cohorts
from bench.step_cost import Speed, Work, measure, work_of


def groups(plan: Plan, size: int = 8) -> list[Cohort]:
    return cohorts(plan.runs, lambda recipe: size)


def test_work_is_counted_and_grows() -> None:
    """A wider net, a larger batch, more replicas and one more trick are more work; counting needs no data."""
    base = "model: {mlp: {width: 64}}"
    plain = "question: q\nbase: {data: digits, %s}\nseeds: 4\nmetrics: [modes]\n"

    def count(settings: str, size: int = 1) -> Work:
        return work_of(groups(planned(plain % settings), size)[0])

    least = count(base)
    assert least.products > 0 and least.convolutions == 0
    assert count("model: {mlp: {width: 128}}").products > least.products
    assert count(f"{base}, batch_size: 512").products == 2 * least.products
    assert count(base, size=4).products == 4 * least.products, "the default batch is 256"
    assert count(f"{base}, r1: on").products > 1.2 * least.products, "a trick's own passes are counted"
    assert count("model: dcgan").convolutions > 0


def test_slower_machines_take_longer() -> None:
    """The nominal time adds up what is done at its speed."""
    work = Work(operations=10, products=100.0, convolutions=20.0, traffic=50.0)
    assert work.seconds(Speed(1.0, 10.0, 2.0, 5.0)) == 10 + 10 + 10 + 10


def test_what_is_counted_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small program's steps are timed, within what a step can take."""
    monkeypatch.setattr(step_cost, "BUDGET", 600.0)
    (group,) = groups(planned(text("steps: 100", seeds=2)))
    found = measure([group], "cpu")
    assert list(found.counted) == list(found.timed) == [0]
    assert 1e-4 < found.timed[0] < 10.0


def test_a_large_program_is_counted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that may take longer than there is time for is not tried."""
    monkeypatch.setattr(step_cost, "BUDGET", 0.0)
    found = measure(groups(planned(text())), "cpu")
    assert found.counted[0] > 0 and not found.timed


def test_some_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without time only the first is counted; with time all are."""
    losses = "loss: [hinge, minimax, wasserstein, least_squares]"
    several = groups(planned(text("steps: 100", losses, seeds=1)))
    monkeypatch.setattr(step_cost, "COUNTING", 600.0)
    assert sorted(measure(several, "cpu").counted) == [0, 1, 2, 3]
    monkeypatch.setattr(step_cost, "COUNTING", 0.0)
    assert sorted(measure(several, "cpu").counted) == [0]
