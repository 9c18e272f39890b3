"""Differences to the first arm, paired where seeds belong together and Welch's where they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_results import made
from scipy import stats

from bench.problems import UserError
from bench.side_by_side import compare, verdicts
from bench.sides import sides

A, B = [10.0, 12.0, 11.0, 15.0, 13.0, 12.5], [8.0, 11.0, 10.5, 12.0, 11.0, 12.0]


def test_arms_of_one_study_are_paired_by_seed() -> None:
    """Interval as SciPy's paired t test has it, p of the exact sign-flip test, corrected over the arms."""
    study = made("one", {"a": A, "b": B, "c": A[::-1]})
    found = compare(sides(["one:*"], None, lambda word: study))
    assert list(found.outputs) == ["fid", "modes"], (
        "the primary output first; what is no headline is left out"
    )
    first, second, third = found.outputs["fid"]
    assert first.difference is None and first.improvement is None and first.p is None
    theirs = stats.ttest_rel(B, A).confidence_interval()
    assert second.paired and second.difference is not None
    assert (second.difference.low, second.difference.high) == pytest.approx((theirs.low, theirs.high))
    assert second.p == 2 / 2**6, "all six differences have one sign: two patterns in 64"
    assert third.p is not None and second.p_holm == min(1.0, 2 * second.p) and third.p_holm >= second.p_holm
    assert second.improvement is not None and second.improvement.mean > 0.5, "less is better"


def test_across_data_it_is_welchs_test() -> None:
    """Interval and p as SciPy has them."""
    studies = {"one": made("one", {"a": A}), "two": made("two", {"a": B[:5]}, data="grid")}
    found = compare(sides(["one", "two"], None, studies.__getitem__))
    _, second = found.outputs["fid"]
    theirs = stats.ttest_ind(B[:5], A, equal_var=False)
    assert not second.paired and second.difference is not None
    interval = theirs.confidence_interval()
    assert (second.difference.low, second.difference.high) == pytest.approx((interval.low, interval.high))
    assert second.p == pytest.approx(theirs.pvalue) == second.p_holm
    assert found.mixed == ("data.name: ring -> grid",)
    assert found.notes == ("settings that differ between the studies: data ring / grid",)


def test_failures_are_counted_and_lose() -> None:
    """They are no scores, they are named, and no run of theirs is better than any; what is to come is not."""
    study = made("one", {"a": [1.0, 1.0, 1.0, 1.0], "b": [0.5, None, None, "pending"]})
    found = compare(sides(["one:*"], None, lambda word: study))
    _, second = found.outputs["fid"]
    assert (second.final.n, second.planned, second.unscored) == (1, 4, 2)
    assert second.improvement is not None and second.improvement.mean == pytest.approx(1 / 3)
    assert verdicts(second.side) == "1 healthy, 2 diverged, 1 pending"


BASE = [40.0 + 0.1 * (seed * 7 % 16) for seed in range(16)]
OFTEN = [None if seed % 5 < 2 else score - 3.0 for seed, score in enumerate(BASE)]
"""Diverges in 7 of 16 runs and is 3 better in the others: it wins 9 seeds and loses 7."""


def test_failing_is_not_rewarded_by_the_test_of_pairs() -> None:
    """p is the binomial one of 9 seeds won and 7 lost; that of the survivors would be 2/2^9."""
    study = made("one", {"a": BASE, "b": OFTEN})
    _, second = compare(sides(["one:*"], None, lambda word: study)).outputs["fid"]
    assert second.difference is not None and second.difference.mean == pytest.approx(-3.0)
    assert second.p == pytest.approx(stats.binomtest(9, 16).pvalue) and second.p > 0.5


def test_failing_is_not_rewarded_without_pairs() -> None:
    """Welch's p of the survivors is tiny, that of the ranks with failures last is not."""
    studies = {"one": made("one", {"a": BASE}), "two": made("two", {"a": OFTEN[:12]}, data="grid")}
    _, second = compare(sides(["one", "two"], None, studies.__getitem__)).outputs["fid"]
    survivors = [score for score in OFTEN[:12] if score is not None]
    assert stats.ttest_ind(survivors, BASE, equal_var=False).pvalue < 1e-4, "or this would show nothing"
    assert not second.paired and second.p is not None and second.p > 0.2


def test_an_arm_without_a_test_still_counts_in_the_correction() -> None:
    """Two comparisons were asked for; one of them has no pair yet."""
    study = made("one", {"a": A, "b": B, "c": ["pending"] * 6})
    _, second, third = compare(sides(["one:*"], None, lambda word: study)).outputs["fid"]
    assert third.p is None and second.p is not None and second.p_holm == 2 * second.p


def test_arms_without_a_common_output_do_not_compare() -> None:
    one, two = made("one", {"a": A}), made("two", {"a": A})
    only = {name: about for name, about in two.plan["outputs"].items() if name == "seen"}
    two = replace(two, plan={**two.plan, "outputs": only, "primary": "seen"})
    with pytest.raises(UserError, match="no headline in common: one: a has fid, modes"):
        compare(sides(["one", "two"], None, {"one": one, "two": two}.__getitem__))


def test_one_and_the_same_run_is_named() -> None:
    """Equal settings and seeds in two studies are one run: its difference to itself says nothing."""
    one = made("one", {"a": A})
    two = replace(one, plan={**one.plan, "name": "two"}, experiment="2")
    found = compare(sides(["one", "two"], None, {"one": one, "two": two}.__getitem__))
    assert found.notes[0] == "two: a: 6 of its runs have the settings and the seed of runs of one: a"
