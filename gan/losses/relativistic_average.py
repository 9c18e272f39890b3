"""D says whether a sample is more real than the average sample of the other kind.

    L_D = E[f(D(x) - E D(G(z)))] + E[f(E D(x) - D(G(z)))]
    L_G = E[f(D(G(z)) - E D(x))] + E[f(E D(G(z)) - D(x))]

with f(l) = log(1 + e^-l) (`softplus`, RaSGAN), max(0, 1 - l) (`hinge`, RaHingeGAN) or (l - 1)²
(`least_squares`, RaLSGAN); the inner means are the batch's. Like `relativistic`, but each sample is compared
with all of the other kind: less noise than with one opponent, and a bias that shrinks as the batch grows.

The author's code multiplies both players' losses by ½, the paper does not: `halved`.

Reference: Jolicoeur-Martineau 2018, "The relativistic discriminator", arXiv:1807.00734;
Jolicoeur-Martineau 2019, "On relativistic f-divergences", arXiv:1901.02474.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan.losses._comparison import cost
from gan.losses.base import Loss, Targets, middle
from gan.tree import knob, tree


@tree
class RelativisticAverage(Loss):
    pairs = True

    on: Literal["softplus", "hinge", "least_squares"] = knob("softplus", unit="name")
    """What a sample costs, by how far it is told apart from the other kind's average."""
    halved: bool = knob(False, unit="yes or no")
    """Whether both players' losses are multiplied by ½."""

    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        return middle(real_B, fake_B)

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        return self._lead(real_B, fake_B)

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        assert real_B is not None
        return self._lead(fake_B, real_B)

    def _lead(self, ahead_B: Tensor, behind_B: Tensor) -> Tensor:
        loss = cost(ahead_B - behind_B.mean(), self.on) + cost(ahead_B.mean() - behind_B, self.on)
        return 0.5 * loss if self.halved else loss
