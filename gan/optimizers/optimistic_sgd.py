"""Gradient descent that expects the next gradient to change as the last one did.

    θ ← θ - 2 η gₜ + η gₜ₋₁,   g₀ = 0

The step is along gₜ + (gₜ - gₜ₋₁), a guess at the next gradient. In a bilinear game, where plain descent
spirals away from the equilibrium, this converges to it for η below 1 / (√3 σ_max) if the players move at
once: a first-order stand-in for the extragradient method at one gradient a step. As g₀ = 0, the first
step is twice as long as plain descent's.

Reference: Popov 1980, "A modification of the Arrow-Hurwicz method for search of saddle points",
doi:10.1007/BF01141092; Daskalakis et al. 2018, "Training GANs with optimism", arXiv:1711.00141.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.optimizers.base import Moments, Optimizer
from gan.tree import tree


@tree
class OptimisticSgd(Optimizer):
    def begin(self, parameters_P: Tensor) -> Moments:
        return {"last": torch.zeros_like(parameters_P)}

    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        return parameters_P - lr * (2.0 * gradient_P - moments["last"]), {"last": gradient_P}
