"""The Fréchet distance of two Gaussians, in a form that also holds when covariances are singular.

    d²(real, fake) = |μ_r - μ_f|² + tr Σ_r + tr Σ_f - 2 ‖R_r R_fᵀ‖_*,    Σ = Rᵀ R

R is the triangle of a QR decomposition of the centred samples, so that no covariance is formed, inverted or
decomposed on the way: singular values are exact to the last digits of the largest. Square roots of
eigenvalues, which other forms take, make errors of 1e-8 out of rounding errors of 1e-16 for collapsed
samples, dead features or N < D, and negative distances with them. Where all eigenvalues stand out from
rounding errors they are as good and cheaper:

    ‖R_r R_fᵀ‖_* = tr (R_r Σ_f R_rᵀ)^½

Reference: Dowson and Landau 1982, "The Fréchet distance between multivariate normal distributions",
doi:10.1016/0047-259X(82)90077-X.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

Array = np.ndarray[Any, np.dtype[np.float64]]

_STANDS_OUT = 1e-12
"""Share of the largest eigenvalue of Σ_r Σ_f from which the smallest is known to four digits."""


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of N samples, with what follows from them alone."""

    mean: Array
    """D."""
    covariance: Array
    """D x D, with the divisor N - 1."""
    centred: Tensor | None = None
    """N x D; the samples without their mean, from which `triangle` is computed."""
    known_triangle: Array | None = None
    """`triangle`, where it has been computed before."""

    @staticmethod
    def of(samples: Tensor) -> Moments:
        """Moments of samples, N x D, N at least 2, on any device."""
        # A mean that is summed in float32 is off in the fourth digit once features stand far from zero.
        samples = samples.double()
        # Coordinates near the end of the range overflow to an infinite distance, which is the truth.
        mean = samples.mean(dim=0)
        centred = samples - mean
        covariance = centred.T @ centred / (len(samples) - 1)
        return Moments(mean.cpu().numpy(), covariance.cpu().numpy(), centred)

    @property
    def finite(self) -> bool:
        """Whether the moments fit into float64."""
        return bool(np.isfinite(self.mean).all() and np.isfinite(self.covariance).all())

    @cached_property
    def triangle(self) -> Array:
        """R, min(N, D) x D, with Rᵀ R the covariance."""
        if self.known_triangle is not None:
            return self.known_triangle
        assert self.centred is not None, "moments are those of samples"
        # Divided before it is squared anywhere.
        scaled = self.centred / (len(self.centred) - 1) ** 0.5
        found: Array = torch.linalg.qr(scaled, mode="r").R.cpu().numpy()
        return found


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
    cross = np.linalg.eigvalsh(real.triangle @ fake.covariance @ real.triangle.T)
    full = len(cross) == len(real.mean) and bool(cross[0] > _STANDS_OUT * cross[-1])
    if full:
        shared = np.sqrt(cross).sum()
    else:
        shared = np.linalg.svd(real.triangle @ fake.triangle.T, compute_uv=False).sum()
    with np.errstate(over="ignore"):
        apart = float(((real.mean - fake.mean) ** 2).sum())
    traces = float(np.trace(real.covariance) + np.trace(fake.covariance))
    return Distance(max(0.0, apart + traces - 2.0 * float(shared)), well_posed=full)


def frechet(real: Moments, fake: Moments) -> float:
    """The squared Fréchet distance; infinite if a moment is."""
    return measured(real, fake).value
