"""NDB and JS over bins: their null expectations, SciPy's divergence, and bins that hold nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from given_features import bank_of, correlated, samples_of, score
from torch import Tensor

from bench.metrics.ndb import Ndb, bin_centres, different, histogram
from gan.data.digits import Digits
from gan.data.ring import Ring


def _counts(*values: int) -> Tensor:
    return torch.tensor(values).double()


def test_equal_distributions_have_their_null_values() -> None:
    """JS near (K - 1) / 8 · (1/N + 1/M), and one bin in twenty different at α = 0.05."""
    n, bins = 2000, 50
    draws = [score(Ndb(bins=bins), correlated(n, 8, 2 * i), correlated(n, 8, 2 * i + 1)) for i in range(4)]
    null = (bins - 1) / 8 * (2 / n)
    assert np.mean([draw["ndb_js"] for draw in draws]) == pytest.approx(null, rel=0.25)
    assert np.mean([draw["ndb"] for draw in draws]) == pytest.approx(0.05, abs=0.04)


def test_bins_are_tested_one_by_one() -> None:
    """The pooled two-proportion test, written out and asked of SciPy's normal distribution."""
    from scipy import stats

    fake, real = _counts(30, 10, 0, 55, 5), _counts(60, 24, 2, 70, 44)
    n, m = 100, 200
    expected = []
    for a, b in zip(fake.tolist(), real.tolist(), strict=True):
        pooled = (a + b) / (n + m)
        z = abs(a / n - b / m) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        expected.append(2.0 * stats.norm.sf(z) < 0.05)
    assert 0 < sum(expected) < 5
    assert different(fake, real) == np.mean(expected)


def test_bins_that_hold_nothing_or_everything_are_not_different() -> None:
    """Their standard error is 0, and 0/0 must be neither NaN nor a difference."""
    assert different(_counts(10, 0), _counts(20, 0)) == 0.0
    assert different(_counts(10, 0), _counts(0, 10)) == 1.0


def test_a_histogram_counts_the_nearest_centres() -> None:
    """Every sample once, far away or not; bins without samples stay in the histogram."""
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]).double()
    x = torch.tensor([[1.0, 1.0], [9.0, 2.0], [500.0, 0.0], [4.9, 0.0]]).double()
    assert histogram(x, centres).tolist() == [2.0, 2.0, 0.0]


def test_bins_are_the_same_at_every_call_and_draw_no_random_numbers() -> None:
    """Sums over threads would differ in their last digits."""
    real, before = correlated(600, 16, 0), torch.get_rng_state()
    state = np.random.get_state()[1].copy()
    first, second = bin_centres(real, 40), bin_centres(real, 40)
    assert torch.equal(first, second)
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(state, np.random.get_state()[1])


def test_bins_are_computed_once_for_a_bank() -> None:
    """They are the costly part."""
    bank = bank_of(correlated(300, 4, 0))
    Ndb().score(bank, samples_of(correlated(300, 4, 1)))
    (key,) = bank._known
    centres, real = bank._known[key]
    bank._known[key] = (centres, real.flip(0))
    changed = Ndb().score(bank, samples_of(correlated(300, 4, 0)))
    assert changed["ndb_js"] > 0.0, "the remembered histogram is used"


def test_there_are_ten_samples_for_a_bin() -> None:
    """Fewer samples, fewer bins, down to one; equal samples cannot fill more than one."""
    assert len(bin_centres(correlated(500, 4, 0), 100)) == 50
    assert len(bin_centres(correlated(5, 4, 0), 100)) == 1
    assert len(bin_centres(torch.ones(300, 4).double(), 100)) == 1
    assert len(bin_centres(correlated(3, 4, 0).repeat(100, 1), 100)) == 3


def test_a_lost_region_stands_out() -> None:
    """JS of samples that lack a fifth of the distribution is far above that of complete ones."""
    real, fake = correlated(2000, 4, 0), correlated(4000, 4, 1)
    healthy = score(Ndb(), fake[:2000], real)["ndb_js"]
    kept = fake[fake[:, 0] < fake[:, 0].quantile(0.8)][:2000]
    assert score(Ndb(), kept, real)["ndb_js"] > 4 * healthy
    assert score(Ndb(), fake[:1].expand(2000, -1), real)["ndb_js"] > 0.5


def test_it_says_when_bins_are_fewer_than_asked_for() -> None:
    """Values at another number of bins do not compare."""
    assert Ndb().cautions(Digits(), 1000, True) == []
    assert "89 bins and not 100" in Ndb().cautions(Digits(), 898, True)[0]
    assert Ndb().fits(Ring()) is None
    assert "leave out" in (Ndb(extractor="vgg16").fits(Ring()) or "")
