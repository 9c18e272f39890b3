"""Regression to labels instead of classification: no saturation, a pull towards the boundary.

    L_D = ½ E[(D(x) - b)²] + ½ E[(D(G(z)) - a)²]
    L_G = ½ E[(D(G(z)) - c)²]

Samples on the right side but far from the boundary are still pulled to it, where a sigmoid would give no
gradient. The defaults are the paper's 0-1 coding, a = 0 and b = c = 1. With b - c = 1 and b - a = 2, as in
its other coding a = -1, b = 1, c = 0, both players' samples together cost G ½ ∫ (p - q)²/(p + q) at
D's optimum, half of Pearson's χ² between p + q and 2q. The paper found the two codings to do about equally
well, its sequel the second better.

Reference: Mao et al. 2017, "Least squares generative adversarial networks", arXiv:1611.04076;
Mao et al. 2018, "On the effectiveness of least squares generative adversarial networks", arXiv:1712.06391.
"""

from __future__ import annotations

from torch import Tensor

from gan.losses.base import Loss, Targets
from gan.tree import knob, tree


@tree
class LeastSquares(Loss):
    a: float = knob(0.0, unit="logit", low=-1.0, high=0.0)
    """D's target on generated samples."""
    b: float = knob(1.0, unit="logit", low=0.1, high=1.0)
    """D's target on real samples."""
    c: float = knob(1.0, unit="logit", low=0.0, high=1.0)
    """What G wants D to say of its samples: b, or the boundary (a + b)/2; it must lie above a."""
    halved: bool = knob(True, unit="yes or no")
    """Whether both losses are multiplied by ½, as in the paper; in many implementations they are not."""

    def fits(self) -> str | None:
        if self.c > self.a:
            return None
        return f"G would ask for what D says of its samples anyway; set c above a, which is {self.a:g}"

    @property
    def targets(self) -> Targets | None:
        return self.b, self.a

    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        return 0.5 * (self.a + self.b)

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        assert targets is not None
        factor = 0.5 if self.halved else 1.0
        return factor * (real_B - targets[0]).square().mean() + factor * (fake_B - targets[1]).square().mean()

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        return (0.5 if self.halved else 1.0) * (fake_B - self.c).square().mean()
