"""Kernel distance between real and generated features, and how sure it is.

    KID = MMD²_unbiased(X, Y) = mean_{i≠j} k(x_i, x_j) + mean_{i≠j} k(y_i, y_j) - 2 mean_{i,j} k(x_i, y_j)
    k(x, y) = (x · y / D + 1)³

Unlike FID it is unbiased, so that values at different N can be compared, and it may be slightly negative
when the distributions agree. It is not scale free: features twice as large give up to 64 times the value.
The bundled classifiers scale their features to a variance of one a unit; with other features, compare
values of one extractor only. It is BLIND to copies of training images, and weak where modes are lost that
the kernel's three moments do not show; it does not say whether quality or diversity is missing.

All samples are used at once, in blocks. This is torch-fidelity's value with one subset of all samples;
published values are means over 100 random subsets of 1,000 samples, which have the same expectation and
more noise: ask for `subsets: 100`, and torch-fidelity's own function draws them with its own seed. A subset
holds at most all samples.

The standard error is that of the estimate over new samples of both sides; bench/metrics/_mmd.py derives it.
For subsets the variance over the subsets, divided by their number, is added: drawing more of them never
makes the error smaller than that of all samples at once.

Reference: Bińkowski et al. 2018, "Demystifying MMD GANs", arXiv:1801.01401.
"""

from __future__ import annotations

import math

from torch import Tensor

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Scored
from bench.metrics._mmd import squared_mmd
from bench.metrics._seen import are_points, declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

# torch-fidelity's default, so that its command line gives the same value.
_SEED = 2020


@tree
class Kid(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""
    subsets: int = knob(0, unit="subsets", low=0, high=10_000)
    """Random subsets that are averaged over; 0: all samples at once."""
    subset_size: int = knob(1000, unit="samples", low=2)
    """Samples in each subset, at most all there are; without `subsets` it is not used."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("kid", "KID", "lower", digits=4),
            Output("kid_se", "KID's standard error", "none", digits=5, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        if self.subsets == 1:
            return (
                "one random subset does not show its own spread; leave out `subsets`, or ask for at least 2"
            )
        if are_points(data):
            return "KID is defined on features of images, and these samples are points"
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        if self.subsets == 0 or self.subset_size <= n:
            return []
        return [
            f"a subset of {self.subset_size:,} cannot be drawn from {n:,} samples: all of them are taken at "
            "once, and the value is not comparable with published ones; ask for "
            f"`samples: {self.subset_size}` or more, or leave out `subsets`"
        ]

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        fake = bank.features(samples, wanted).values
        real = bank.real(wanted).features.values
        value, error = squared_mmd(fake, real)
        if self.subsets > 0 and self.subset_size < samples.n:
            value, spread = _of_subsets(fake, real, self.subsets, self.subset_size)
            error = math.hypot(error, spread)
        return {"kid": value, "kid_se": error}


def _of_subsets(fake: Tensor, real: Tensor, subsets: int, size: int) -> tuple[float, float]:
    """torch-fidelity's mean over random subsets, and the standard error from their being random."""
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric

    found = kid_features_to_metric(
        fake, real, kid_subsets=subsets, kid_subset_size=size, rng_seed=_SEED, verbose=False
    )
    return float(found[KEY_METRIC_KID_MEAN]), float(found[KEY_METRIC_KID_STD]) / math.sqrt(subsets - 1)
