"""Plain gradient descent.

    θ ← θ - η g

No memory and no scaling: the optimiser of convergence proofs.

Reference: Robbins and Monro 1951, "A stochastic approximation method", doi:10.1214/aoms/1177729586.
"""

from __future__ import annotations

from torch import Tensor

from gan.optimizers.base import Moments, Optimizer
from gan.tree import tree


@tree
class Sgd(Optimizer):
    def begin(self, parameters_P: Tensor) -> Moments:
        return {}

    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        return parameters_P - lr * gradient_P, moments
