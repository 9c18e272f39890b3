"""Gradient penalty towards slope 1 between real and generated samples.

    GP = λ E[(‖∇_x̂ D(x̂)‖ - 1)²],   x̂ = u x + (1 - u) G(z),   u ~ U(0, 1) a sample

A soft Lipschitz constraint along the lines on which an optimal Wasserstein critic has slope 1;
replaces weight clipping. Two-sided, as in the paper's experiments.

Reference: Gulrajani et al. 2017, "Improved training of Wasserstein GANs", arXiv:1704.00028.
"""

from __future__ import annotations

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import needs_independent_samples, per_pack, slopes
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class WganGp(Trick):
    weight: Scheduled = knob(10.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ of the penalty."""

    def fits(self, setup: Setup) -> str | None:
        return needs_independent_samples(setup)

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        mix = per_pack(critic, at.rng.uniform((len(batch.real) // critic.pack,)), batch.real)
        slope_LF = slopes(critic, mix * batch.real + (1.0 - mix) * batch.fake)
        # The root's own slope is infinite at 0, where D is flat; the tiny constant keeps it finite.
        norm_L = (slope_LF.square().sum(dim=1) + 1e-12).sqrt()
        return value(self.weight, at.t) * (norm_L - 1.0).square().mean()
