"""D is told how many near neighbours each sample has in its batch, by learned distances.

    M_i = h_i T,   o_ib = Σ_{j ≠ i} exp(-‖M_ib - M_jb‖₁),   logit_i ← logit_i + Σ_b w_b o_ib

where h_i are the F features in D's last hidden layer, T (F × kernels × dims) and w (kernels) are learned.
A sample of a collapsed generator has near neighbours in every kernel, a real one has few. D's
head is linear in its features, so that adding w · o is the same as appending o to them.

The paper's sum includes j = i, which adds 1 to every o; the authors' code leaves it out, and so does this.
The code also rescales T by data-dependent weight normalisation; here T begins as N(0, 1/F), and w at 0, where
D is what it is without the trick. Each kind is compared with its own: real with real, generated with
generated. D no longer judges each sample alone: penalties on its slope take that of the sum of logits. Time
and memory grow with B² × kernels × dims; the code has 100 kernels of 5 dims.

Reference: Salimans et al. 2016, "Improved techniques for training GANs", section 3.2, arXiv:1606.03498;
github.com/openai/improved-gan.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan.models.base import Layout, Parameters
from gan.rng import Rng
from gan.tree import knob, tree
from gan.tricks._neighbours import needs_neighbours
from gan.tricks.base import At, Setup, Side, Trick


@tree
class MinibatchDiscrimination(Trick):
    kernels: int = knob(32, unit="kernels", low=1, high=10_000)
    """Numbers of neighbours that D is told of each sample."""
    dims: int = knob(5, unit="dimensions", low=1, high=1000)
    """Dimensions of the space in which each kernel measures distances."""

    def fits(self, setup: Setup) -> str | None:
        return needs_neighbours(setup)

    def learns(self, side: Side, layout: Layout, features: int) -> dict[str, tuple[int, ...]]:
        if side == "generator":
            return {}
        return {"T": (features, self.kernels, self.dims), "weight": (self.kernels,)}

    def initial(self, name: str, shape: tuple[int, ...], own: Parameters, rng: Rng) -> Tensor:
        if name == "weight":
            return Trick.initial(self, name, shape, own, rng)
        return rng.normal(shape) / math.sqrt(shape[0])

    def output(self, logits_B: Tensor, features_BF: Tensor, at: At) -> Tensor:
        T_FKC = at.learned["T"]
        M_BKC = (features_BF @ T_FKC.flatten(1)).reshape(len(features_BF), *T_FKC.shape[1:])
        distance_BBK = (M_BKC[:, None] - M_BKC[None]).abs().sum(dim=3)
        # Every sample is at distance 0 from itself, which exp makes exactly 1.
        neighbours_BK = torch.exp(-distance_BBK).sum(dim=1) - 1.0
        return logits_B + neighbours_BK @ at.learned["weight"]
