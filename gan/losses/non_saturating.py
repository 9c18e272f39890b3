"""Minimax for D, but G maximises log s(D(G(z))): strong gradients while D is winning.

    L_D = -E[log s(D(x))] - E[log(1 - s(D(G(z))))]
    L_G = -E[log s(D(G(z)))]

with s the sigmoid, on logits. G's gradient is largest where D rejects its samples, the loss that
most of the literature calls "the GAN loss".

Many implementations halve L_D (`halved`), as pix2pix does to slow D down relative to G. Under Adam, which
divides by the gradient's size, that acts only against penalties and other terms that are not halved.

Reference: Goodfellow et al. 2014, "Generative adversarial networks", section 3, arXiv:1406.2661;
Isola et al. 2017, "Image-to-image translation with conditional adversarial networks" (pix2pix), section 3.3,
arXiv:1611.07004.
"""

from __future__ import annotations

from torch import Tensor

from gan.losses._binary import cross_entropy, of_both
from gan.losses.base import Loss, Targets
from gan.tree import knob, tree


@tree
class NonSaturating(Loss):
    halved: bool = knob(False, unit="yes or no")
    """Whether D's loss is multiplied by ½; G's is not."""

    @property
    def targets(self) -> Targets | None:
        return 1.0, 0.0

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        loss = of_both(real_B, fake_B, targets)
        return 0.5 * loss if self.halved else loss

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        return cross_entropy(fake_B, 1.0)
