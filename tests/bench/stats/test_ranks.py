"""Ranks with failures last against SciPy, textbooks, definitions and their own symmetries."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats as reference

from bench import stats

NAN = math.nan
few = st.integers(-3, 3).map(float)
"""Scores with many ties."""
tables = arrays.arrays(float, st.tuples(st.integers(3, 5), st.integers(2, 6)), elements=few)
runs = st.lists(st.tuples(few, st.booleans(), few, st.booleans()), min_size=2, max_size=8)

# Demšar 2006, JMLR 7:1, table 6: ranks of C4.5, +m, +cf and +m+cf (by AUC) on 14 data sets.
DEMSAR = np.array(
    [
        [4, 1, 4, 4, 4, 1, 3, 2.5, 4, 2.5, 4, 3, 4, 3],
        [3, 2, 1, 1, 2, 2.5, 2, 2.5, 3, 2.5, 2.5, 2, 1, 1],
        [2, 3, 2, 3, 3, 4, 4, 4, 2, 2.5, 1, 4, 2, 4],
        [1, 4, 3, 2, 1, 2.5, 1, 1, 1, 2.5, 2.5, 1, 3, 2],
    ]
)

# Hollander and Wolfe 1973, p. 140 (R's friedman.test): three ways to round first base, 22 players, seconds.
ROUNDING = np.array(
    [
        [5.40, 5.50, 5.55],
        [5.85, 5.70, 5.75],
        [5.20, 5.60, 5.50],
        [5.55, 5.50, 5.40],
        [5.90, 5.85, 5.70],
        [5.45, 5.55, 5.60],
        [5.40, 5.40, 5.35],
        [5.45, 5.50, 5.35],
        [5.25, 5.15, 5.00],
        [5.85, 5.80, 5.70],
        [5.25, 5.20, 5.10],
        [5.65, 5.55, 5.45],
        [5.60, 5.35, 5.45],
        [5.05, 5.00, 4.95],
        [5.50, 5.50, 5.40],
        [5.45, 5.55, 5.50],
        [5.55, 5.55, 5.35],
        [5.45, 5.50, 5.55],
        [5.50, 5.45, 5.25],
        [5.65, 5.60, 5.40],
        [5.70, 5.65, 5.55],
        [6.30, 6.30, 6.25],
    ]
)


def test_failures_are_tied_last_whatever_the_direction() -> None:
    scores, failed = np.array([1.0, NAN, 3.0, NAN, 2.0]), np.array([False, True, True, False, False])
    for direction, order in (("lower", [0, 4]), ("higher", [4, 0])):
        values = stats.endpoint(scores, failed, direction)
        assert values[1] == values[2] == math.inf, "a failed run's score, where it has one, does not help it"
        assert values[order[0]] < values[order[1]] < math.inf, "less is better"
        assert math.isnan(values[3]), "a run without outcome is pending, not bad"
    with pytest.raises(ValueError, match="direction"):
        stats.endpoint(scores, failed, "none")
    with pytest.raises(ValueError, match="same runs"):
        stats.endpoint(scores, failed[1:], "lower")


def test_friedman_on_the_textbooks_data() -> None:
    found = stats.friedman(ROUNDING.T)
    assert found.p == pytest.approx(0.003805, rel=1e-3), "chi-squared 11.143, 2 degrees of freedom"
    assert (found.n, found.left_out) == (22, 0)


def test_friedman_and_nemenyi_on_demsars_example() -> None:
    found = stats.friedman(DEMSAR)
    assert found.mean_ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    five, ten = stats.nemenyi(found.mean_ranks, 14), stats.nemenyi(found.mean_ranks, 14, alpha=0.1)
    assert five is not None and ten is not None
    assert five.critical_difference == pytest.approx(1.25, abs=0.005)
    assert five.groups == ((3, 1, 2, 0),), "at .05 the test is not strong enough to find any difference"
    assert ten.critical_difference == pytest.approx(1.12, abs=0.005)
    assert ten.groups == ((3, 1, 2), (2, 0)), "at .10 C4.5 is worse than +m and +m+cf, and +cf is neither"


@pytest.mark.parametrize(
    ("alpha", "q"),
    [
        (0.05, [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
        (0.10, [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]),
    ],
)
def test_critical_values_are_demsars_table(alpha: float, q: list[float]) -> None:
    """Demšar 2006, table 5a, for two to ten arms."""
    for arms, value in enumerate(q, start=2):
        found = stats.nemenyi(np.arange(1.0, arms + 1), 6, alpha)
        assert found is not None
        assert found.critical_difference / math.sqrt(arms * (arms + 1) / 36) == pytest.approx(
            value, abs=1.5e-3
        )


@given(st.lists(st.integers(2, 20).map(lambda r: r / 2), min_size=2, max_size=8), st.integers(2, 60))
@settings(deadline=None, max_examples=60)
def test_groups_are_all_maximal_sets_of_arms_that_do_not_differ(ranks: list[float], n: int) -> None:
    """Against every subset of the arms."""
    found = stats.nemenyi(np.array(ranks), n)
    assert found is not None

    def alike(group: frozenset[int]) -> bool:
        chosen = [ranks[i] for i in group]
        return max(chosen) - min(chosen) < found.critical_difference

    arms = range(len(ranks))
    fitting = [
        frozenset(group)
        for size in range(1, len(ranks) + 1)
        for group in itertools.combinations(arms, size)
        if alike(frozenset(group))
    ]
    largest = {group for group in fitting if not any(group < other for other in fitting)}
    assert {frozenset(group) for group in found.groups} == largest
    assert len(found.groups) == len(largest)


@given(tables)
@settings(deadline=None, max_examples=60)
def test_friedman_is_scipys(values: np.ndarray) -> None:
    found = stats.friedman(values)
    ranks = reference.rankdata(values, axis=0)
    assert found.mean_ranks == pytest.approx(ranks.mean(axis=1))
    if (values == values[0]).all():
        assert found.p == 1.0, "where SciPy gives NaN: nothing tells the arms apart"
    else:
        assert found.p == pytest.approx(reference.friedmanchisquare(*values).pvalue)


@given(tables, st.integers(-50, 50), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_ranks_forget_order_origin_and_sign(values: np.ndarray, shift: int, random: object) -> None:
    failed = values == 3.0
    found = stats.friedman(stats.endpoint(values, failed, "lower"))
    seeds, arms = list(range(values.shape[1])), list(range(len(values)))
    random.shuffle(seeds)  # type: ignore[attr-defined]
    random.shuffle(arms)  # type: ignore[attr-defined]
    for moved in (
        stats.endpoint(values[:, seeds], failed[:, seeds], "lower"),
        stats.endpoint(values + shift, failed, "lower"),
        stats.endpoint(-values, failed, "higher"),
    ):
        other = stats.friedman(moved)
        assert other.p == pytest.approx(found.p) and (other.mean_ranks == found.mean_ranks).all()
    swapped = stats.friedman(stats.endpoint(values[arms], failed[arms], "lower"))
    assert swapped.p == pytest.approx(found.p) and (swapped.mean_ranks == found.mean_ranks[arms]).all()


def test_only_complete_seeds_are_ranked_and_the_others_counted() -> None:
    values = np.array([[1.0, 1.0, NAN, 1.0], [2.0, 2.0, 2.0, 2.0], [3.0, math.inf, 0.0, 3.0]])
    found = stats.friedman(values)
    assert (found.n, found.left_out) == (3, 1) and found.mean_ranks.tolist() == [1.0, 2.0, 3.0]
    assert found.p == pytest.approx(math.exp(-3.0)), "chi-squared is 6 with 2 degrees of freedom"
    two = stats.friedman(values[:2])
    assert two.p is None and two.mean_ranks.tolist() == [1.0, 2.0], "two arms have ranks and no omnibus test"
    assert stats.friedman(values[:, :1]).p is None
    none = stats.friedman(values[:, 2:3])
    assert none.n == 0 and none.p is None and np.isnan(none.mean_ranks).all()
    assert stats.nemenyi(np.array([1.0]), 5) is None and stats.nemenyi(np.array([1.0, 2.0]), 1) is None


def slow_improvement(a: np.ndarray, fa: np.ndarray, b: np.ndarray, fb: np.ndarray) -> float:
    """All pairs one by one; less is better."""
    points = 0.0
    for (x, x_failed), (y, y_failed) in itertools.product(zip(a, fa, strict=True), zip(b, fb, strict=True)):
        if x_failed or y_failed:
            points += 0.5 if x_failed and y_failed else float(y_failed)
        else:
            points += 0.5 if x == y else float(x < y)
    return points / (len(a) * len(b))


def columns(drawn: list[tuple[float, bool, float, bool]]) -> tuple[np.ndarray, ...]:
    a, fa, b, fb = zip(*drawn, strict=True)
    return np.array(a), np.array(fa), np.array(b), np.array(fb)


@given(runs, st.booleans())
@settings(deadline=None, max_examples=60)
def test_the_probability_is_mann_whitneys_over_all_pairs(
    drawn: list[tuple[float, bool, float, bool]], paired: bool
) -> None:
    a, fa, b, fb = columns(drawn)
    found = stats.improvement(a, fa, b, fb, "lower", np.random.default_rng(0), paired=paired, reps=50)
    assert found.interval.mean == pytest.approx(slow_improvement(a, fa, b, fb), abs=1e-12)
    x, y = np.where(fa, 1e9, a), np.where(fb, 1e9, b)
    u = reference.mannwhitneyu(y, x, method="asymptotic").statistic
    assert found.interval.mean == pytest.approx(u / len(a) ** 2, abs=1e-12)
    back = stats.improvement(b, fb, a, fa, "lower", np.random.default_rng(0), paired=paired, reps=50)
    assert back.interval.mean == pytest.approx(1.0 - found.interval.mean, abs=1e-12)


@given(runs, st.integers(-50, 50), st.booleans(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_improvement_forgets_order_origin_and_sign(
    drawn: list[tuple[float, bool, float, bool]], shift: int, paired: bool, random: object
) -> None:
    a, fa, b, fb = columns(drawn)

    def again(a: np.ndarray, fa: np.ndarray, b: np.ndarray, fb: np.ndarray, way: str) -> stats.Improvement:
        return stats.improvement(a, fa, b, fb, way, np.random.default_rng(3), paired=paired, reps=50)

    first = again(a, fa, b, fb, "lower")
    assert again(a + shift, fa, b + shift, fb, "lower") == first
    assert again(-a, fa, -b, fb, "higher") == first
    random.shuffle(drawn)  # type: ignore[attr-defined]
    assert again(*columns(drawn), "lower") == first


def test_the_paired_interval_is_that_of_all_resamples_of_seeds_counted_out() -> None:
    a, b = np.array([1.0, 4.0, 2.0, 7.0]), np.array([3.0, 2.0, 6.0, 5.0])
    none = np.zeros(4, dtype=bool)
    every = [
        slow_improvement(a[list(seeds)], none, b[list(seeds)], none)
        for seeds in itertools.product(range(4), repeat=4)
    ]
    rng = np.random.default_rng(0)
    found = stats.improvement(a, none, b, none, "lower", rng, reps=20_000, level=0.8).interval
    for end, quantile in ((found.low, 0.1), (found.high, 0.9)):
        around = np.quantile(every, [quantile - 0.01, quantile + 0.01], method="inverted_cdf")
        assert end is not None and around[0] - 1e-9 <= end <= around[1] + 1e-9


def test_runs_without_common_seeds_are_drawn_for_themselves() -> None:
    """Three runs and two have 27 times 4 resamples."""
    a, b = np.array([1.0, 4.0, 2.0]), np.array([3.0, 2.0])
    every = [
        slow_improvement(a[list(one)], np.zeros(3), b[list(two)], np.zeros(2))
        for one in itertools.product(range(3), repeat=3)
        for two in itertools.product(range(2), repeat=2)
    ]
    none, rng = np.zeros(3, dtype=bool), np.random.default_rng(0)
    found = stats.improvement(
        a, none, b, none[:2], "lower", rng, paired=False, reps=20_000, level=0.8
    ).interval
    for end, quantile in ((found.low, 0.1), (found.high, 0.9)):
        around = np.quantile(every, [quantile - 0.01, quantile + 0.01], method="inverted_cdf")
        assert end is not None and around[0] - 1e-9 <= end <= around[1] + 1e-9


def test_pending_runs_are_left_out_and_counted() -> None:
    a, b = np.array([1.0, NAN, 3.0, NAN]), np.array([2.0, 2.0, NAN, 5.0])
    fa, fb = np.array([False, False, False, True]), np.zeros(4, dtype=bool)
    rng = np.random.default_rng(0)
    paired = stats.improvement(a, fa, b, fb, "lower", rng)
    assert (paired.left_out, paired.interval.n) == (2, 2), "seeds that lack an outcome on either side"
    assert paired.interval.mean == 0.5, "one run wins against both, the failed one loses against both"
    loose = stats.improvement(a, fa, b, fb, "lower", rng, paired=False)
    assert (loose.left_out, loose.interval.n) == (2, 3)
    assert loose.interval.mean == pytest.approx((3 + 1 + 0) / 9)
    empty = stats.improvement(np.array([NAN]), fa[:1], b[:1], fb[:1], "lower", rng)
    assert math.isnan(empty.interval.mean) and empty.left_out == 1 and empty.interval.n == 0
    with pytest.raises(ValueError, match="aligned"):
        stats.improvement(a, fa, b[:2], fb[:2], "lower", rng)


def test_three_wins_in_three_are_no_certainty() -> None:
    none = np.zeros(3, dtype=bool)
    found = stats.improvement(
        np.arange(3.0), none, np.arange(3.0) + 9, none, "lower", np.random.default_rng(0)
    )
    assert found.interval == stats.Interval(1.0, None, None, 3), "every resample would say 1"


def test_an_arm_that_fails_often_and_is_otherwise_better_does_not_win() -> None:
    """Survivors are 3 better, standard deviation 2.2; 40 % fail: it should win .6 Φ(3 / 2.2√2) = .4995."""
    rng = np.random.default_rng(0)
    n, wins, sure, survivors = 10, [], 0, []
    for _ in range(400):
        a, b = rng.normal(37.0, 2.2, n), rng.normal(40.0, 2.2, n)
        fa, fb = rng.random(n) < 0.4, np.zeros(n, dtype=bool)
        found = stats.improvement(np.where(fa, NAN, a), fa, b, fb, "lower", rng, reps=400).interval
        assert found.low is not None
        wins.append(found.mean)
        sure += found.low > 0.5
        survivors.append(
            reference.mannwhitneyu(b, a[~fa]).statistic / (n * (~fa).sum()) if (~fa).any() else 0.5
        )
        ranks = reference.rankdata(stats.endpoint(np.stack([a, b]), np.stack([fa, fb]), "lower"), axis=0)
        assert (ranks[0, fa] == 2.0).all(), "where it failed it is last"
    expected = 0.6 * reference.norm.cdf(3.0 / (2.2 * math.sqrt(2.0)))
    assert np.mean(wins) == pytest.approx(expected, abs=3 * np.std(wins) / math.sqrt(400))
    assert np.mean(survivors) > 0.8, "or leaving failures out would not have misled"
    assert sure / 400 < 0.08, "and it is called better about as seldom as any arm that is not"
