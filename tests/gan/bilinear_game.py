"""The game min_x max_y xᵀ A y, whose training is linear algebra; shared by the tests of optimisers.

Its only equilibrium is x = y = 0. In the coordinates of A's singular vectors it falls apart into games of one
number against one, min_u max_v s u v with s a singular value, so that eigenvalues of 2 x 2 matrices tell how
fast each of them ends.
"""

from __future__ import annotations

import numpy as np
import torch
from gan_cases import NOTHING, moment
from numpy.typing import NDArray
from torch import Tensor

from gan.optimizers.base import Optimizer
from gan.tricks.base import Side, Trick

SINGULAR = (1.5, 1.0, 0.4)
"""The singular values of A."""


def _rotation(seed: int) -> Tensor:
    noise = torch.randn((3, 3), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.linalg.qr(noise)[0]


LEFT, RIGHT = _rotation(1), _rotation(2)
"""The singular vectors of A, as columns."""


def play(
    optimizer: Optimizer,
    lr: float,
    rounds: int,
    simultaneous: bool,
    trick: Trick | None = None,
    turned: bool = True,
) -> Tensor:
    """The path of u and v through the three games, from all of them 1 on.

    x is the generator, which descends with A y; y is the discriminator, which moves first and descends with
    -Aᵀ x; if they are not simultaneous, x answers the new y. Unless `turned`, A is diagonal: no rounding
    error then passes from one game to another, as is needed where one outgrows the others for long.

    Returns:
        (rounds + 1) x 3 x 2, in float64.
    """
    trick, eta = trick or Trick(), torch.tensor(lr, dtype=torch.float64)
    left, right = (LEFT, RIGHT) if turned else (torch.eye(3).double(), torch.eye(3).double())
    game = left @ torch.diag(torch.tensor(SINGULAR, dtype=torch.float64)) @ right.T
    players: dict[Side, Tensor] = {"generator": left.sum(1), "discriminator": right.sum(1)}
    moments = {side: optimizer.begin(vector) for side, vector in players.items()}
    memory, path = trick.begin(players, moment()), [players]
    for _ in range(rounds):
        x, y = players["generator"], players["discriminator"]
        new_y, moments["discriminator"] = optimizer.update(y, -game.T @ x, moments["discriminator"], eta)
        seen = y if simultaneous else new_y
        new_x, moments["generator"] = optimizer.update(x, game @ seen, moments["generator"], eta)
        moved: dict[Side, Tensor] = {"generator": new_x, "discriminator": new_y}
        after, memory = trick.update(moved, {}, NOTHING, moment(memory=memory))
        players = dict(after)
        path.append(players)
    u, v = (torch.stack([at[side] for at in path]) for side in ("generator", "discriminator"))
    return torch.stack([u @ left, v @ right], dim=-1)


def growth(path: Tensor) -> Tensor:
    """By which factor each game's distance from the equilibrium grew, a round. Shape: rounds x 3."""
    distance = path.norm(dim=-1)
    return distance[1:] / distance[:-1]


def spiral(path: Tensor) -> Tensor:
    """|λ| of the complex pair λ, λ* that dominates each game in the end. Shape: 3.

    Once uₜ = c λᵗ + c* λ*ᵗ, uₜ² - uₜ₊₁ uₜ₋₁ = |c|² (2 |λ|² - λ² - λ*²) |λ|²⁽ᵗ⁻¹⁾ without oscillation.
    """
    u = path[..., 0]
    area = u[1:-1].square() - u[2:] * u[:-2]
    return (area[-1] / area[-2]).sqrt()


def radius(matrix: list[list[float]] | NDArray[np.float64]) -> float:
    """The largest modulus of a matrix's eigenvalues."""
    return float(np.abs(np.linalg.eigvals(np.array(matrix))).max())
