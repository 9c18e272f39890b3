"""Fréchet distance between real and generated features, each described by its mean and covariance.

    FID = |μ_r - μ_g|² + tr(Σ_r + Σ_g - 2 (Σ_r Σ_g)^½)

One number for quality and diversity. It is biased by about c/N, so it is only ever compared at the same
N, against the oracle's value; it does not see copied training images.

On images the value is torch-fidelity's own (`fid_statistics_to_metric`, on float64 features) while both
covariances have full rank. Otherwise (collapsed samples, fewer samples than features) its general
eigenvalues are those of rounding errors, and the truncated form of `bench/metrics/_frechet.py`, which
agrees with it elsewhere, takes over. On points there are no features: the distance of the raw
coordinates is reported under another name and never as a headline, because losing every other mode
of a ring leaves mean and covariance, and so this distance, almost where they were.

Reference: Heusel et al. 2017, "GANs trained by a two time-scale update rule converge to a local Nash
equilibrium", arXiv:1706.08500; Obukhov et al. 2020, torch-fidelity, doi:10.5281/zenodo.4957738.
"""

from __future__ import annotations

from bench.features.extractor import AUTO, Wanted, automatic, misfit
from bench.metrics._bank import Bank, Scored
from bench.metrics._frechet import Moments, frechet
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree


@tree
class Fid(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        if _points(data):
            label = "Fréchet distance of raw coordinates"
            return (Output("frechet", label, "lower", digits=4, headline=False),)
        return (Output("fid", "FID", "lower", digits=2),)

    def fits(self, data: Data) -> str | None:
        wanted = self.reads(data)
        if wanted is not None:
            return misfit(wanted.name, data.shape)
        if self.extractor != AUTO or self.weights:
            return "points are compared as they are; leave out `extractor` and `weights`"
        return None

    def reads(self, data: Data) -> Wanted | None:
        if _points(data):
            return None
        return Wanted(automatic(data) if self.extractor == AUTO else self.extractor, self.weights)

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        if wanted is None:
            real = bank.once("moments of points", lambda: Moments.of(bank.reference.points))
            return {"frechet": frechet(real, Moments.of(samples.points))}
        extractor = bank.extractor(wanted)
        real = bank.once(("moments", wanted), lambda: Moments.of(bank.reference.features(extractor).values))
        fake = Moments.of(samples.features(extractor).values)
        if real.full_rank and fake.full_rank:
            return {"fid": _fidelity(fake, real)}
        return {"fid": frechet(real, fake)}


def _points(data: Data) -> bool:
    return len(data.shape) == 1


def _fidelity(generated: Moments, real: Moments) -> float:
    """torch-fidelity's value; its first input is the generated one."""
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_statistics_to_metric

    statistics = [{"mu": side.mean, "sigma": side.covariance} for side in (generated, real)]
    return float(fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID])
