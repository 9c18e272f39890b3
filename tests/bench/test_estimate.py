"""How long a study will take: monotone in what it does, honest about what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_runs import ended, planned, started, text

from bench import estimate as module
from bench.estimate import Speed, estimate, makespan, step_seconds, words, work_of
from bench.journal import Journal
from bench.known_times import Known
from bench.plan import Cohort, Plan, cohorts

NOTHING = Known(frozenset(), {}, None)


def groups(plan: Plan, size: int = 8) -> list[Cohort]:
    return cohorts(plan.runs, lambda recipe: size)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1, 2, "about 5 seconds"),
        (12, 41, "about 10 to 40 seconds"),
        (50, 100, "up to 2 minutes"),
        (61, 100, "about 1 to 2 minutes"),
        (110, 300, "about 2 to 5 minutes"),
        (3000, 9000, "up to 2 hours"),
        (7200, 18000, "about 2 to 5 hours"),
        (86400, 400000, "about 1 to 5 days"),
    ],
)
def test_words(low: float, high: float, expected: str) -> None:
    """Spans of time as a person says them."""
    assert words(low, high) == expected


@given(st.floats(0.1, 1e7), st.floats(1.0, 10.0))
def test_any_span_has_words(low: float, factor: float) -> None:
    """No span is described by zero of something or upside down."""
    said = words(low, low * factor).split()
    numbers = [int(word) for word in said if word.isdigit()]
    assert numbers == sorted(set(numbers)) and 0 not in numbers


@given(st.lists(st.floats(0.0, 100.0), max_size=20), st.integers(1, 5))
def test_makespan(durations: list[float], workers: int) -> None:
    """Never shorter than the longest task or the even share, never longer than one after the other."""
    found = makespan(durations, workers)
    tolerance = 1e-9 * (1 + sum(durations))
    assert max([*durations, sum(durations) / workers]) - tolerance <= found <= sum(durations) + tolerance


def test_work_is_counted_and_grows() -> None:
    """A wider net, a larger batch, more replicas and one more trick are more work; counting needs no data."""
    base = "model: {mlp: {width: 64}}"
    plain = "question: q\nbase: {data: digits, %s}\nseeds: 4\nmetrics: [modes]\n"

    def count(settings: str, size: int = 1) -> module.Work:
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
    work = module.Work(operations=10, products=100.0, convolutions=20.0, traffic=50.0)
    assert work.seconds(Speed(1.0, 10.0, 2.0, 5.0)) == 10 + 10 + 10 + 10


def test_more_steps_and_seeds_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the speed of the machine held still, the time grows with steps, seeds and scores."""
    monkeypatch.setattr(module, "_time_some", lambda counted, device: {})
    monkeypatch.setattr(module, "score_seconds", lambda study, device: 2.0)
    monkeypatch.setattr(module.placement, "cores", lambda: 1)
    spans: list[float] = []
    monkeypatch.setattr(module, "words", lambda low, high: spans.append(high) or "")

    def ask(content: str) -> float:
        plan = planned(content)
        estimate(plan, groups(plan, 1), ("cpu",), Path("there-is-none"))
        return spans[-1] - module.STARTUP

    once = ask(text("steps: 1000", seeds=1))
    assert ask(text("steps: 2000", seeds=1)) == pytest.approx(2 * once)
    assert ask(text("steps: 1000", seeds=3)) == pytest.approx(3 * once)
    assert ask(text("steps: 1000", seeds=1).replace("every: 10", "every: 100")) < 0.5 * once


def test_the_journal_knows_better() -> None:
    """A structure that has finished runs takes as long as they took; others are timed."""
    plan = planned(text("steps: 100", "loss: [hinge, minimax]", seeds=2))
    first, second = groups(plan)
    known = Known(frozenset(), {first.runs[0].recipe.structure(): 50.0}, None)
    steps = step_seconds([first, second], known, "cpu")
    assert steps[(first.runs[0].recipe.structure(), 2)] == (1.0, module.SPREAD["measured"])
    seconds, spread = steps[(second.runs[0].recipe.structure(), 2)]
    assert 1e-4 < seconds < 1.0 and spread == module.SPREAD["timed"]


def test_what_cannot_be_timed_is_less_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program too large for a trial is counted only, and the span is wider."""
    monkeypatch.setattr(module, "BUDGET", 0.0)
    plan = planned(text())
    ((_, spread),) = step_seconds(groups(plan), NOTHING, "cpu").values()
    assert spread > module.SPREAD["timed"]


def test_a_study_that_is_half_done(tmp_path: Path) -> None:
    """Only what is left is estimated; a study that is done takes no time."""
    plan = planned(text("steps: 1000", seeds=2))
    journal = Journal(tmp_path / "tiny" / "journal.jsonl")
    journal.append(started(plan, 0), ended(plan, 0, 1000.0))
    journal.append({"type": "score", "run": plan.runs[0].id, "step": 1, "metrics": {}, "seconds": 0.01})
    said = estimate(plan, groups(plan, 1), ("cpu",), tmp_path)
    assert said == "about 13 to 22 minutes for the run that is left"
    journal.append(started(plan, 1), ended(plan, 1, 1000.0))
    assert estimate(plan, groups(plan, 1), ("cpu",), tmp_path) == "nothing is left to run"


def test_without_a_journal_there_is_an_estimate_too(tmp_path: Path) -> None:
    """Nothing has been run yet."""
    plan = planned(text())
    assert estimate(plan, groups(plan), ("cpu",), tmp_path).startswith(("about", "up to"))
