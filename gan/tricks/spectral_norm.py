"""Every weight matrix of D divided by its largest singular value.

    W → W / σ(W),   σ(W) ≈ uᵀ W v,   v ← Wᵀu / ‖Wᵀu‖,   u ← W v / ‖W v‖

bounds D's Lipschitz constant by the product over layers of those of its activations. One power
iteration a step suffices, because u is remembered and W moves slowly; u and v count as constants
in the gradient. A kernel is seen as a matrix whose rows are its first axis (output channels; of G's
transposed convolutions, input channels), as in the paper. That matrix W is not the convolution K: with
h × w pixels and stride s, σ(W) ≤ ‖K‖ ≤ √(⌈h/s⌉ ⌈w/s⌉) σ(W), as long as the image holds the whole kernel, so
that a normalised layer of 4×4 pixels and stride 2 may still stretch by 2.

Reference: Miyato et al. 2018, "Spectral normalization for generative adversarial networks",
arXiv:1802.05957; Tsuzuku, Sato, Sugiyama 2018, "Lipschitz-margin training", arXiv:1802.04034 (the bound).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from gan.models.base import Parameters
from gan.tree import knob, tree
from gan.tricks._players import needs_matrices
from gan.tricks.base import At, Batch, Memory, Setup, Side, Trick, Vectors


@tree
class SpectralNorm(Trick):
    player: Literal["discriminator", "generator", "both"] = knob("discriminator", unit="name")
    """Whose weights are normalised."""

    def fits(self, setup: Setup) -> str | None:
        return needs_matrices(setup, self.player)

    def begin(self, players: Vectors, at: At) -> Memory:
        memory = {}
        for side, vector in players.items():
            for name, matrix in self._matrices(side, at.layouts[side].unpack(vector)).items():
                key = f"{side}.{name}"
                memory[key] = _unit(at.rng.at(key).normal((len(matrix),)))
        return memory

    def weights(self, parameters: Parameters, at: At) -> Parameters:
        normed = dict(parameters)
        for name, matrix in self._matrices(at.side, parameters).items():
            u, v = _iterate(matrix.detach(), at.mine[f"{at.side}.{name}"])
            sigma = u @ (matrix @ v)
            # A matrix of zeros, as residual branches may begin with, has no direction to keep: it stays.
            normed[name] = parameters[name] / torch.where(sigma == 0.0, 1.0, sigma)
        return normed

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        memory = dict(at.mine)
        for side, vector in players.items():
            for name, matrix in self._matrices(side, at.layouts[side].unpack(vector)).items():
                key = f"{side}.{name}"
                memory[key], _ = _iterate(matrix, at.mine[key])
        return players, memory

    def _matrices(self, side: Side, parameters: Parameters) -> dict[str, Tensor]:
        """The weights that are normalised, each as a matrix (biases and gains are left alone)."""
        if self.player not in (side, "both"):
            return {}
        return {name: p.flatten(1) for name, p in parameters.items() if p.ndim > 1}


def _iterate(matrix: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """One power iteration: better left and right singular vectors."""
    v = _unit(matrix.T @ u)
    return _unit(matrix @ v), v


def _unit(vector: Tensor) -> Tensor:
    return vector / (vector.square().sum().sqrt() + 1e-12)
