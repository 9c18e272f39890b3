"""Adam that expects its next direction to change as the last one did.

    dₜ = m̂ₜ / (√v̂ₜ + ε)   (Adam's direction),   θ ← θ - 2 η dₜ + η dₜ₋₁,   d₀ = 0

The optimistic step that stops plain descent from circling in a bilinear game, taken along Adam's direction
instead of the gradient. d₀ = 0 as in the paper's algorithm 1, whose m̂₀ is 0, so the first step is twice
Adam's (some implementations take Adam's there). While η changes, the step that is taken back has the new η.

Convergence is proven for the plain gradient (`optimistic_sgd`), not for this: β₁ lags where optimism leads,
and d keeps its length near an equilibrium unless ε is larger than the gradients there.

The paper trained WGANs with β₁ = 0.5 and β₂ = 0.9; the defaults are those of `adam`.

Reference: Daskalakis, Ilyas, Syrgkanis and Zeng 2018, "Training GANs with optimism", arXiv:1711.00141,
algorithm 1; Kingma and Ba 2015, arXiv:1412.6980.
"""

from __future__ import annotations

from torch import Tensor

from gan.optimizers import _adam
from gan.optimizers.base import Moments, Optimizer
from gan.tree import knob, tree


@tree
class OptimisticAdam(Optimizer):
    beta1: float = knob(0.5, unit="1", low=0.0, high=0.999)
    """Decay β₁ of the first moment a step."""
    beta2: float = knob(0.999, unit="1", low=0.0, high=0.99999)
    """Decay β₂ of the second moment a step."""
    epsilon: float = knob(1e-8, unit="gradient", low=1e-16, high=1.0, log=True)
    """Added to the denominator."""

    def begin(self, parameters_P: Tensor) -> Moments:
        return _adam.begin(parameters_P)

    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        after = _adam.seen(gradient_P, moments, self.beta1, self.beta2)
        last, now = (_adam.direction(known, self.epsilon) for known in (moments, after))
        return parameters_P - lr * (2.0 * now - last), after
