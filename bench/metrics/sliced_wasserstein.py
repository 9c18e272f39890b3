"""Wasserstein distance of real and generated samples, averaged over random directions.

    SW = mean over directions u of  W_1(u · X, u · Y) = mean_i |sort(u · X)_i - sort(u · Y)_i|

Along one direction the cheapest way to move one set onto the other is in sorted order, so that no
optimisation is needed. X and Y are features of images, or points as they are, N of each; the directions are
uniform on the sphere, drawn once from a generator of their own, and the same for every score. Its unit is
that of the features.

On points it sees what mean and covariance do not, lost modes among them. With N samples even real ones are
about c / sqrt(N) away: compare with the oracle's value, at the same N. It is BLIND to copies, and in many
dimensions nearly blind to whatever happens in few of them, because random directions average it away.

Reference: Bonneel, Rabin, Peyré and Pfister 2015, "Sliced and Radon Wasserstein barycenters of measures",
doi:10.1007/s10851-014-0506-3; Deshpande, Zhang and Schwing 2018, "Generative modeling using the sliced
Wasserstein distance", arXiv:1803.11188.
"""

from __future__ import annotations

import torch
from torch import Tensor

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Scored
from bench.metrics._seen import declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

_SEED = 0


@tree
class SlicedWasserstein(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""
    directions: int = knob(128, unit="directions", low=1, high=10_000)
    """Random directions that are averaged over."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (Output("sliced_wasserstein", "sliced Wasserstein", "lower", digits=4),)

    def fits(self, data: Data) -> str | None:
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        fake = bank.features(samples, wanted).values

        def reference() -> tuple[Tensor, Tensor]:
            along = directions(fake.shape[1], self.directions).to(fake)
            return along, sorted_along(bank.real(wanted).features.values, along)

        along, real = bank.once(("sliced Wasserstein", wanted, self.directions), reference)
        return {"sliced_wasserstein": float((sorted_along(fake, along) - real).abs().mean())}


def directions(dimensions: int, count: int) -> Tensor:
    """Unit vectors, uniform on the sphere and always the same; float64, `dimensions` x `count`."""
    generator = torch.Generator().manual_seed(_SEED)
    drawn = torch.randn(count, dimensions, dtype=torch.float64, generator=generator)
    unit: Tensor = drawn / drawn.norm(dim=1, keepdim=True)
    return unit.T


def sorted_along(x: Tensor, along: Tensor) -> Tensor:
    """Coordinates of the rows of `x`, N x D, along each direction, D x L, in ascending order; L x N."""
    return (along.T @ x.T).sort(dim=1).values
