"""One number against one number: the smallest GAN, whose training can be solved on paper.

    G(z) = θ,   D(x) = ψ x

With data at 0, the only equilibrium is θ = ψ = 0. Gradient descent circles it for ever, or spirals away,
under the usual losses, and converges with a suitable regulariser: whatever claims to stabilise training
should do so here, where eigenvalues tell how fast. The latents only say how many samples are made. D is
linear without a bias, so that ψ is its slope.

Reference: Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?",
arXiv:1801.04406, section 2 (data there is the Dirac distribution at 0).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan.models.base import Hidden, Model, constant, untouched
from gan.rng import Rng
from gan.tree import knob, tree


@tree
class Dirac(Model):
    theta: float = knob(1.0, unit="coordinates", low=-1000.0, high=1000.0)
    """Where G's sample begins, exactly and for every seed."""
    psi: float = knob(1.0, unit="logits per coordinate", low=-1000.0, high=1000.0)
    """Where D's slope begins, exactly and for every seed."""

    @property
    def uses_latent(self) -> bool:
        return False

    def fits(self, shape: tuple[int, ...]) -> str | None:
        if shape != (1,):
            return f"dirac makes points of one coordinate, not of shape {shape}; use such data, or mlp"
        return None

    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        return DiracGenerator()

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        return DiracDiscriminator()

    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        return constant(parameter, self.theta if name == "theta" else self.psi, rng)


class DiracGenerator(nn.Module):
    """B x Z -> B x 1, the same number B times."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(1))

    def forward(self, z_BZ: Tensor, hidden: Hidden = untouched) -> Tensor:
        return hidden(self.theta.expand(z_BZ.shape[0], 1), "theta")


class DiracDiscriminator(nn.Module):
    """B x 1 -> B."""

    def __init__(self) -> None:
        super().__init__()
        self.psi = nn.Linear(1, 1, bias=False)

    def forward(self, x: Tensor, hidden: Hidden = untouched) -> Tensor:
        logits: Tensor = self.psi(hidden(x, "features"))[:, 0]
        return logits
