"""Which trial wins, and what a sampler is told of it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bench.tuning.choice import Score, ranks, standing, winner

scores = st.one_of(st.none(), st.floats(-1e6, 1e6))
trials = st.lists(st.lists(scores, min_size=2, max_size=2), min_size=1, max_size=8)
directions = st.sampled_from(["lower", "higher"])


def test_the_better_end_wins() -> None:
    """By the mean over seeds."""
    found = [standing([1.0, 5.0]), standing([2.0, 2.0]), standing([9.0, 9.0])]
    assert winner(found, "lower") == 1
    assert winner(found, "higher") == 2


def test_equal_trials_go_to_the_earlier() -> None:
    """Whichever end is better."""
    found = [standing([2.0]), standing([1.0]), standing([1.0]), standing([2.0])]
    assert winner(found, "lower") == 1
    assert winner(found, "higher") == 0


def test_a_trial_that_failed_once_is_behind_all_that_did_not() -> None:
    """However well its other seeds did; one that failed twice is behind it."""
    found = [standing([None, None]), standing([None, 0.0]), standing([1e9, 1e9])]
    assert winner(found, "lower") == 2
    assert ranks(found, "lower") == [2.0, 1.0, 0.0]


@given(trials, directions)
def test_no_sampler_is_told_anything_but_finite_ranks(finals: list[list[Score]], direction: str) -> None:
    """From 0 without a gap, whatever failed; the winner has the lowest, and equal trials share theirs."""
    found = [standing(each) for each in finals]
    told = ranks(found, direction)
    assert all(math.isfinite(rank) for rank in told)
    assert sorted(set(told)) == list(range(len(set(told))))
    assert winner(found, direction) == told.index(0.0)
    for one, rank in zip(found, told, strict=True):
        for other, place in zip(found, told, strict=True):
            assert (one == other) <= (rank == place)
