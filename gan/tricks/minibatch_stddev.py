"""D is told how much the samples of a batch differ.

    s = 1/F Σ_f √(Var_i h_if + 10⁻⁸),   logit_i ← logit_i + w s

where h_i are the features in D's last hidden layer, the variance is taken over a group of samples, and w is
learned. Real samples vary; a generator that has lost modes gives itself away by a small s. D's head is
linear in its features, so that adding w s is the same as appending s to them; w begins at 0, where D
is what it is without the trick.

In the paper, s is appended before D's last convolution, whose filters can combine it with what
they see of the sample; here it moves all logits of a group alike. Its text takes the whole batch, its code
and StyleGAN2 groups of 4: `group`. Sample i is in group i mod B / G, as there. Each kind is compared with its
own: real with real, generated with generated. D no longer judges each sample alone: penalties on its slope
take that of the sum of logits, as StyleGAN2's R₁ does.

Reference: Karras, Aila, Laine, Lehtinen 2018, "Progressive growing of GANs for improved quality, stability,
and variation", section 3, arXiv:1710.10196; Karras et al. 2020, "Analyzing and improving the image quality
of StyleGAN", arXiv:1912.04958.
"""

from __future__ import annotations

import math

from torch import Tensor

from gan.models.base import Layout
from gan.tree import knob, tree
from gan.tricks._neighbours import logits_of, needs_neighbours
from gan.tricks.base import At, Setup, Side, Trick


@tree
class MinibatchStddev(Trick):
    group: int | None = knob(None, unit="logits", low=2, high=65_536)
    """Samples (or packs of them) that are compared with each other; auto: the whole batch."""

    def fits(self, setup: Setup) -> str | None:
        if reason := needs_neighbours(setup):
            return reason
        count = logits_of(setup)
        if self.group is not None and count % self.group:
            return f"{count} logits cannot be split into groups of {self.group}; set group to a divisor"
        return None

    def learns(self, side: Side, layout: Layout, features: int) -> dict[str, tuple[int, ...]]:
        return {"weight": ()} if side == "discriminator" else {}

    def output(self, logits_B: Tensor, features_BF: Tensor, at: At) -> Tensor:
        return logits_B + at.learned["weight"] * self._spread(features_BF)

    def _spread(self, features_BF: Tensor) -> Tensor:
        """The statistic of each sample's group. Shape: B."""
        count, width = features_BF.shape
        # Another trick may show D fewer samples than a batch; gcd is the group itself where it divides.
        size = count if self.group is None else math.gcd(self.group, count)
        groups = features_BF.reshape(size, count // size, width)
        variance = (groups - groups.mean(dim=0)).square().mean(dim=0)
        return (variance + 1e-8).sqrt().mean(dim=1).repeat(size)
