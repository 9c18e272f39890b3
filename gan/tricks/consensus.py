"""Both players also descend on the size of the joint gradient: consensus optimisation.

    g_p → g_p + γ ∇_p ½‖v‖²,   v = (∇_G L_G, ∇_D L_D),   p = G, D

At an equilibrium v vanishes. Players that each follow v circle around it where the Jacobian v' has
eigenvalues with large imaginary parts; the added v'ᵀ v moves these to the stable side, so that larger
learning rates converge. Too large a γ makes points attractive where v is small but that are no equilibria.
The paper's players move at the same time (`updates: simultaneous`); where D moves first, G's part is taken
at the new D. Both losses include the penalties and bonuses of other tricks. A step costs several times as
much as one without.

Reference: Mescheder, Nowozin, Geiger 2017, "The numerics of GANs", arXiv:1705.10461.
"""

from __future__ import annotations

from torch import Tensor
from torch.func import grad

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Game, Setup, Side, Trick, Vectors


@tree
class Consensus(Trick):
    gamma: Scheduled = knob(0.1, unit="1", low=0.0, high=100.0, log=True, neutral=0.0)
    """Weight γ of the common objective; the authors' optimiser defaults to 0.1, their experiments have 10."""

    def fits(self, setup: Setup) -> str | None:
        for name, trick in setup.tricks.items():
            if trick.every > 1 and type(trick).penalty is not Trick.penalty:
                return (
                    f"{name} counts {trick.every} times in each step in which it is due, and consensus "
                    "squares that; set its every to 1"
                )
        return None

    def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
        def size(own_P: Tensor) -> Tensor:
            players: Vectors = {**game.players, at.side: own_P}
            g, d = _gradient(game, players, "generator"), _gradient(game, players, "discriminator")
            return 0.5 * (g.square().sum() + d.square().sum())

        added: Tensor = grad(size)(game.players[at.side])
        return gradient_P + value(self.gamma, at.t) * added


def _gradient(game: Game, players: Vectors, side: Side) -> Tensor:
    """The gradient of one player's loss in its own parameters."""
    gradient: Tensor = grad(lambda own_P: game.losses[side]({**players, side: own_P}))(players[side])
    return gradient
