"""Intervals, paired comparisons, corrections: pure functions of arrays, one idea a file.

The unit of replication is the training seed.
"""

from __future__ import annotations

from bench.stats.arrays import Array
from bench.stats.corrections import holm
from bench.stats.curves import area, band
from bench.stats.intervals import Interval, difference_to, mean_interval, standard_error
from bench.stats.noise import Noise, components
from bench.stats.paired import EXACT_PAIRS, FLIPS, Paired, d_z, paired_difference, sign_flip, smallest_p
from bench.stats.power import detectable_effect
from bench.stats.profiles import Profile, across, normalised, profile
from bench.stats.ranks import (
    Friedman,
    Improvement,
    Nemenyi,
    endpoint,
    friedman,
    improvement,
    nemenyi,
)
from bench.stats.rates import fisher, paired_rate_test, sign_test, wilson
from bench.stats.robust import iqm, median, stratified_iqm

__all__ = [
    "EXACT_PAIRS",
    "FLIPS",
    "Array",
    "Friedman",
    "Improvement",
    "Interval",
    "Nemenyi",
    "Noise",
    "Paired",
    "Profile",
    "across",
    "area",
    "band",
    "components",
    "d_z",
    "detectable_effect",
    "difference_to",
    "endpoint",
    "fisher",
    "friedman",
    "holm",
    "improvement",
    "iqm",
    "mean_interval",
    "median",
    "nemenyi",
    "normalised",
    "paired_difference",
    "paired_rate_test",
    "profile",
    "sign_flip",
    "sign_test",
    "smallest_p",
    "standard_error",
    "stratified_iqm",
    "wilson",
]
