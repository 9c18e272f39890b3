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

    @staticmethod
    def of(samples: Tensor) -> Moments:
        """Moments of float64 samples, N x D, N at least 2."""
        values = samples.numpy()
        # Coordinates near the end of the range overflow to an infinite distance, which is the truth.
        with np.errstate(over="ignore", invalid="ignore"):
            return Moments(values.mean(axis=0), np.atleast_2d(np.cov(values, rowvar=False)))

    @property
    def finite(self) -> bool:
        """Whether the moments fit into float64."""
        return bool(np.isfinite(self.mean).all() and np.isfinite(self.covariance).all())

    @cached_property
    def root(self) -> Array:
        """W, D x rank, with W Wᵀ the covariance."""
        values, vectors = np.linalg.eigh(self.covariance)
        kept = values > _RANK * max(float(values[-1]), 0.0)
        scaled: Array = vectors[:, kept] * np.sqrt(values[kept])
        return scaled

    @cached_property
    def full_rank(self) -> bool:
        """Whether the samples vary in every direction."""
        return bool(self.root.shape[1] == len(self.mean))


def frechet(real: Moments, fake: Moments) -> float:
    """The squared Fréchet distance; infinite if a moment is."""
    if not (real.finite and fake.finite):
        return float("inf")
    cross = np.linalg.eigvalsh(real.root.T @ fake.covariance @ real.root)
    shared = float(np.sqrt(cross[cross > _CROSS * cross[-1]]).sum()) if len(cross) and cross[-1] > 0 else 0.0
    with np.errstate(over="ignore"):
        apart = float(((real.mean - fake.mean) ** 2).sum())
    return max(0.0, apart + float(np.trace(real.covariance) + np.trace(fake.covariance)) - 2.0 * shared)
