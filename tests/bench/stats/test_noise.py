"""Components of variance against a textbook's data, statsmodels and known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import stats

DYESTUFF = np.array(
    [
        [1545, 1440, 1440, 1520, 1580],
        [1540, 1555, 1490, 1560, 1495],
        [1595, 1550, 1605, 1510, 1560],
        [1445, 1440, 1595, 1465, 1545],
        [1595, 1630, 1515, 1635, 1625],
        [1520, 1455, 1450, 1480, 1445],
    ],
    dtype=float,
)
"""Yield of dye from six batches, five samples each: Davies and Goldsmith 1972, Statistical Methods in
Research and Production, section 6.4; lme4's `Dyestuff`, where REML gives standard deviations of 42.00 (batch)
and 49.51 (residual)."""


def test_the_dyestuff_example() -> None:
    """Batches are seeds, samples of a batch are sample sets; a final score is a mean over all five."""
    found = stats.components(DYESTUFF.mean(axis=1), DYESTUFF.std(axis=1, ddof=1) / math.sqrt(5))
    assert found.seeds == pytest.approx(42.00, abs=0.005)
    assert found.evaluation == pytest.approx(49.51 / math.sqrt(5), abs=0.005)
    assert found.share == pytest.approx(49.51**2 / 5 / (49.51**2 / 5 + 42.00**2), abs=1e-4)


def test_a_balanced_design_gives_statsmodels_reml() -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    rng = np.random.default_rng(4)
    scores = rng.normal(0.0, 2.0, (12, 1)) + rng.normal(0.0, 1.0, (12, 4))
    theirs = MixedLM(scores.ravel(), np.ones(48), groups=np.repeat(np.arange(12), 4)).fit()
    ours = stats.components(scores.mean(axis=1), scores.std(axis=1, ddof=1) / 2.0)
    assert ours.seeds is not None and ours.evaluation is not None
    assert ours.seeds**2 == pytest.approx(float(theirs.cov_re[0, 0]), rel=1e-3)
    assert (2.0 * ours.evaluation) ** 2 == pytest.approx(float(theirs.scale), rel=1e-3)


@pytest.mark.parametrize(("seeds", "evaluation"), [(3.0, 1.0), (1.0, 1.0), (0.3, 1.0), (2.0, 0.0)])
def test_known_components_are_found(seeds: float, evaluation: float) -> None:
    """Scored once for the record and on five more sample sets for the noise, as runs are."""
    rng = np.random.default_rng(0)
    trained = rng.normal(10.0, seeds, 20_000)
    finals = trained + rng.normal(0.0, evaluation, 20_000)
    again = trained[:, None] + rng.normal(0.0, evaluation, (20_000, 5))
    found = stats.components(finals, again.std(axis=1, ddof=1))
    assert found.seeds == pytest.approx(seeds, abs=0.05)
    assert found.evaluation == pytest.approx(evaluation, abs=0.02)
    assert found.share == pytest.approx(evaluation**2 / (evaluation**2 + seeds**2), abs=0.03)


def test_what_cannot_be_told_apart_is_not() -> None:
    nan = math.nan
    assert stats.components(np.array([1.0, 2.0]), np.array([nan, nan])) == stats.Noise(None, None, None)
    assert stats.components(np.array([1.0]), np.array([2.0])) == stats.Noise(2.0, None, None)
    equal = stats.components(np.array([5.0, 5.0, 5.0]), np.array([1.0, 1.0, 1.0]))
    assert equal == stats.Noise(1.0, 0.0, 1.0), "less than nothing is nothing"
    assert stats.components(np.array([5.0, 5.0]), np.array([0.0, 0.0])).share is None
    holes = stats.components(np.array([1.0, nan, 5.0]), np.array([nan, nan, 2.0]))
    assert holes == stats.Noise(2.0, 2.0, 0.5), "each component is of the runs that have it"
    with pytest.raises(ValueError, match="same runs"):
        stats.components(np.zeros(2), np.zeros(3))


scored = st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 50)), min_size=2, max_size=8)


@given(scored, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_neither_order_nor_origin_matters(runs: list[tuple[int, int]], random: object) -> None:
    finals, noise = np.array(runs, dtype=float).T
    random.shuffle(runs)  # type: ignore[attr-defined]
    shuffled, along = np.array(runs, dtype=float).T
    plain = stats.components(finals, noise)
    assert stats.components(shuffled, along) == plain
    for moved in (finals + 64.0, -finals):
        assert stats.components(moved, noise).seeds == pytest.approx(plain.seeds, abs=1e-6)
