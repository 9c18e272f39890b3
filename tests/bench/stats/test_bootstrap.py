"""The percentile bootstrap's parts against what they say of themselves."""

from __future__ import annotations

import numpy as np
import pytest

from bench.stats import bootstrap


def test_resamples_are_drawn_with_replacement_and_alike() -> None:
    """Both forms put every value into a resample once on average, with the variance of the multinomial."""
    rng = np.random.default_rng(0)
    drawn = bootstrap.draws(rng, 5, 20_000)
    from_draws = np.stack([(drawn == i).sum(axis=1) for i in range(5)], axis=1).astype(float)
    for counts in (from_draws, bootstrap.counts(rng, 5, 20_000)):
        assert counts.shape == (20_000, 5) and (counts.sum(axis=1) == 5).all(), "a resample has n values"
        assert counts.mean(axis=0) == pytest.approx(1.0, abs=0.04)
        assert counts.var(axis=0) == pytest.approx(0.8, abs=0.05)


def test_the_ends_leave_out_as_much_on_either_side() -> None:
    values = np.arange(1000.0)
    assert bootstrap.ends(values, 0.95) == (25.0, 974.0)
    assert bootstrap.ends(-values, 0.95) == (-974.0, -25.0), "the mirror's ends are mirrored"
    found = bootstrap.ends(np.array([np.inf, 1.0, 2.0, np.inf]), 0.5)
    assert found == (2.0, np.inf), "an end is a value that occurred, never between one and infinity"
