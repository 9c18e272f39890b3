"""Who is near whom: distances that several metrics rest on, computed once a score.

generated - generated    neighbours and near-duplicates     `among_themselves`
generated - reference    balls and nearest neighbours       `among_real`
"""

from __future__ import annotations

import torch

from bench.features.extractor import Wanted
from bench.metrics._balls import Overlap, overlap
from bench.metrics._bank import Bank, Scored
from bench.metrics._neighbours import Crowd, below, crowd

K = 3
"""Neighbours that give precision and recall their radii, as published."""
K_COVERAGE = 5
"""Neighbours that give density and coverage theirs, as published."""

_TOO_NEAR = 0.01


def near_duplicate(bank: Bank, wanted: Wanted | None) -> float:
    """The distance up to which two samples are near-duplicates.

    Just below the 1st percentile of real samples' distances to their nearest neighbours; if that is 0, only
    exact duplicates are at this distance.
    """
    real = bank.real(wanted)
    return bank.once(
        ("near-duplicate", wanted), lambda: below(float(torch.quantile(real.radius(1), _TOO_NEAR)))
    )


def among_themselves(bank: Bank, samples: Scored, wanted: Wanted | None, k: int = K) -> Crowd:
    """Generated samples' neighbours among each other, at least `k`, and their near-duplicate pairs."""
    k = max(k, K)

    def compute() -> Crowd:
        values = bank.features(samples, wanted).values
        return crowd(values, k, near_duplicate(bank, wanted))

    return samples.once(("among themselves", wanted, k), compute)


def among_real(
    bank: Bank, samples: Scored, wanted: Wanted | None, k: int = K, k_coverage: int = K_COVERAGE
) -> Overlap:
    """Generated samples against the reference; balls reach to the `k`-th and `k_coverage`-th neighbour."""

    def compute() -> Overlap:
        real = bank.real(wanted)
        fake = bank.features(samples, wanted).values
        own = among_themselves(bank, samples, wanted, k).nearest
        fake_radius = own[:, min(k, own.shape[1]) - 1]
        return overlap(fake, real.features.values, fake_radius, real.radius(k), real.radius(k_coverage))

    return samples.once(("among real", wanted, k, k_coverage), compute)
