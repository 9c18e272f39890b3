"""Rows -> arrays of outcomes, in which a failed run is one, and not missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.figures._arms import Arm
from bench.reports._summary import BROKEN
from bench.rows import UNFINISHED, Results
from bench.stats import Array


def outcomes(results: Results, arms: Sequence[Arm], output: str) -> tuple[Array, NDArray[np.bool_]]:
    """Final scores and which runs failed, both (n_arms, n_seeds), by seed.

    Failed: diverged, failed, or ended without a finite score. A run that has not ended has a score of NaN
    and has not failed; so does a seed that an arm was not planned with.
    """
    rows = results.rows
    seeds = sorted({int(seed) for seed in rows["seed"]})
    place = {arm.id: row for row, arm in enumerate(arms)}
    column = {seed: index for index, seed in enumerate(seeds)}
    scores = np.full((len(arms), len(seeds)), np.nan)
    failed = np.zeros(scores.shape, dtype=bool)
    told = rows[rows["arm"].isin(list(place))]
    for arm, seed, verdict, value in zip(
        told["arm"], told["seed"], told["verdict"], told[f"{output}.final"], strict=True
    ):
        if verdict in UNFINISHED:
            continue
        at = place[str(arm)], column[int(seed)]
        scores[at] = value
        failed[at] = verdict in BROKEN or not np.isfinite(value)
    return scores, failed
