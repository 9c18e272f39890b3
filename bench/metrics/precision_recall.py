"""Precision, recall, density and coverage: what lies in the balls around samples, k neighbours wide.

    precision = share of generated samples in a ball around a real one
    recall = share of real samples in a ball around a generated one
    density = number of balls around real samples that hold a generated one, on average, / k_coverage
    coverage = share of real samples whose ball holds a generated one

A ball reaches to the k-th nearest neighbour of its centre among samples of its own kind and includes its
surface (PyPI's `prdc` leaves the surface out, which matters where samples are repeated). Precision and recall
take `k`, and are torch-fidelity's of the same float64 features; density and coverage take `k_coverage`. On
points the features are the coordinates.

A perfect generator's coverage is not 1. Of the N - 1 + M other samples around a real one, N real and M
generated in all, each set of k is equally likely to be the nearest, so that with k = `k_coverage`

    coverage_expected = 1 - (N - 1) ... (N - k) / ((N + M - 1) ... (N + M - k))

Sees: lost modes and low diversity (coverage first, then recall), junk (precision). Blind to: imbalance
between modes (recall), any collapse (precision), copies of the training set (all four are then at their
best). Recall rises with noise, and density with one noisy prototype: read neither without precision and
coverage. All depend on the number of samples; below 1,000 a lost class hardly shows.

Reference: Kynkäänniemi et al. 2019, "Improved precision and recall metric for assessing generative models",
arXiv:1904.06991; Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models",
arXiv:2002.09797 (density, coverage, and its expectation).
"""

from __future__ import annotations

import math

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Scored
from bench.metrics._company import among_real
from bench.metrics._neighbours import up_to
from bench.metrics._seen import declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

_ENOUGH = 1000
"""Samples from which the coverage of ten modes shows that one is lost."""


@tree
class PrecisionRecall(Metric):
    k: int = knob(3, unit="neighbours", low=1, high=1_000)
    """How far the balls of precision and recall reach."""
    k_coverage: int = knob(5, unit="neighbours", low=1, high=1_000)
    """How far the balls of density and coverage reach."""
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("precision", "precision", "higher", digits=3),
            Output("recall", "recall", "higher", digits=3),
            Output("density", "density", "higher", digits=3, headline=False),
            Output("coverage", "coverage", "higher", digits=3),
            Output("coverage_expected", "coverage's expectation", "none", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        found = []
        if n < _ENOUGH:
            found.append(
                f"coverage and recall of {n:,} samples hardly show a lost mode; ask for `samples: {_ENOUGH}` "
                "or more, if that many can be held out"
            )
        beyond = {name: k for name, k in (("k", self.k), ("k_coverage", self.k_coverage)) if k >= n}
        if beyond:
            asked = " and ".join(f"`{name}: {k}`" for name, k in beyond.items())
            found.append(
                f"each of {n:,} samples has {n - 1:,} neighbours, which is what {asked} came down to, and "
                "values at different numbers of neighbours do not compare; ask for "
                f"`samples: {max(beyond.values()) + 1}` or more, or for fewer neighbours"
            )
        return found

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        found = among_real(bank, samples, wanted, self.k, self.k_coverage)
        radius = bank.real(wanted).radius(self.k_coverage)
        return {
            "precision": float(found.precise.double().mean()),
            "recall": float(found.recalled.double().mean()),
            "density": found.hits / (min(self.k_coverage, bank.n - 1) * samples.n),
            "coverage": float((found.to_fake <= up_to(radius)).double().mean()),
            "coverage_expected": expected_coverage(bank.n, samples.n, self.k_coverage),
        }


def expected_coverage(real: int, fake: int, k: int) -> float:
    """The coverage, on average, of `fake` samples of the data itself, beside `real` others, at least 2."""
    k = min(k, real - 1)
    return 1.0 - math.prod((real - i) / (real + fake - i) for i in range(1, k + 1))
