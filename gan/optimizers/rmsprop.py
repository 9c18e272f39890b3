"""Gradient descent scaled by a running mean of squared gradients.

    v ← α v + (1 - α) g²,   θ ← θ - η g / (√v + ε)

Every parameter moves at its own scale, without momentum: WGAN was trained with it (η = 5e-5), since
momentum at times made its critic unstable. v begins at 0 and is not corrected for that, so the first step
is 1 / √(1 - α) times as long as later ones: ten times by default.

Defaults are PyTorch's (α = 0.99; Hinton's lecture has 0.9, and no ε). TensorFlow's classic version has ε
under the root, where it also bounds that first step: `epsilon_inside`.

Reference: Tieleman and Hinton 2012, "Lecture 6.5: RMSprop", Neural networks for machine learning; Arjovsky,
Chintala and Bottou 2017, "Wasserstein GAN", arXiv:1701.07875; Graves 2013, arXiv:1308.0850 (a centred one).
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.optimizers._root import root
from gan.optimizers.base import Moments, Optimizer
from gan.tree import knob, tree


@tree
class Rmsprop(Optimizer):
    alpha: float = knob(0.99, unit="1", low=0.0, high=0.99999)
    """Decay α of the mean of squares a step."""
    epsilon: float = knob(1e-8, unit="gradient", low=1e-16, high=1.0, log=True)
    """Added to the denominator; with `epsilon_inside`, to the mean of squares."""
    epsilon_inside: bool = knob(False, unit="yes or no")
    """Whether the denominator is √(v + ε) instead of √v + ε."""

    def begin(self, parameters_P: Tensor) -> Moments:
        return {"square": torch.zeros_like(parameters_P)}

    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        square = self.alpha * moments["square"] + (1.0 - self.alpha) * gradient_P.square()
        scale = (square + self.epsilon).sqrt() if self.epsilon_inside else root(square) + self.epsilon
        return parameters_P - lr * gradient_P / scale, {"square": square}
