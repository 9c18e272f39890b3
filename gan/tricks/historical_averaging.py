"""Hold both players near the mean of their own past.

    λ ‖θ - (1/t) Σᵢ θᵢ‖²   added to each player's loss;   θᵢ after round i, θ₀ the initial parameters

Players that circle around an equilibrium have it near the mean of their path, so they are pulled inwards;
inspired by fictitious play, which finds equilibria of games where descent does not. The mean is a constant of
the gradient, 2 λ (θ - mean), and is brought up to date once a round. The pull is added to the gradient: what
looks at losses, as `unrolled` and `consensus` do, does not see it.

The paper states neither a weight (λ = 1 as written) nor whether the present θ is part of the mean: here it is
not, so at the first round there is no pull.

Reference: Salimans et al. 2016, "Improved techniques for training GANs", arXiv:1606.03498, section 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Batch, Game, Memory, Trick, Vectors


@tree
class HistoricalAveraging(Trick):
    weight: Scheduled = knob(1.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ of the squared distance from the mean."""

    def begin(self, players: Vectors, at: At) -> Memory:
        G, D = players["generator"], players["discriminator"]
        return {"generator": G, "discriminator": D, "count": G.new_ones(())}

    def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
        away = game.players[at.side] - at.mine[at.side]
        return gradient_P + 2.0 * value(self.weight, at.t) * away

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        count = at.mine["count"] + 1.0
        means: Memory = {
            side: at.mine[side] + (theta - at.mine[side]) / count for side, theta in players.items()
        }
        return players, {**means, "count": count}
