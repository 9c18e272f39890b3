"""A penalty that keeps the rows of weight matrices orthogonal.

    R = β Σ ‖W Wᵀ ⊙ (1 - I)‖²_F   `off_diagonal`: BigGAN's equation 3
    R = β Σ ‖W Wᵀ - I‖²_F         `frobenius`: BigGAN's equation 2
    R = β Σ |W Wᵀ - I|            `absolute`: the sum over all entries, Brock et al. 2017

over the weight matrices W of a player. Orthogonal matrices keep the length of what passes through them, so
that signals neither explode nor vanish; without the diagonal only the directions of the filters are kept
apart, and their lengths are free, which is what made BigGAN's generator robust to truncated latents. The
rows of W are the filters: a kernel is seen as a matrix whose rows are its first axis (output channels; of
transposed convolutions, input channels), as in the code of BigGAN. A matrix with more rows than columns
cannot have all of them orthogonal, and is then spread as evenly as can be. That code computes half of the
gradient of equation 3: its strength of 1e-4 is β = 5e-5 here. What other tricks make of the weights, as
spectral normalisation does, is not seen: W is what is trained.

Reference: Brock et al. 2017, "Neural photo editing with introspective adversarial networks",
arXiv:1609.07093; Brock, Donahue, Simonyan 2019, "Large scale GAN training for high fidelity natural image
synthesis" (BigGAN), arXiv:1809.11096.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.func import grad

from gan.models.base import Layout
from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Game, Setup, Side, Trick


@tree
class Orthogonal(Trick):
    weight: Scheduled = knob(1e-4, unit="1", low=0.0, high=1.0, log=True, neutral=0.0)
    """Weight β of the penalty."""
    player: Literal["generator", "discriminator", "both"] = knob("generator", unit="name")
    """Whose weights are kept orthogonal; BigGAN's are the generator's."""
    variant: Literal["off_diagonal", "frobenius", "absolute"] = knob("off_diagonal", unit="name")
    """What is punished."""
    every: int = knob(1, unit="steps", low=1, high=10_000)
    """Steps between evaluations; the weight is multiplied by it."""

    def fits(self, setup: Setup) -> str | None:
        shape = setup.data.shape
        with torch.device("meta"):
            networks: dict[Side, torch.nn.Module] = {
                "generator": setup.model.generator(shape, setup.latent_size),
                "discriminator": setup.model.discriminator(shape),
            }
        kept = [network for side, network in networks.items() if self.player in (side, "both")]
        if not any(p.ndim > 1 and len(p) > 1 for network in kept for p in network.parameters()):
            owner = "neither player" if self.player == "both" else f"no {self.player}"
            return f"{owner} of this model has a weight matrix with two rows; use a larger model"
        return None

    def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
        if self.player not in (at.side, "both"):
            return gradient_P
        layout = at.layouts[at.side]
        added: Tensor = grad(lambda own_P: self._penalty(layout, own_P))(game.players[at.side])
        return gradient_P + value(self.weight, at.t) * added

    def _penalty(self, layout: Layout, vector_P: Tensor) -> Tensor:
        """R / β, a scalar."""
        matrices = [p.flatten(1) for p in layout.own(layout.unpack(vector_P)).values() if p.ndim > 1]
        return torch.stack([self._distance(matrix @ matrix.T) for matrix in matrices]).sum()

    def _distance(self, gram: Tensor) -> Tensor:
        """How far the products of rows are from those of orthogonal ones, scalar."""
        unit = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
        if self.variant == "off_diagonal":
            return (gram * (1.0 - unit)).square().sum()
        distance = gram - unit
        return distance.square().sum() if self.variant == "frobenius" else distance.abs().sum()
