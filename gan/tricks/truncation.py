"""Truncation: samples are drawn from the middle of the latent's distribution.

    resampled   z ~ N(0, I) given |z_i| ≤ ψ:   z_i → √2 erf⁻¹( erf(z_i / √2) erf(ψ / √2) )
    released    z → ψ z',   with z' = z resampled at 2
    scaled      z → ψ z

Trades variety for fidelity without changing the training: G has seen the middle most often. The paper draws
components beyond ψ again; `resampled` maps each component monotonically to the same distribution, so that
two ψ with one seed compare the same samples. The authors' released generators scale a normal that is
truncated at 2 instead. `scaled` is what Glow calls temperature, and StyleGAN's truncation towards the mean,
which that does after a mapping network, at z itself. Acts only on samples to be scored.

Reference: Brock, Donahue, Simonyan 2019, "Large scale GAN training for high fidelity natural image
synthesis", section 3.1, arXiv:1809.11096; Karras, Laine, Aila 2019, appendix B, arXiv:1812.04948.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from gan.tree import knob, tree
from gan.tricks._players import needs_latents
from gan.tricks.base import At, Setup, Trick

_BEYOND = 8.0
"""Standard deviations that no latent reaches: `gan.rng` draws up to 6.8."""
_RELEASED = 2.0
"""Where the released generators truncate before they scale."""


@tree
class Truncation(Trick):
    psi: float = knob(0.7, unit="standard deviations", low=0.01, high=8.0, log=True, neutral=8.0)
    """Threshold, or factor, ψ. No latent reaches a threshold of 8; the neutral factor is 1."""
    form: Literal["resampled", "released", "scaled"] = knob("resampled", unit="name")
    """What ψ does: cut, scale what is cut at 2, or scale."""

    @property
    def samples_only(self) -> bool:
        return True

    def fits(self, setup: Setup) -> str | None:
        if reason := needs_latents(setup):
            return reason
        if "temperature" in setup.tricks:
            return (
                "temperature changes the latent's scale, in which psi is measured; leave one of the two out"
            )
        return None

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        if not at.sampling:
            return z_BZ
        psi = torch.as_tensor(self.psi, dtype=z_BZ.dtype, device=z_BZ.device)
        if self.form == "scaled":
            return psi * z_BZ
        if self.form == "released":
            return psi * _within(z_BZ, torch.full_like(psi, _RELEASED))
        return torch.where(psi < _BEYOND, _within(z_BZ, psi), z_BZ)


def _within(z: Tensor, bound: Tensor) -> Tensor:
    """Standard normal numbers, mapped in order to those of a normal truncated at `bound`."""
    root = math.sqrt(2.0)
    # In double precision: in single, erf is 1 from 4 on, where its inverse is infinite.
    cut = root * torch.erfinv(torch.erf(z.double() / root) * torch.erf(bound.double() / root))
    return cut.to(z.dtype).clamp(-bound, bound)
