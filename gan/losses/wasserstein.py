"""The dual form of the earth mover's distance: D is a critic that must be kept Lipschitz.

    L_D = E[D(G(z))] - E[D(x)]
    L_G = -E[D(G(z))]

Gives a gradient even when the two distributions do not overlap, but only with a constraint on D
(weight clipping, `wgan_gp`, `spectral_norm`); without one it runs away, a useful control.

Reference: Arjovsky, Chintala, Bottou 2017, "Wasserstein GAN", arXiv:1701.07875.
"""

from __future__ import annotations

from torch import Tensor

from gan.losses.base import Loss, Targets, middle
from gan.tree import tree


@tree
class Wasserstein(Loss):
    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        return middle(real_B, fake_B)

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        return fake_B.mean() - real_B.mean()

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        return -fake_B.mean()
