"""Losses as functionals of one function V on a finite space, and their minimum: what theory speaks about.

Two distributions p and q on six points, in sixtieths, so that batches represent them exactly: each point
occurs in a batch as often as it is likely. A real and a generated batch of 3600 hold every pair of points as
often as it is likely, which losses that compare pairs need.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan.losses.base import Loss, Targets

REAL = torch.tensor([2, 4, 9, 15, 20, 10])
FAKE = torch.tensor([12, 18, 10, 10, 6, 4])
"""How often each of the points X occurs among 60."""
P, Q = REAL.double() / 60, FAKE.double() / 60
"""The two distributions."""


def batches(V_X: Tensor) -> tuple[Tensor, Tensor]:
    """Logits on 3600 real and 3600 generated samples, all pairs, where D is the function V."""
    return V_X.repeat_interleave(REAL).repeat_interleave(60), V_X.repeat_interleave(FAKE).repeat(60)


def discriminator(loss: Loss, targets: Targets | None = None) -> Callable[[Tensor], Tensor]:
    """D's expected loss as a function of V."""
    return lambda V_X: loss.discriminator(*batches(V_X), targets or loss.targets)


def generator(loss: Loss, V_X: Tensor) -> float:
    """G's expected loss."""
    real, fake = batches(V_X)
    return float(loss.generator(fake, real if loss.pairs else None, loss.targets))


def minimum(objective: Callable[[Tensor], Tensor], size: int = 6) -> tuple[Tensor, float]:
    """Where a smooth convex function is least, and its value there: Newton steps no longer than 1.

    Along directions in which the function is constant (a shift of all logits) it does not move.
    """
    V = torch.zeros(size, dtype=torch.float64)
    gradient, hessian = torch.func.grad(objective), torch.func.jacrev(torch.func.grad(objective))
    for _ in range(60):
        step = torch.linalg.pinv(hessian(V), rtol=1e-11, hermitian=True) @ gradient(V)
        V = V - step / step.abs().max().clamp(min=1.0)
    assert gradient(V).abs().max() < 1e-12, "the minimum was found"
    return V, float(objective(V))


def pointwise(
    loss: Loss, p_X: Tensor, q_X: Tensor, targets: Targets | None = None
) -> Callable[[Tensor], Tensor]:
    """D's expected loss under any densities, for a loss that is a sum over samples.

    Each point is asked twice: with V on a real and 0 on a generated sample, and the other way round.
    """
    targets = targets or loss.targets
    zero = torch.zeros(1, dtype=torch.float64)

    def alone(v: Tensor) -> tuple[Tensor, Tensor]:
        v = v.unsqueeze(0)
        return loss.discriminator(v, zero, targets), loss.discriminator(zero, v, targets)

    def objective(V_X: Tensor) -> Tensor:
        on_real, on_fake = torch.vmap(alone)(V_X)
        return p_X @ on_real + q_X @ on_fake - loss.discriminator(zero, zero, targets)

    return objective


def minimum_pointwise(objective: Callable[[Tensor], Tensor], size: int) -> tuple[Tensor, float]:
    """As `minimum`, for a function that is a sum over points: each has a Newton iteration of its own."""
    V = torch.zeros(size, dtype=torch.float64)
    gradient = torch.func.grad(objective)
    for _ in range(80):
        slope, times = torch.func.vjp(gradient, V)
        (curvature,) = times(torch.ones_like(V))
        V = V - (slope / curvature).clamp(-1.0, 1.0)
    return V, float(objective(V))
