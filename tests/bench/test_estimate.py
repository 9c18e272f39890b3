"""How long a study will take: monotone in what it does, honest about what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_runs import ended, planned, started, text

from bench import estimate as module
from bench import step_cost
from bench.estimate import Measured, costs, estimate, makespan, step_seconds, words
from bench.journal import Journal
from bench.known_times import Known, known_times
from bench.plan import Cohort, Plan, cohorts
from bench.step_cost import Steps

NOWHERE = known_times(Journal(Path("there-is-none")))


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


def test_more_steps_and_seeds_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the speed of the machine held still, the time grows with steps, seeds and scores."""
    monkeypatch.setattr(step_cost, "_time_some", lambda counted, device: {})
    monkeypatch.setattr(module, "score_seconds", lambda study, device: 2.0)
    monkeypatch.setattr(module.placement, "cores", lambda: 1)
    spans: list[float] = []
    monkeypatch.setattr(module, "words", lambda low, high: spans.append(high) or "")

    def ask(content: str) -> float:
        plan = planned(content)
        estimate(plan, groups(plan, 1), ("cpu",), NOWHERE)
        return spans[-1] - module.STARTUP

    once = ask(text("steps: 1000", seeds=1))
    assert ask(text("steps: 2000", seeds=1)) == pytest.approx(2 * once)
    assert ask(text("steps: 1000", seeds=3)) == pytest.approx(3 * once)
    assert ask(text("steps: 1000", seeds=1).replace("every: 10", "every: 100")) < 0.5 * once


def test_the_journal_knows_better() -> None:
    """A structure that has finished runs takes as long as they took, and nobody is asked about it."""
    plan = planned(text("steps: 100", "loss: [hinge, minimax]", seeds=2))
    first, second = groups(plan)
    known = Known(frozenset(), {first.runs[0].recipe.structure(): 50.0}, 0.0)
    asked: list[Cohort] = []

    def ask(function: object, study: object, some: list[Cohort], *others: object) -> Measured:
        asked.extend(some)
        return Measured(Steps({0: 1.0}, {0: 2.0}), None)

    (low, high), (other_low, other_high) = costs(plan.study, [first, second], known, "cpu", 1, ask)
    spread = module.SPREAD["measured"]
    assert (low, high) == pytest.approx((100.0 / spread, 100.0 * spread))
    assert asked == [second]
    assert (other_low * other_high) ** 0.5 == pytest.approx(200.0), "a hundred steps of two seconds"


def test_who_knows_all_is_not_asked() -> None:
    """A journal with every structure and a score needs no torch."""
    plan = planned(text("steps: 100", seeds=2))
    (only,) = groups(plan)
    known = Known(frozenset(), {only.runs[0].recipe.structure(): 50.0}, 1.0)

    def ask(*question: object) -> None:
        raise AssertionError("nobody needs to be asked")

    assert len(costs(plan.study, [only], known, "cpu", 1, ask)) == 1


def test_what_is_not_timed_is_less_certain() -> None:
    """Other programs are as much slower than their counts as those that were timed, or who knows."""
    plan = planned(text("steps: 100", "loss: [hinge, minimax, wasserstein]", seeds=2))
    programs = {(group.runs[0].recipe.structure(), 2): group for group in groups(plan)}
    names = list(programs)
    known = Known(frozenset(), {}, None)
    some = step_seconds(programs, known, names, Steps({0: 1.0, 1: 3.0}, {0: 10.0}))
    timed, counted, usual = (some[name] for name in names)
    assert timed == (10.0, module.SPREAD["timed"])
    assert counted[0] == 30.0 and usual[0] == 20.0 and counted[1] > timed[1]
    none = step_seconds(programs, known, names, Steps({0: 1.0, 1: 3.0}, {}))
    assert none[names[1]][0] == 3.0 and none[names[1]][1] > counted[1]


def test_a_study_that_is_half_done(tmp_path: Path) -> None:
    """Only what is left is estimated; a study that is done takes no time."""
    plan = planned(text("steps: 1000", seeds=2))
    journal = Journal(tmp_path / "tiny" / "journal.jsonl")
    journal.append(started(plan, 0), ended(plan, 0, 1000.0))
    journal.append({"type": "score", "run": plan.runs[0].id, "step": 1, "metrics": {}, "seconds": 0.01})
    said = estimate(plan, groups(plan, 1), ("cpu",), known_times(journal))
    assert said == "about 13 to 22 minutes for the run that is left"
    journal.append(started(plan, 1), ended(plan, 1, 1000.0))
    assert estimate(plan, groups(plan, 1), ("cpu",), known_times(journal)) == "nothing is left to run"


def test_without_a_journal_there_is_an_estimate_too() -> None:
    """Nothing has been run yet."""
    plan = planned(text())
    assert estimate(plan, groups(plan), ("cpu",), NOWHERE).startswith(("about", "up to"))
