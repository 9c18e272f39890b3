"""The Fréchet distance of two Gaussians, in a form that also holds when covariances are singular.

    d²(real, fake) = |μ_r - μ_f|² + tr Σ_r + tr Σ_f - 2 tr (Wᵀ Σ_f W)^½,    Σ_r = W Wᵀ

W spans only the directions in which the real samples vary (eigenvalues above 1e-12 of the largest), and
eigenvalues of Wᵀ Σ_f W below 1e-14 of the largest count as zero: square roots of rounding errors are
what makes the usual forms wrong, even negative, for collapsed samples, dead features or N < D.

Reference: Dowson and Landau 1982, "The Fréchet distance between multivariate normal distributions",
doi:10.1016/0047-259X(82)90077-X.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

Array = np.ndarray[Any, np.dtype[np.float64]]

_RANK = 1e-12
_CROSS = 1e-14


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of N samples, with what follows from them alone."""

    mean: Array
    """D."""
    covariance: Array
    """D x D, with the divisor N - 1."""
    known_root: Array | None = None
    """`root`, where it has been computed before."""

    @staticmethod
    def of(samples: Tensor) -> Moments:
        """Moments of samples, N x D, N at least 2, on any device."""
        # A mean that is summed in float32 is off in the fourth digit once features stand far from zero.
        samples = samples.double()
        # Coordinates near the end of the range overflow to an infinite distance, which is the truth.
        mean = samples.mean(dim=0)
        centred = samples - mean
        covariance = centred.T @ centred / (len(samples) - 1)
        return Moments(mean.cpu().numpy(), covariance.cpu().numpy())

    @property
    def finite(self) -> bool:
        """Whether the moments fit into float64."""
        return bool(np.isfinite(self.mean).all() and np.isfinite(self.covariance).all())

    @cached_property
    def root(self) -> Array:
        """W, D x rank, with W Wᵀ the covariance."""
        if self.known_root is not None:
            return self.known_root
        values, vectors = np.linalg.eigh(self.covariance)
        kept = values > _RANK * max(float(values[-1]), 0.0)
        scaled: Array = vectors[:, kept] * np.sqrt(values[kept])
        return scaled


@dataclass(frozen=True)
class Distance:
    """A squared Fréchet distance, and whether other forms of the formula can be trusted with it."""

    value: float
    """Infinite if a moment is."""
    well_posed: bool
    """Both covariances have full rank: every eigenvalue of their product stands out from rounding errors."""


def measured(real: Moments, fake: Moments) -> Distance:
    """The squared Fréchet distance of two Gaussians in D dimensions."""
    if not (real.finite and fake.finite):
        return Distance(float("inf"), well_posed=False)
    # The eigenvalues of the product of both covariances; what `real` does not span would only add zeros.
    cross = np.linalg.eigvalsh(real.root.T @ fake.covariance @ real.root)
    largest = float(cross[-1]) if len(cross) else 0.0
    shared = float(np.sqrt(cross[cross > _CROSS * largest]).sum()) if largest > 0.0 else 0.0
    with np.errstate(over="ignore"):
        apart = float(((real.mean - fake.mean) ** 2).sum())
    traces = float(np.trace(real.covariance) + np.trace(fake.covariance))
    full = len(cross) == len(real.mean) and float(cross[0]) > _RANK * largest
    return Distance(max(0.0, apart + traces - 2.0 * shared), well_posed=full)


def frechet(real: Moments, fake: Moments) -> float:
    """The squared Fréchet distance; infinite if a moment is."""
    return measured(real, fake).value
