"""Clouds of points, in any number of dimensions, for metrics that look at neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor

from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Data, Samples
from gan.recipe import Choice

NEIGHBOURLY = ("precision_recall", "support", "memorisation", "one_nn")
"""The metrics that rest on nearest neighbours."""


@dataclass(frozen=True)
class Cloud(Data):
    """Points that a test brings along; from four coordinates on neighbours are found by blocks."""

    width: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.width,)

    def load(self, root: Path, download: bool = False) -> Samples:
        raise NotImplementedError


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    """float64, n x d."""
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def scorer(x: Tensor, n: int, *names: str, **options: object) -> Scorer:
    """The metrics against rows of `x`."""
    choices = [Choice.of(METRICS, name, **options) for name in names]
    return Scorer.of(Cloud(x.shape[1]), Samples(x, torch.ones(1).double()), choices, n)


def reference(of: Scorer) -> Tensor:
    """What generated samples are compared with, n x d."""
    return of.train[: of.n]


_ENDS = st.sampled_from([0.0, 1e-100, -1e-12, 1e150, -1e150, 3e38])
_VALUES = _ENDS | st.integers(-2, 2).map(float) | st.floats(-1e3, 1e3).map(lambda value: round(value, 6))


@st.composite
def clouds(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Data of 4 to 12 rows and half as many generated samples: with ties, duplicates, all equal, or huge."""
    d, n = draw(st.sampled_from([2, 5])), draw(st.integers(2, 6))
    data = torch.from_numpy(draw(arrays.arrays(np.float64, (2 * n, d), elements=_VALUES)))
    fake = torch.from_numpy(draw(arrays.arrays(np.float64, (n, d), elements=_VALUES)))
    kind = draw(st.sampled_from(["apart", "copies", "equal", "data repeats itself", "all one point"]))
    if kind == "copies":
        fake = data[draw(st.lists(st.integers(0, 2 * n - 1), min_size=n, max_size=n))]
    if kind in ("equal", "all one point"):
        fake = fake[:1].repeat(n, 1)
    if kind == "data repeats itself":
        data = data[torch.arange(2 * n) % 2]
    if kind == "all one point":
        data = fake[:1].repeat(2 * n, 1)
    return data, fake
