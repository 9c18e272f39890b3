"""Seed-blocked analysis of variance against textbooks, statsmodels, SciPy and its own symmetries."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from bench.stats.corrections import holm
from bench.stats.factorial import Anova, anova, estimate, marginal, normality, ranks

# Crampton 1947, doi:10.1093/jn/33.5.491, R's ToothGrowth: orange juice, then ascorbic acid, at three doses.
TOOTH_GROWTH = """
15.2 21.5 17.6 9.7 14.5 10 8.2 9.4 16.5 9.7   19.7 23.3 23.6 26.4 20 25.2 25.8 21.2 14.5 27.3
25.5 26.4 22.4 24.5 24.8 30.9 26.4 27.3 29.4 23   4.2 11.5 7.3 5.8 6.4 10 11.2 11.2 5.2 7
16.5 16.5 15.2 17.3 22.5 17.3 13.6 14.5 18.8 15.5   23.6 18.5 33.9 25.5 26.4 32.5 26.7 21.5 23.3 29.5
"""
# Montgomery, Design and Analysis of Experiments, table 5.1: three materials at three temperatures.
BATTERY_LIFE = """
130 155 74 180  34 40 80 75  20 70 82 58  150 188 159 126  136 122 106 115  25 70 58 45
138 110 168 160  174 120 150 139  96 104 82 60
"""
# Yates 1935, J. R. Statist. Soc. Suppl. 2:181, R's MASS::oats: varieties, six blocks, doses of nitrogen.
OATS = """
111 130 157 174  61 91 97 100  68 64 112 86  74 89 81 122  62 90 100 116  53 74 118 113
117 114 161 141  70 108 126 149  60 102 89 96  64 103 132 133  80 82 94 126  89 82 86 104
105 140 118 156  96 124 121 144  89 129 132 124  70 89 104 117  63 70 109 99  97 99 119 121
"""
scores = st.integers(0, 2**32 - 1).map(np.random.default_rng)
shapes = st.lists(st.integers(2, 3), min_size=1, max_size=3).map(tuple)


def numbers(text: str, *shape: int) -> np.ndarray:
    return np.array(text.split(), dtype=np.float64).reshape(shape)


def statsmodels(y: np.ndarray, kind: int) -> tuple[pd.DataFrame, list[str]]:
    """The same analysis by least squares, and the names of our effects in our order."""
    cells = [dict(zip("uvw", index, strict=False)) | {"s": index[-1]} for index in np.ndindex(y.shape)]
    frame = pd.DataFrame(cells).assign(y=y.ravel())
    factors = "uvw"[: y.ndim - 1]
    names = [f"C({a})" for a in factors]
    names += [f"C({a}):C({b})" for a, b in itertools.combinations(factors, 2)]
    return anova_lm(ols(f"y ~ C(s) + {' + '.join(names)}", frame).fit(), typ=kind), names


def without_blocks(found: Anova) -> list[float]:
    """F of each effect where the replicates are no blocks: their variance is residual too."""
    error = (found.squares + found.seed_squares) / (found.freedom + found.seed_freedom)
    return [effect.squares / effect.freedom / error for effect in found.effects]


@pytest.mark.parametrize(
    ("y", "freedom", "f"),
    [
        (numbers(TOOTH_GROWTH, 2, 3, 10), (1, 2, 2, 54), (15.572, 92.000, 4.107)),
        (numbers(BATTERY_LIFE, 3, 3, 4), (2, 2, 4, 27), (7.91, 28.97, 3.56)),
    ],
    ids=["R: summary(aov(len ~ supp * factor(dose), ToothGrowth))", "Montgomery, table 5.5"],
)
def test_sums_of_squares_are_those_of_textbooks(
    y: np.ndarray, freedom: tuple[int, ...], f: tuple[float, ...]
) -> None:
    """Two published two-way analyses of completely randomised designs."""
    found = anova(y)
    assert [effect.freedom for effect in found.effects] == list(freedom[:-1])
    assert found.freedom + found.seed_freedom == freedom[-1]
    assert without_blocks(found) == pytest.approx(f, abs=0.006)


def test_blocks_take_out_their_share() -> None:
    """Yates' oats in six blocks, with the sums that R prints for them (MASS, ?oats)."""
    found = anova(numbers(OATS, 3, 6, 4).transpose(0, 2, 1))
    variety, nitrogen, both = found.effects
    squares = [found.seed_squares, variety.squares, nitrogen.squares, both.squares, found.squares]
    # The plots within varieties are residual here: 6013 with 10 degrees of freedom and 7969 with 45.
    assert np.round(squares).tolist() == pytest.approx([15875, 1786, 20020, 322, 6013 + 7969], abs=1)
    assert (found.seed_freedom, found.freedom) == (5, 10 + 45)
    assert nitrogen.f == pytest.approx((20020 / 3) / (13982 / 55), rel=1e-4)


@given(shapes, st.integers(2, 5), scores, st.sampled_from([1, 2]))
@settings(max_examples=15, deadline=None)
def test_every_line_is_that_of_statsmodels(
    shape: tuple[int, ...], seeds: int, rng: np.random.Generator, kind: int
) -> None:
    """Types I and II alike, because a complete design is orthogonal."""
    y = rng.normal(3.0, 1.0, (*shape, seeds))
    found, (table, names) = anova(y), statsmodels(y, kind)
    for effect, name in zip(found.effects, names, strict=True):
        line = table.loc[name]
        assert (effect.freedom, effect.squares) == (
            line["df"],
            pytest.approx(line["sum_sq"], rel=1e-6, abs=1e-9),
        )
        assert (effect.f, effect.p) == (
            pytest.approx(line["F"], rel=1e-6),
            pytest.approx(line["PR(>F)"], abs=1e-8),
        )
        share = line["sum_sq"] / (line["sum_sq"] + table.loc["Residual", "sum_sq"])
        assert effect.partial_eta_squared == pytest.approx(share, abs=1e-8)
    assert found.freedom == table.loc["Residual", "df"]
    assert found.squares == pytest.approx(table.loc["Residual", "sum_sq"], rel=1e-6)
    assert [effect.p_holm for effect in found.effects] == holm([effect.p for effect in found.effects])


@given(st.integers(2, 9), scores)
@settings(max_examples=25, deadline=None)
def test_two_levels_are_a_paired_t_test(seeds: int, rng: np.random.Generator) -> None:
    """F = t², with the same p; so is the estimate of the difference."""
    y = rng.normal(size=(2, seeds))
    (effect,) = anova(y).effects
    test = reference.ttest_rel(y[1], y[0])
    assert effect.f == pytest.approx(test.statistic**2) and effect.p == pytest.approx(test.pvalue)
    contrast = marginal(y, 0)
    found, interval = estimate(contrast[1] - contrast[0]), test.confidence_interval(0.95)
    assert found.p == pytest.approx(test.pvalue)
    assert (found.interval.low, found.interval.high) == pytest.approx((interval.low, interval.high))


@given(shapes, st.integers(2, 5), scores, st.floats(-100, 100))
@settings(max_examples=25, deadline=None)
def test_what_all_arms_share_changes_nothing(
    shape: tuple[int, ...], seeds: int, rng: np.random.Generator, constant: float
) -> None:
    """Neither a constant, nor an offset of each seed, nor the order of the seeds."""
    y = rng.normal(size=(*shape, seeds))
    plain = anova(y)
    for changed in (y + constant, y + rng.normal(0, 9, seeds), y[..., rng.permutation(seeds)]):
        for one, other in zip(plain.effects, anova(changed).effects, strict=True):
            assert (other.axes, other.freedom) == (one.axes, one.freedom)
            assert (other.squares, other.p) == (
                pytest.approx(one.squares, abs=1e-8),
                pytest.approx(one.p, abs=1e-7),
            )


def test_a_pure_interaction_is_found_and_no_main_effect() -> None:
    """Each factor helps with the other off and harms with it on: the marginal means say nothing."""
    y = np.random.default_rng(0).normal(0, 1, (2, 2, 10)) + np.array([[1.5, -1.5], [-1.5, 1.5]])[..., None]
    one, other, both = anova(y).effects
    assert both.axes == (0, 1) and both.p_holm < 1e-6 and both.partial_eta_squared > 0.5
    assert min(one.p, other.p) > 0.05
    means = marginal(y, 0, 1)
    simple = [estimate(means[1, level] - means[0, level]) for level in (0, 1)]
    assert simple[0].interval.high < 0 < simple[1].interval.low
    crossed = estimate((means[1, 1] - means[0, 1]) - (means[1, 0] - means[0, 0]))
    assert crossed.interval.low < 6.0 < crossed.interval.high
    assert both.f == pytest.approx(36 / 4 * 10 * (crossed.interval.mean / 6) ** 2 / (anova(y).squares / 27))


def test_without_interactions_they_are_residual() -> None:
    y = np.random.default_rng(1).normal(size=(2, 3, 4))
    full, main = anova(y), anova(y, interactions=False)
    assert [effect.axes for effect in main.effects] == [(0,), (1,)]
    assert main.squares == pytest.approx(full.squares + full.effects[2].squares)
    assert main.freedom == full.freedom + 2


def test_p_values_are_uniform_where_nothing_has_an_effect() -> None:
    """Of 400 null designs, each line's p; a bound of 0.1 on the distance is exceeded once in 2000."""
    rng = np.random.default_rng(5)
    p = np.array(
        [[e.p for e in anova(rng.normal(size=(2, 3, 5)) + rng.normal(size=5)).effects] for _ in range(400)]
    )
    assert all(reference.kstest(column, "uniform").statistic < 0.1 for column in p.T)


def test_marginal_means_come_in_the_order_asked_for() -> None:
    y = np.arange(48.0).reshape(2, 3, 4, 2)
    assert marginal(y, 2, 0).shape == (4, 2, 2)
    assert marginal(y, 2, 0)[3, 1].tolist() == y[1, :, 3].mean(axis=0).tolist()
    assert marginal(y, 1).tolist() == y.mean(axis=(0, 2)).tolist()


@pytest.mark.parametrize("shift", [0.0, 0.1, 1 / 3])
def test_scores_without_residual_variance_have_no_f(shift: float) -> None:
    """Where every seed says the same, p is no smaller than a sign-flip test's, and rounding is no effect."""
    y = np.zeros((3, 2, 6)) + shift
    y[1] += 0.7
    first, second, both = anova(y).effects
    assert (first.f, first.p, first.partial_eta_squared) == (None, 2.0**-5, 1.0)
    assert [(effect.f, effect.p, effect.squares) for effect in (second, both)] == [(None, 1.0, 0.0)] * 2
    means = marginal(y, 0)
    assert estimate(means[1] - means[0], scale=1.0).p == 2.0**-5
    assert not estimate(means[1] - means[0], scale=1.0).covers_zero
    nothing = estimate(means[2] - means[0] + 1e-17, scale=1.0)
    assert (nothing.interval.mean, nothing.p, nothing.covers_zero) == (0.0, 1.0, True)
    assert normality(y) is None


def test_normality_is_that_of_the_residuals() -> None:
    """By SciPy of statsmodels' residuals; log scores make log-normal noise normal again."""
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(2, 2, 12)) + np.array([0.0, 2.0])[:, None, None]
    found = normality(np.exp(noise))
    assert found is not None and found.p < 1e-4 and found.p_log is not None and found.p_log > 0.05
    plain = normality(noise)
    assert plain is not None and plain.p == pytest.approx(found.p_log), "the log of exp is what it was"
    assert plain.p_log is None, "scores below 0 have no logarithm"
    pairs = normality(noise[:, 0])
    differences = noise[1, 0] - noise[0, 0]
    assert pairs is not None and pairs.p == pytest.approx(reference.shapiro(differences).pvalue), (
        "no pair twice"
    )
    assert normality(noise[:, 0, :2]) is None, "one degree of freedom has no shape"


@given(st.integers(3, 6), st.integers(3, 8), scores)
@settings(max_examples=20, deadline=None)
def test_ranks_of_one_factor_are_friedmans(levels: int, seeds: int, rng: np.random.Generator) -> None:
    """F = (n - 1) χ² / (n (k - 1) - χ²): Iman and Davenport 1980, in Demšar 2006, JMLR 7:1, p. 11."""
    y = rng.normal(size=(levels, seeds))
    chi = float(reference.friedmanchisquare(*y).statistic)
    (effect,) = anova(ranks(y)).effects
    if effect.f is not None:
        assert effect.f == pytest.approx((seeds - 1) * chi / (seeds * (levels - 1) - chi))


def test_failures_are_tied_last() -> None:
    inf = np.inf
    assert ranks(np.array([[1.0, 3.0], [inf, 2.0], [inf, inf]])).tolist() == [
        [1.0, 2.0],
        [2.5, 1.0],
        [2.5, 3.0],
    ]


@pytest.mark.parametrize("y", [np.zeros((2, 1)), np.zeros((1, 3)), np.zeros(4), np.full((2, 2), np.nan)])
def test_what_cannot_be_analysed_is_refused(y: np.ndarray) -> None:
    with pytest.raises(ValueError, match="two levels"):
        anova(y)
    with pytest.raises(ValueError, match="two"):
        estimate(np.zeros(1))
