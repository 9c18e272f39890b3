"""G is rewarded for samples that are as far apart as their latents.

    L_G ← L_G + λ / (d(x, x') / d(z, z') + 10⁻⁵),   d(a, b) = E|a - b|,   x = G(z), x' = G(z')

A generator that has lost modes maps distant latents to near samples, and pays for it. Pairs are the i-th
samples of the first and of the second half of the batch; d is the mean over pairs and coordinates, and the
quotient that of the two means, as in the authors' code. There the second sample of each pair is made
in addition and judged as well; and the paper's formula, to be maximised, is the quotient itself.

Reference: Mao et al. 2019, "Mode seeking generative adversarial networks for diverse image synthesis",
arXiv:1903.05628; github.com/HelenMao/MSGAN.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._players import needs_latents
from gan.tricks.base import At, Batch, Critic, Setup, Trick

_EPSILON = 1e-5


@tree
class ModeSeeking(Trick):
    weight: Scheduled = knob(1.0, unit="1", low=0.0, high=100.0, log=True, neutral=0.0)
    """Weight λ of the term."""

    def fits(self, setup: Setup) -> str | None:
        if reason := needs_latents(setup):
            return reason
        if setup.batch_size < 2:
            return "a batch of one sample holds no pairs; set batch_size to 2 or more"
        return None

    def bonus(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        between_samples, between_latents = _distance(batch.fake), _distance(batch.z)
        # The fraction, expanded, so that latents that are all alike (at temperature 0) cost 0 and not NaN.
        divisor = between_samples + _EPSILON * between_latents
        cost = between_latents / divisor.clamp(min=torch.finfo(divisor.dtype).tiny)
        return value(self.weight, at.t) * cost


def _distance(x: Tensor) -> Tensor:
    """Mean distance of the pairs in a batch, scalar."""
    half = len(x) // 2
    return (x[:half] - x[half : 2 * half]).abs().mean()
