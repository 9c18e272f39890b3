"""D says whether a real sample is more real than a generated one, pair by pair.

    L_D = E[softplus(-(D(x) - D(G(z))))]
    L_G = E[softplus(-(D(G(z)) - D(x)))]

Every mode of the data keeps its own decision boundary: a generator that sits on one mode cannot
win against the pairs from the others (the loss of R3GAN).

Reference: Jolicoeur-Martineau 2018, "The relativistic discriminator", arXiv:1807.00734;
Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from gan.losses.base import Loss, Targets, middle
from gan.tree import tree


@tree
class Relativistic(Loss):
    pairs = True

    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        return middle(real_B, fake_B)

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        return F.softplus(fake_B - real_B).mean()

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        assert real_B is not None
        return F.softplus(real_B - fake_B).mean()
