"""Gradient penalty towards slope 1 between real and generated samples.

    GP = λ E[(‖∇_x̂ D(x̂)‖ - 1)²],   x̂ = u x + (1 - u) G(z),   u ~ U(0, 1) a sample

A soft Lipschitz constraint along the lines on which an optimal Wasserstein critic has slope 1;
replaces weight clipping. Two-sided, as in the paper's experiments.

Reference: Gulrajani et al. 2017, "Improved training of Wasserstein GANs", arXiv:1704.00028.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import needs_independent_samples
from gan.tricks.base import At, Critic, Setup, Trick


@tree
class WganGp(Trick):
    weight: Scheduled = knob(10.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ of the penalty."""

    def fits(self, setup: Setup) -> str | None:
        return needs_independent_samples(setup)

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, at: At) -> Tensor | float:
        mix = at.rng.uniform((len(real), *[1] * (real.ndim - 1)))
        between = mix * real + (1.0 - mix) * fake
        slope: Tensor = torch.func.grad(lambda x: critic(x).sum())(between)
        # The root's own slope is infinite at 0, where D is flat; the tiny constant keeps it finite.
        norm_B = (slope.square().flatten(1).sum(dim=1) + 1e-12).sqrt()
        return value(self.weight, at.t) * (norm_B - 1.0).square().mean()
