"""When a run is hopeless: what counts, what is forgotten, and what a reader of the table is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from made_results import made

from bench.reports._notes import stopped
from bench.reports._view import view
from bench.reports.base import Shape
from bench.stopping import STOPPED, StopWhen, streak
from bench.told_study import amiss

ORACLE = {"modes": 8.0, "rarest_expected": 100.0}
GOOD, BAD, NONE = {"modes": 8.0}, {"modes": 1.0}, {"modes": None}


@given(st.lists(st.booleans()))
def test_a_streak_is_the_length_of_the_last_collapse(collapsed: list[bool]) -> None:
    """However it came: one evaluation that is not collapsed begins anew."""
    count = 0
    for bad in collapsed:
        count = streak(count, BAD if bad else GOOD, ORACLE, 1000)
    behind = collapsed[::-1]
    assert count == (behind.index(False) if False in behind else len(behind))


def test_what_is_not_finite_is_diverged_and_not_collapsed() -> None:
    """A run without scores is stopped by the other rule alone."""
    assert streak(5, NONE, ORACLE, 1000) == 0
    assert StopWhen(diverged=True).why(True, 0) == "diverged"
    assert StopWhen(collapsed_for=2).why(True, 0) is None
    assert StopWhen(diverged=True).why(False, 9) is None


def test_it_stops_at_the_kth_and_says_why() -> None:
    """Not before it; nothing declared never stops."""
    rule = StopWhen(collapsed_for=3)
    assert [rule.why(False, count) for count in (1, 2, 3)] == [None, None, "collapsed for 3 evaluations"]
    assert not StopWhen() and StopWhen().why(True, 100) is None


@given(st.builds(StopWhen, st.booleans(), st.integers(0, 9)))
def test_it_survives_the_record(rule: StopWhen) -> None:
    """As plain values and back; what is not declared is not written."""
    assert StopWhen.from_dict(rule.as_dict()) == rule
    assert set(rule.as_dict()) <= {"diverged", "collapsed_for"}


def test_the_note_under_the_table() -> None:
    """How many stopped, and that their last state stands; nothing where no study says so."""
    results = made("x", {"a": [1.0, 2.0], "b": [3.0, None]}, stop_when={"collapsed_for": 3})
    rows = results.rows.copy()
    rows.loc[0, "reason"] = f"holds 1 of 8 modes since step 10; {STOPPED} 30 of 100"
    (note,) = stopped(view(replace(results, rows=rows), Shape()))
    assert note.text.startswith("Runs stop early once collapsed for 3 evaluations: 1 of 4 runs did.")
    assert stopped(view(made("x", {"a": [1.0], "b": [3.0]}), Shape())) == []


def test_a_file_with_another_rule_is_refused() -> None:
    """What reports say of it is checked before it is read."""
    plan = made("x", {"a": [1.0]}).plan
    for wrong in ({"collapsed_for": "x"}, {"sooner": True}, "diverged"):
        told = {"plan": {**plan, "stop_when": wrong}, "protocols": {}, "outside": 0}
        message = amiss(told)
        assert message is not None and message.startswith("plan.stop_when")
