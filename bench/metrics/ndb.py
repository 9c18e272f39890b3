"""Number of statistically different bins: regions that real and generated samples fill unequally often.

    bins: K cells of k-means on the reference;  p, q: the shares of real, of generated samples in them
    z_k = |p_k - q_k| / sqrt(r_k (1 - r_k) (1/N + 1/M)),   r_k the share of both together
    NDB = share of bins with z_k > 1.96 (α = 0.05),   JS = KL(p || m) / 2 + KL(q || m) / 2,   m = (p + q) / 2

JS, in nats, is the headline: it sees a lost class many times over its noise, where NDB barely does. For
equal distributions JS is about (K - 1) / 8 · (1/N + 1/M) and NDB about 0.05; JS is never above ln 2. Bins
without any sample, or with all of them, are not different.

It sees lost and rare modes, and collapse inside classes. It is BLIND to whatever happens inside one bin:
samples of poor quality that stay nearest to the right centre, duplicates, copies. It compares at one N and
one K only. The bins are found once, on one thread, with fixed seeds. There are never more than N / 10, so
that a bin holds enough samples for the test.

Reference: Richardson and Weiss 2018, "On GANs and GMMs", arXiv:1805.12462.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Scored
from bench.metrics._divergences import jensen_shannon
from bench.metrics._neighbours import squared_distances
from bench.metrics._seen import declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

_SEED = 0
_CRITICAL = 1.959963984540054
"""Of a standard normal variable, two-sided, at α = 0.05."""
_IN_A_BIN = 10
"""Real samples a bin, at least, on average."""


@tree
class Ndb(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""
    bins: int = knob(100, unit="bins", low=2, high=1_000)
    """Cells that the real features are divided into; at most one for ten samples."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("ndb_js", "JS over bins", "lower", digits=4),
            Output("ndb", "different bins", "lower", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        if n >= _IN_A_BIN * self.bins:
            return []
        return [
            f"{n:,} samples fill {max(1, n // _IN_A_BIN)} bins and not {self.bins}, and values at different "
            f"numbers of bins do not compare; ask for `samples: {_IN_A_BIN * self.bins}`, or for fewer `bins`"
        ]

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)

        def binned() -> tuple[Tensor, Tensor]:
            real = bank.real(wanted).features.values
            centres = bin_centres(real, self.bins)
            return centres, histogram(real, centres)

        centres, real = bank.once(("ndb", wanted, self.bins), binned)
        fake = histogram(bank.features(samples, wanted).values, centres)
        return {"ndb_js": jensen_shannon(fake, real / real.sum()), "ndb": different(fake, real)}


def bin_centres(real: Tensor, bins: int) -> Tensor:
    """Centres of k-means, the same at every call.

    Args:
        real: float64, N x D.
        bins: How many, at most; fewer if there are not ten samples for each, or not so many different ones.

    Returns:
        float64, K x D, on the device of `real`.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    x = real.cpu().numpy()
    k = max(1, min(bins, len(x) // _IN_A_BIN, len(np.unique(x, axis=0))))
    # Threads add up in the order in which they finish, which changes last digits, and with them cells.
    with threadpool_limits(1), warnings.catch_warnings():
        # Samples that differ by rounding errors only fill fewer cells than asked for; the others stay empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = KMeans(k, n_init=1, random_state=_SEED).fit(x)
    return torch.from_numpy(found.cluster_centers_).to(real)


def histogram(x: Tensor, centres: Tensor) -> Tensor:
    """How many of the rows of `x`, N x D, are nearest to each of the centres, K x D; float64, K."""
    cell = torch.cat([block.argmin(dim=1) for _, block in squared_distances(x, centres)])
    return torch.bincount(cell, minlength=len(centres)).double()


def different(fake: Tensor, real: Tensor) -> float:
    """Share of the bins whose two proportions differ at α = 0.05; two histograms, K counts each."""
    n, m = fake.sum(), real.sum()
    pooled = (fake + real) / (n + m)
    # Not divided: a bin that holds nothing, or everything, has no standard error.
    error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt()
    return float(((fake / n - real / m).abs() > _CRITICAL * error).double().mean())
