"""D stops caring about samples beyond the margin; G follows D's score.

    L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]
    L_G = -E[D(G(z))]

D spends its capacity on samples it has not yet told apart; the standard of large image GANs.

Reference: Lim and Ye 2017, "Geometric GAN", arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from gan.losses.base import Loss, Targets
from gan.tree import tree


@tree
class Hinge(Loss):
    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        return F.relu(1.0 - real_B).mean() + F.relu(1.0 + fake_B).mean()

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        return -fake_B.mean()
