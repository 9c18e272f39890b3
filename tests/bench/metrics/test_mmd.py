"""The standard error of the squared MMD: exact in expectation, the spread of many draws, blind to order."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch
from given_features import correlated

from bench.metrics._mmd import between, squared_mmd, variances, within


@pytest.mark.parametrize("n", [4, 5])
def test_the_variance_is_unbiased(n: int) -> None:
    """Over all samples of two distributions, on three and on two points, its mean is the exact variance."""
    points = torch.tensor([[0.0, 1.0], [1.5, -0.5], [0.3, 0.2]]).double()
    chances = ([0.5, 0.2, 0.3], [0.4, 0.6])
    sides = [list(product(range(len(p)), repeat=n)) for p in chances]
    likely = [
        [math.prod(p[i] for i in draw) for draw in side] for p, side in zip(chances, sides, strict=True)
    ]
    x_side, y_side = ([points[list(draw)] for draw in side] for side in sides)
    among = [[within(x, 0.7) for x in side] for side in (x_side, y_side)]
    mean = square = expected = 0.0
    for i, x in enumerate(x_side):
        for j, y in enumerate(y_side):
            chance = likely[0][i] * likely[1][j]
            value = squared_mmd(x, y)[0]
            mean, square = mean + chance * value, square + chance * value**2
            expected += chance * sum(variances(among[0][i], among[1][j], between(x, y, 0.7)))
    assert expected == pytest.approx(square - mean**2, rel=1e-9)


@pytest.mark.parametrize("n", [2, 3, 4, 300])
def test_the_order_of_samples_does_not_change_the_error(n: int) -> None:
    """Nor of the real ones; copies of the reference in its own order are as unsure as any others."""
    x = correlated(n, 6, 0)
    turned = x[torch.randperm(n, generator=torch.Generator().manual_seed(1))]
    copies = squared_mmd(x, x)
    assert squared_mmd(turned, x) == pytest.approx(copies, rel=1e-9)
    assert squared_mmd(x, turned) == pytest.approx(copies, rel=1e-9)
    assert copies[1] > 0.0


def test_far_features_keep_their_digits() -> None:
    """Kernels of a million, of which the distance is a millionth, in float64 as in long double."""
    x, y = correlated(60, 4, 0) + 100.0, correlated(60, 4, 1, 1.1) + 100.0
    a, b = (side.numpy().astype(np.longdouble) for side in (x, y))
    kernels = [(u @ v.T / 4 + 1) ** 3 for u, v in ((a, a), (b, b), (a, b))]
    inside = sum(k.sum() - np.trace(k) for k in kernels[:2]) / (60 * 59)
    assert squared_mmd(x, y)[0] == pytest.approx(float(inside - 2 * kernels[2].mean()), rel=1e-6)


@pytest.mark.parametrize(
    ("scale", "shift"), [(1.0, 0.0), (1.0, 0.5), (1.4, 0.0)], ids=["equal", "mean", "sd"]
)
def test_the_standard_error_is_the_spread_over_independent_draws(scale: float, shift: float) -> None:
    """Of equal distributions, where the first-order term vanishes, and of different ones."""
    draws = [
        squared_mmd(correlated(120, 4, 2 * i), correlated(120, 4, 2 * i + 1, scale, shift))
        for i in range(400)
    ]
    values, errors = np.array(draws).T
    typical = np.sqrt(np.mean(errors**2))
    # The first-order variance is cut at zero, which can only make the error of equal distributions larger.
    assert 0.85 * values.std() < typical < (1.5 if (scale, shift) == (1.0, 0.0) else 1.15) * values.std()
    if (scale, shift) == (1.0, 0.0):
        assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values)), "unbiased: zero on average"
