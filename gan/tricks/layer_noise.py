"""Gaussian noise on every hidden activation of a player.

    h → h + σ(t) ε,   ε ~ N(0, I),   after each hidden layer

In D it does in every feature space what instance noise does in that of the data: what D can tell apart is
no finer than the noise. In G it is a source of randomness at every scale beside the latent. σ is in units
of the activations and the same for all layers, as in Salimans et al., whose D has noise after each layer;
StyleGAN's noise in G has a learned strength a channel instead, and is kept in the samples to be scored.
Fresh noise each time a network is run; a schedule anneals it.

Reference: Salimans et al. 2016, "Improved techniques for training GANs", section 6.1, arXiv:1606.03498;
Karras, Laine, Aila 2019, "A style-based generator architecture for generative adversarial networks",
arXiv:1812.04948.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Setup, Trick


@tree
class LayerNoise(Trick):
    sigma: Scheduled = knob(0.1, unit="activations", low=0.0, high=2.0, neutral=0.0)
    """Standard deviation σ of the noise."""
    player: Literal["discriminator", "generator", "both"] = knob("discriminator", unit="name")
    """Whose activations are disturbed."""
    sampling: bool = knob(True, unit="yes or no")
    """Whether G keeps its noise in the samples to be scored, as StyleGAN does."""

    def fits(self, setup: Setup) -> str | None:
        if not self.sampling and self.player == "discriminator":
            return "`sampling` is about noise in G, and only D has some; leave it out, or set player"
        return None

    def hidden(self, h: Tensor, layer: str, at: At) -> Tensor:
        if self.player not in (at.side, "both") or (at.sampling and not self.sampling):
            return h
        return h + value(self.sigma, at.t) * at.rng.normal(h.shape)
