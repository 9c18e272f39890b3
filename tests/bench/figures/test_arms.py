"""Who is in a figure, and that the others are spoken of."""

from __future__ import annotations

from drawn_results import HOSTILE, made

from bench.figures._arms import all_runs, cast, labels
from bench.figures._text import width
from bench.reports._summary import summarise


def test_all_arms_that_apply_are_drawn_where_there_is_room() -> None:
    """One that does not apply is counted in words."""
    results = made(6, declined=(2, 4))
    found = cast(results, summarise(results))
    assert [arm.index for arm in found.arms] == [0, 1, 3, 5]
    assert found.notes == ["2 arms not applicable: not drawn."]


def test_where_there_is_no_room_the_baseline_and_the_best_stay() -> None:
    """By the mean of finals, arms with failures last, in the plan's order; the note counts the others."""
    results = made(20, seeds=3, failing={7: 1}, primary="fid")
    summaries = summarise(results)
    found = cast(results, summaries, most=5)
    others = [arm for arm in summaries[1:] if not arm.cells["fid"].unscored]
    best = sorted(others, key=lambda arm: arm.cells["fid"].final.mean)[:4]
    assert {arm.id for arm in found.arms} == {"a0", *(arm.id for arm in best)}
    assert [arm.index for arm in found.arms] == sorted(arm.index for arm in found.arms)
    assert found.notes == ["15 arms of 20 left out: drawn are the baseline and the 4 best by final FID."]


def test_names_that_are_shortened_to_the_same_are_numbered() -> None:
    """No two arms are called alike, and each name fits."""
    results = made(3, names=(HOSTILE[0], "x" * 200 + "a" + "x" * 200, "x" * 200 + "b" + "x" * 200))
    arms = cast(results, summarise(results)).arms
    names = labels(arms, 120.0, 7.0)
    assert len(set(names)) == 3 and all(width(name, 7.0) <= 120.0 for name in names)
    assert names[0].endswith("(baseline)") and [name[:3] for name in names[1:]] == ["[2]", "[3]"]


def test_runs_of_an_arm_are_in_the_order_of_seeds() -> None:
    """An arm that does not apply has none."""
    results = made(3, seeds=2, declined=(1,))
    arms = cast(results, summarise(results)).arms
    assert all_runs(results, arms) == {"a0": ["a0-0", "a0-1"], "a2": ["a2-0", "a2-1"]}
