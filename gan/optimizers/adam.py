"""Gradient descent scaled by running moments of the gradient.

    m ← β₁ m + (1 - β₁) g,   v ← β₂ v + (1 - β₂) g²
    θ ← θ - η (m / (1 - β₁ᵏ)) / (√(v / (1 - β₂ᵏ)) + ε)

GANs are trained with little momentum: β₁ = 0.5 since DCGAN, 0 since WGAN-GP.

Reference: Kingma and Ba 2015, "Adam: a method for stochastic optimization", arXiv:1412.6980;
Radford et al. 2016, arXiv:1511.06434 (β₁ = 0.5).
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.optimizers.base import Moments, Optimizer
from gan.tree import knob, tree


@tree
class Adam(Optimizer):
    beta1: float = knob(0.5, unit="1", low=0.0, high=0.999)
    """Decay β₁ of the first moment a step."""
    beta2: float = knob(0.999, unit="1", low=0.0, high=0.99999)
    """Decay β₂ of the second moment a step."""
    epsilon: float = knob(1e-8, unit="gradient", low=1e-16, high=1.0, log=True)
    """Added to the denominator."""

    def begin(self, parameters_P: Tensor) -> Moments:
        zero = torch.zeros_like(parameters_P)
        one = parameters_P.new_ones(())
        return {"first": zero, "second": zero, "decay1": one, "decay2": one}

    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        first = torch.lerp(gradient_P, moments["first"], self._scalar(self.beta1, lr))
        second = torch.lerp(gradient_P.square(), moments["second"], self._scalar(self.beta2, lr))
        # Powers of the decays are carried along: β ** k would need to know the step.
        decay1, decay2 = moments["decay1"] * self.beta1, moments["decay2"] * self.beta2
        # The root's slope is infinite at 0, and 0 times it would be NaN for who differentiates an update
        # (`unrolled`). Where this raises a moment, its root is far below what ε can take up.
        scale = (second / (1.0 - decay2)).clamp(min=torch.finfo(second.dtype).tiny)
        denominator = scale.sqrt() + self.epsilon
        updated = torch.addcdiv(parameters_P, -lr / (1.0 - decay1) * first, denominator)
        return updated, {"first": first, "second": second, "decay1": decay1, "decay2": decay2}

    @staticmethod
    def _scalar(value: float | Tensor, like: Tensor) -> Tensor:
        return torch.as_tensor(value, dtype=like.dtype, device=like.device)
