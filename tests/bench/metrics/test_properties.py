"""What holds for metrics on any features at all: symmetries, ranges, and numbers that are finite."""

from __future__ import annotations

import math

import pytest
import torch
from given_features import correlated, score
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.metrics.base import Metric
from bench.metrics.fid import Fid
from bench.metrics.inception_score import InceptionScore
from bench.metrics.kid import Kid
from bench.metrics.ndb import Ndb
from bench.metrics.sliced_wasserstein import SlicedWasserstein
from bench.metrics.vendi import Vendi, effective_number
from gan.data.digits import Digits

METRICS: list[Metric] = [
    Fid(),
    Kid(),
    InceptionScore(),
    Ndb(bins=10),
    Vendi(),
    SlicedWasserstein(directions=8),
]
EVERY = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: type(metric).__name__)
FEW = settings(max_examples=12)


@st.composite
def pairs(draw: st.DrawFn, largest: float = 20.0) -> tuple[Tensor, Tensor]:
    """Real and generated features, float64 N x D each: few, all equal, dead, repeated, more D than N."""
    n, d = draw(st.sampled_from([2, 3, 5, 12, 40])), draw(st.sampled_from([1, 2, 7, 48]))
    sides = []
    for shift in (0.0, draw(st.sampled_from([0.0, 0.5, 100.0]))):
        x = draw(st.floats(1e-6, largest)) * correlated(n, d, draw(st.integers(0, 30)), shift=shift)
        distinct = draw(st.sampled_from([1, 2, n]))
        alive = torch.arange(d) < draw(st.sampled_from([0, 1, d]))
        sides.append(x[torch.arange(n) % distinct] * alive)
    return sides[0], sides[1]


def _rotation(d: int) -> Tensor:
    drawn = torch.randn(d, d, generator=torch.Generator().manual_seed(d), dtype=torch.float64)
    return torch.linalg.qr(drawn).Q


def _size(*sides: Tensor) -> float:
    return 1.0 + max(float(side.square().sum(dim=1).max()) for side in sides)


@EVERY
@given(pairs(1e6))
@FEW
def test_every_output_is_finite(metric: Metric, sides: tuple[Tensor, Tensor]) -> None:
    """Exactly the outputs, whatever the features."""
    found = score(metric, *sides)
    assert list(found) == [output.name for output in metric.outputs(Digits())]
    assert all(math.isfinite(value) for value in found.values()), found


@EVERY
@given(sides=pairs(), seed=st.integers(0, 9))
@FEW
def test_the_order_of_samples_means_nothing(metric: Metric, sides: tuple[Tensor, Tensor], seed: int) -> None:
    """Of the real ones for what is computed directly, of the generated ones for all but random parts."""
    fake, real = sides
    order = torch.randperm(len(fake), generator=torch.Generator().manual_seed(seed))
    one_part = InceptionScore(splits=1) if isinstance(metric, InceptionScore) else metric
    first, second = score(one_part, fake, real), score(one_part, fake[order], real)
    for name in first:
        near = 1e-6 * _size(fake, real) ** 3 if name.startswith("kid") else 1e-6 * _size(fake, real)
        assert first[name] == pytest.approx(second[name], rel=1e-6, abs=near), name


@pytest.mark.parametrize("metric", [Fid(), Kid()], ids=["fid", "kid"])
@given(sides=pairs())
@FEW
def test_distances_are_symmetric_and_blind_to_rotation(metric: Metric, sides: tuple[Tensor, Tensor]) -> None:
    """Both see features through scalar products only."""
    fake, real = sides
    name, scale = ("fid", 1e-6) if isinstance(metric, Fid) else ("kid", 1e-10)
    near = scale * _size(fake, real) ** (1 if name == "fid" else 3)
    first = score(metric, fake, real)[name]
    turn = _rotation(fake.shape[1])
    assert score(metric, real, fake)[name] == pytest.approx(first, rel=1e-6, abs=near)
    assert score(metric, fake @ turn, real @ turn)[name] == pytest.approx(first, rel=1e-6, abs=near)


@given(pairs())
@FEW
def test_equal_sets_are_at_distance_zero(sides: tuple[Tensor, Tensor]) -> None:
    """FID and the sliced distance; the unbiased KID is off by what it leaves out, the kernel's diagonal."""
    _, real = sides
    n = len(real)
    kernel = (real @ real.T / real.shape[1] + 1.0) ** 3
    inside = float(kernel.diagonal().mean())
    between = (float(kernel.sum()) - n * inside) / (n * (n - 1))
    assert 0.0 <= score(Fid(), real, real)["fid"] + 1e-9 * _size(real) < 1e-8 * _size(real)
    assert score(SlicedWasserstein(), real, real)["sliced_wasserstein"] == 0.0
    near = 1e-10 * _size(real) ** 3
    assert score(Kid(), real, real)["kid"] == pytest.approx(2.0 / n * (between - inside), rel=1e-6, abs=near)
    assert score(Ndb(), real, real) == {"ndb_js": 0.0, "ndb": 0.0}


@given(pairs())
@FEW
def test_values_stay_in_their_ranges(sides: tuple[Tensor, Tensor]) -> None:
    """The inception score in [1, K], and no more different samples than there are samples, or features."""
    fake, real = sides
    assert 1.0 - 1e-9 <= score(InceptionScore(), fake, real)["inception_score"] <= 10.0 + 1e-9
    assert 1.0 - 1e-9 <= effective_number(fake) <= min(fake.shape) * (1.0 + 1e-9)
