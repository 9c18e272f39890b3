"""How far samples are from the one point that all of the data sit at.

    distance = mean |x - c|,   converged = 1 if that is at most r,   position = mean of (x - c)

The Dirac-GAN's equilibrium is a generator at the point c. What oscillates around it has a position that
changes sign and a distance that stays; what converges has both go to 0, which is the value of real data and
the only one that chance never reaches. It needs no scale, which such data does not have, so that it is the
only metric of such data; data with any spread is declined.

Reference: Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?",
arXiv:1801.04406 (its figures show this distance over training).
"""

from __future__ import annotations

from bench.metrics._bank import Bank, Scored
from bench.metrics._seen import is_one_point
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree


@tree
class Equilibrium(Metric):
    within: float = knob(0.02, unit="coordinates", low=0.0, high=1e6)
    """Distance r up to which samples count as having arrived."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("distance", "distance to equilibrium", "lower", digits=4, ceiling=0.0),
            Output("converged", "converged", "higher", digits=2, ceiling=1.0),
            Output("position", "mean position", "none", digits=4, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        if is_one_point(data):
            return None
        return "it measures the distance to the one point that all of the data sit at, and this data has many"

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        assert bank.centres is not None, "a point knows where it is"
        off = samples.points - bank.centres[0]
        distance = float(off.norm(dim=1).mean())
        return {
            "distance": distance,
            "converged": float(distance <= self.within),
            "position": float(off.mean()),
        }
