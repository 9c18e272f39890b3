"""How far samples are from the one point that all of the data sit at.

    distance = mean |x - c|,   position = mean of (x - c) over samples and coordinates

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
from gan.tree import tree


@tree
class Equilibrium(Metric):
    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("distance", "distance to equilibrium", "lower", digits=4, ceiling=0.0),
            Output("position", "mean position", "none", digits=4, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        if is_one_point(data):
            return None
        return "it measures the distance to the one point that all of the data sit at, and this data has many"

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        assert bank.centres is not None, "a point knows where it is"
        off = samples.points - bank.centres[0]
        return {"distance": float(off.norm(dim=1).mean()), "position": float(off.mean())}
