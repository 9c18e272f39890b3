"""Regression to labels instead of classification: no saturation, a pull towards the boundary.

    L_D = ½ E[(D(x) - b)²] + ½ E[(D(G(z)) - a)²]
    L_G = ½ E[(D(G(z)) - c)²]

with the 0-1 coding a = 0, b = c = 1. Samples on the right side but far from the boundary are still
pulled to it, where a sigmoid would give no gradient.

Reference: Mao et al. 2017, "Least squares generative adversarial networks", arXiv:1611.04076.
"""

from __future__ import annotations

from torch import Tensor

from gan.losses.base import Loss, Targets
from gan.tree import tree


@tree
class LeastSquares(Loss):
    targets = (1.0, 0.0)

    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        return 0.5

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        assert targets is not None
        return 0.5 * (real_B - targets[0]).square().mean() + 0.5 * (fake_B - targets[1]).square().mean()

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        return 0.5 * (fake_B - 1.0).square().mean()
