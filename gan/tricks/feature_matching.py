"""G matches the mean of what D sees in real samples, instead of D's verdict.

    L_G = λ ‖E h(x) - E h(G(z))‖²

with h the features in D's last hidden layer and the means over the batch. A new aim for G that does
not run away as D becomes certain: the features are those by which D tells the two kinds apart.

In the paper it takes the place of G's loss; `replace: false` adds it to that loss instead. The paper's norm
is squared; the authors' code takes squares for MNIST and absolute values for CIFAR-10 (`distance`), each
as the mean over the F features, where this is the sum: divide λ by F to compare. While it replaces G's loss,
the value of that loss is still in the log of `g_loss`, but has no gradient.

Reference: Salimans et al. 2016, "Improved techniques for training GANs", section 3.1, arXiv:1606.03498;
github.com/openai/improved-gan.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class FeatureMatching(Trick):
    weight: Scheduled = knob(1.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ of the distance."""
    distance: Literal["squared", "absolute"] = knob("squared", unit="name")
    """What is summed over the features: (a - b)² or |a - b|."""
    replace: bool = knob(True, unit="yes or no", neutral=False)
    """Whether it takes the place of G's loss, rather than being added to it."""

    def fits(self, setup: Setup) -> str | None:
        if not self.replace:
            return None
        if self.weight == 0.0:
            return "a weight of 0 in the place of G's loss teaches G nothing; raise it or set replace: false"
        for name, trick in setup.tricks.items():
            acts = type(trick).judged is not Trick.judged or trick.foresight
            if acts and trick is not self:
                return f"it replaces the loss of G that {name} acts on; set replace: false, or drop {name}"
        return None

    def judged(self, fake_B: Tensor, at: At) -> Tensor:
        return fake_B.detach() if self.replace else fake_B

    def bonus(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        gap_F = critic.features(batch.real).mean(dim=0) - critic.features(batch.fake).mean(dim=0)
        size = gap_F.square() if self.distance == "squared" else gap_F.abs()
        return value(self.weight, at.t) * size.sum()
