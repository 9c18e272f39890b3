"""Gradient descent with heavy-ball momentum, positive or negative.

    v ← β v + (1 - τ) g,   θ ← θ - η v          nesterov: θ ← θ - η (g + β v)

Past gradients go on acting. A positive β speeds up minimisation; in a game it turns circling into
diverging, and a negative β, which takes part of the last step back, turns it into convergence if the
players alternate: in a bilinear game, with β = -½, for η below 1 / σ_max. β = 0 is plain descent.

The learning rate stands outside of the velocity, as in PyTorch. Polyak's v ← β v - η g, θ ← θ + v, which is
θ ← θ - η g + β (θ - θ_last), has it inside: the same path as long as η is constant. As in PyTorch, the
first gradient is not dampened.

Reference: Polyak 1964, "Some methods of speeding up the convergence of iteration methods",
doi:10.1016/0041-5553(64)90137-5; Sutskever et al. 2013 (nesterov); Gidel et al. 2019, "Negative momentum
for improved game dynamics", arXiv:1807.04740.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.optimizers.base import Moments, Optimizer
from gan.tree import knob, tree
from gan.tricks.base import Setup


@tree
class Momentum(Optimizer):
    beta: float = knob(0.9, unit="1", low=-0.999, high=0.999)
    """Share β of the velocity that survives a step; below 0, the share that is taken back."""
    dampening: float = knob(0.0, unit="1", low=0.0, high=0.999)
    """Share τ of each later gradient that does not enter the velocity; τ = β makes it a mean of gradients."""
    nesterov: bool = knob(False, unit="yes or no")
    """Whether the step is that of the velocity's next position (Nesterov) instead of its present one."""

    def fits(self, setup: Setup) -> str | None:
        if self.nesterov and not self.beta:
            return (
                "without momentum there is nothing for nesterov to look ahead with; set beta, or nesterov: no"
            )
        if self.nesterov and self.dampening:
            return "nesterov is defined without dampening; leave dampening out, or set nesterov: false"
        return None

    def begin(self, parameters_P: Tensor) -> Moments:
        return {"velocity": torch.zeros_like(parameters_P), "share": parameters_P.new_ones(())}

    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        velocity = self.beta * moments["velocity"] + moments["share"] * gradient_P
        step = gradient_P + self.beta * velocity if self.nesterov else velocity
        share = torch.ones_like(moments["share"]) - self.dampening
        return parameters_P - lr * step, {"velocity": velocity, "share": share}
