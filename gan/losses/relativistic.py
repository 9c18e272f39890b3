"""D says whether a real sample is more real than a generated one, pair by pair.

    L_D = E[f(D(x) - D(G(z)))]
    L_G = E[f(D(G(z)) - D(x))]

with f(l) = log(1 + e^-l) (`softplus`), max(0, 1 - l) (`hinge`) or (l - 1)² (`least_squares`). Every mode of
the data keeps its own decision boundary: a generator that sits on one mode cannot win against the pairs from
the others. With softplus it is RSGAN, and the loss of R3GAN. The i-th real and the i-th generated sample of a
batch are a pair.

Reference: Jolicoeur-Martineau 2018, "The relativistic discriminator", arXiv:1807.00734;
Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan.losses._comparison import cost
from gan.losses.base import Loss, Targets, middle
from gan.tree import knob, tree


@tree
class Relativistic(Loss):
    pairs = True

    on: Literal["softplus", "hinge", "least_squares"] = knob("softplus", unit="name")
    """What a pair costs, by how far it is told apart."""

    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        return middle(real_B, fake_B)

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        return cost(real_B - fake_B, self.on)

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        assert real_B is not None
        return cost(fake_B - real_B, self.on)
