"""Kernel distance between real and generated features, averaged over random subsets.

    KID = mean over subsets of  MMD²_unbiased(X, Y),   k(x, y) = (x · y / D + 1)³

Unlike FID it is unbiased, so that values at different N can be compared, and it may be slightly negative
when the distributions agree. The value is torch-fidelity's own, on float64 features, with subsets drawn
from a generator of its own. A subset cannot hold more samples than there are; if it holds all of them,
every subset is the same one, and one is computed.

Reference: Bińkowski et al. 2018, "Demystifying MMD GANs", arXiv:1801.01401.
"""

from __future__ import annotations

from bench.features.extractor import AUTO, Wanted, automatic, misfit
from bench.metrics._bank import Bank, Scored
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
    subsets: int = knob(100, unit="subsets", low=1)
    """Random subsets that are averaged over."""
    subset_size: int = knob(1000, unit="samples", low=2)
    """Samples in each subset, at most all there are."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (Output("kid", "KID", "lower", digits=4),)

    def fits(self, data: Data) -> str | None:
        return misfit(self.reads(data).name, data.shape)

    def reads(self, data: Data) -> Wanted:
        return Wanted(automatic(data) if self.extractor == AUTO else self.extractor, self.weights)

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

        extractor = bank.extractor(self.reads(bank.data))
        size = min(self.subset_size, samples.n, bank.reference.n)
        value = kid_features_to_metric(
            samples.features(extractor).values,
            bank.reference.features(extractor).values,
            kid_subsets=1 if size == samples.n == bank.reference.n else self.subsets,
            kid_subset_size=size,
            rng_seed=_SEED,
            verbose=False,
        )
        return {"kid": float(value[KEY_METRIC_KID_MEAN])}
