"""Fréchet distance between real and generated features, each described by its mean and covariance.

    FID = |μ_r - μ_g|² + tr(Σ_r + Σ_g - 2 (Σ_r Σ_g)^½)
    FID floor = mean over random halvings (A, B) of 2N real samples of FID(A, B)
    FID excess = FID - FID floor

One number for quality and diversity together. It is biased by about c/N, because covariances of N samples
differ even when the distributions do not: values are comparable at the same N only. The floor is that bias,
what N real samples score against N others. It is the mean over 5 halvings (2 from 512 features on, where
one takes seconds) of the reference and the held-out samples together, drawn from a generator of its own and
computed once. A perfect generator has an excess of about 0, on either side of it.

It is BLIND to copies of training images, which improve it, to anything that leaves mean and covariance in
place, and to which of quality and diversity was lost.

On images the value is torch-fidelity's own (`fid_statistics_to_metric`, on float64 features) while both
covariances have full rank. Otherwise (collapsed samples, dead features, fewer samples than features) its
general eigenvalues are those of rounding errors, and the truncated form of `bench/metrics/_frechet.py`,
which agrees with it elsewhere, takes over. On points there are no features: the distance of the raw
coordinates is reported under another name and never as a headline, because losing every other mode of a
ring leaves mean and covariance, and so this distance, almost where they were.

Reference: Heusel et al. 2017, "GANs trained by a two time-scale update rule converge to a local Nash
equilibrium", arXiv:1706.08500; Obukhov et al. 2020, torch-fidelity, doi:10.5281/zenodo.4957738; Chong and
Forsyth 2020, "Effectively unbiased FID and inception score and where to find them", arXiv:1911.07023 (the
bias).
"""

from __future__ import annotations

import torch
from torch import Tensor

from bench.features.classifier import FEATURES
from bench.features.extractor import BUNDLED, FIDELITY, INCEPTION, STACK, Wanted, is_stacked
from bench.metrics._bank import Bank, Scored
from bench.metrics._frechet import Moments, frechet, measured
from bench.metrics._seen import are_points, declined, through
from bench.metrics._split import held_out_rows
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

_HALVINGS, _FEW_HALVINGS, _MANY_FEATURES = 5, 2, 512
_SEED = 0
_WIDTHS = {
    INCEPTION: 2048,
    "vgg16": 4096,
    **{name: FEATURES * STACK for name in BUNDLED if is_stacked(name)},
    **dict.fromkeys(("clip-rn50", "clip-rn50x64", "dinov2-vit-l-14"), 1024),
    **dict.fromkeys(("clip-rn101", "clip-vit-b-32", "clip-vit-b-16"), 512),
    **dict.fromkeys(("clip-rn50x16", "clip-vit-l-14", "clip-vit-l-14-336px", "dinov2-vit-b-14"), 768),
    "clip-rn50x4": 640,
    "dinov2-vit-s-14": 384,
    "dinov2-vit-g-14": 1536,
}
"""Features of every extractor that does not have `FEATURES`."""


@tree
class Fid(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        if are_points(data):
            label = "Fréchet distance of raw coordinates"
            return (Output("frechet", label, "lower", digits=4, headline=False),)
        return (
            Output("fid", "FID", "lower", digits=2),
            Output("fid_excess", "FID above its floor", "lower", digits=2, headline=False),
            Output("fid_floor", "FID's floor", "none", digits=2, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        wanted = self.reads(data)
        if wanted is None:
            better = "precision_recall" if data.spread is None else "modes"
            misleading = (
                "on points it barely sees lost modes: without every other mode of a ring, mean and "
                f"covariance are what they were; make `{better}` the primary metric"
            )
            return [misleading] if primary else []
        found = []
        if wanted.name in FIDELITY and data.classifier is not None:
            name = "Inception" if wanted.name == INCEPTION else wanted.name
            found.append(
                f"{name}'s features were learnt on photographs and mean nothing on digits; leave out "
                "`extractor` (the bundled classifier), or judge by `modes`"
            )
        width = _WIDTHS.get(wanted.name, FEATURES)
        if n <= width:
            most = held_out_rows(data.size)
            instead = f"ask for `samples: {min(5 * width, most)}`, or " if most > width else ""
            found.append(
                f"{n:,} samples of {width:,} features have a covariance without full rank, and most of the "
                f"value is bias; {instead}read it against its floor only"
            )
        return found

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        real = bank.real(wanted).moments
        fake = Moments.of(bank.features(samples, wanted).values)
        distance = measured(real, fake)
        if wanted is None:
            return {"frechet": distance.value}
        floor = bank.once(("FID's floor", wanted), lambda: _floor(bank, wanted))
        value = _fidelity(fake, real) if distance.well_posed else distance.value
        return {"fid": value, "fid_excess": value - floor, "fid_floor": floor}


def _fidelity(generated: Moments, real: Moments) -> float:
    """torch-fidelity's value; its first input is the generated one."""
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_statistics_to_metric

    statistics = [{"mu": side.mean, "sigma": side.covariance} for side in (generated, real)]
    # Of identical sets it is a rounding error on either side of 0.
    return max(0.0, float(fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID]))


def _floor(bank: Bank, wanted: Wanted) -> float:
    real, held_out = (bank.real(wanted, part).features.values for part in ("reference", "held_out"))
    return expected_distance(torch.cat([real, held_out]))


def expected_distance(features: Tensor) -> float:
    """What the two halves of one set are apart, on average over random halvings.

    Args:
        features: float64, 2N x D, of samples of one distribution.

    Returns:
        FID of N against N of them; the same number at every call.
    """
    generator = torch.Generator().manual_seed(_SEED)
    half = len(features) // 2
    halvings = _HALVINGS if features.shape[1] < _MANY_FEATURES else _FEW_HALVINGS
    total = 0.0
    for _ in range(halvings):
        order = torch.randperm(len(features), generator=generator).to(features.device)
        total += frechet(*(Moments.of(features[rows]) for rows in (order[:half], order[half:])))
    return total / halvings
