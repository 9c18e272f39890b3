"""Performance profiles against counting, and their symmetries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from bench import stats

NAN = math.nan
score = st.integers(-5, 5).map(float)
run = st.tuples(score, st.booleans())
several = st.lists(st.lists(run, min_size=2, max_size=6), min_size=1, max_size=4)
BARS = np.array([2.0, -6.0, 0.0, 6.0, math.inf])


def split(strata: list[list[tuple[float, bool]]]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return (
        [np.array([value for value, _ in runs]) for runs in strata],
        [np.array([bad for _, bad in runs]) for runs in strata],
    )


def seeded() -> np.random.Generator:
    return np.random.default_rng(5)


@given(several)
@settings(deadline=None, max_examples=50)
def test_a_profile_is_the_mean_share_of_runs_at_least_as_good(strata: list[list[tuple[float, bool]]]) -> None:
    found = stats.profile(*split(strata), BARS, "lower", seeded(), reps=100)
    for bar, share in zip(BARS, found.share, strict=True):
        counted = [sum(value <= bar and not bad for value, bad in runs) / len(runs) for runs in strata]
        assert share == pytest.approx(sum(counted) / len(counted)), "failures never reach a threshold"
    assert found.n == sum(map(len, strata))
    assert found.low is not None and found.high is not None
    assert (found.low >= 0.0).all() and (found.low <= found.high).all() and (found.high <= 1.0 + 1e-12).all()


@given(several, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_neither_sign_nor_order_matters(strata: list[list[tuple[float, bool]]], random: object) -> None:
    scores, failed = split(strata)
    found = stats.profile(scores, failed, BARS, "lower", seeded(), reps=50)
    iqm = stats.across(scores, failed, "lower", seeded(), reps=50)
    mirrored = stats.profile([-x for x in scores], failed, -BARS, "higher", seeded(), reps=50)
    flipped = stats.across([-x for x in scores], failed, "higher", seeded(), reps=50)
    for runs in (*strata, strata):
        random.shuffle(runs)  # type: ignore[attr-defined]
    shuffled = stats.profile(*split(strata), BARS, "lower", seeded(), reps=50)
    for other in (mirrored, shuffled):
        for name in ("share", "low", "high"):
            assert (getattr(other, name) == getattr(found, name)).all(), name
    assert stats.across(*split(strata), "lower", seeded(), reps=50) == iqm
    assert iqm.low is not None and iqm.high is not None
    assert flipped == stats.Interval(-iqm.mean, -iqm.high, -iqm.low, iqm.n)


def test_the_band_of_one_data_set_is_binomial() -> None:
    """Resampling n runs of which k reach the threshold is drawing from a binomial."""
    runs = np.r_[np.zeros(12), np.ones(8)]
    found = stats.profile([runs], [runs > 1], np.array([0.5]), "lower", seeded(), reps=20_000)
    assert found.share.tolist() == [0.6]
    for end, quantile in ((found.low, 0.025), (found.high, 0.975)):
        assert end is not None
        assert end[0] == pytest.approx(reference.binom.ppf(quantile, 20, 0.6) / 20, abs=0.05)


def test_data_sets_of_few_runs_weigh_as_much_as_others() -> None:
    scores = [np.zeros(2), np.ones(98)]
    found = stats.profile(scores, [x > 1 for x in scores], np.array([0.0]), "lower", seeded())
    assert found.share.tolist() == [0.5]


def test_pending_runs_are_left_out_and_failed_ones_stay() -> None:
    scores = [np.array([1.0, NAN, NAN, 3.0])]
    failed = [np.array([False, True, False, False])]
    found = stats.profile(scores, failed, np.array([2.0, 9.0]), "lower", seeded())
    assert found.n == 3 and found.share == pytest.approx([1 / 3, 2 / 3])
    single = stats.profile([np.array([1.0])], [np.array([False])], np.array([2.0]), "lower", seeded())
    assert single.low is None and single.high is None, "one run has no known spread"
    nothing = stats.profile([np.array([NAN])], [np.array([False])], np.array([2.0]), "lower", seeded())
    assert nothing.n == 0 and len(nothing.share) == 0
    assert math.isnan(stats.across([], [], "higher", seeded()).mean)


def test_an_arm_may_fail_in_a_quarter_of_its_runs_before_its_interquartile_mean_is_lost() -> None:
    scores, none = [np.arange(8.0), np.arange(8.0)], np.zeros(8, dtype=bool)
    four = [np.r_[np.ones(4, dtype=bool), np.zeros(4, dtype=bool)], none]
    kept = stats.across(scores, four, "higher", seeded())
    left = np.r_[4.0:8.0, 0.0:8.0]
    assert kept.mean == pytest.approx(np.sort(left)[:-4].mean()), (
        "four failures are the worst four of sixteen"
    )
    five = [four[0], np.r_[True, none[1:]]]
    assert stats.across(scores, five, "higher", seeded()).mean == -math.inf
    assert stats.across(scores, five, "lower", seeded()).mean == math.inf
    plain = stats.across(scores, [none, none], "higher", seeded())
    assert plain.mean == pytest.approx(reference.trim_mean(np.concatenate(scores), 0.25))


def test_a_common_scale_has_more_as_better() -> None:
    assert stats.normalised(np.array([40.0, 20.0, 5.0]), 40.0, 5.0) == pytest.approx([0.0, 20 / 35, 1.0])
    assert stats.normalised(np.array([2.0, 8.0]), 2.0, 8.0).tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match="scale"):
        stats.normalised(np.zeros(1), 3.0, 3.0)
