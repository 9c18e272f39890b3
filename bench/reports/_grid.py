"""Rows as arrays of arms by seeds: one pass over the table instead of a search for every arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.rows import UNFINISHED, Results
from bench.stats import Array

if TYPE_CHECKING:
    import pandas as pd

BROKEN = ("diverged", "failed")
"""Verdicts under which a score, if there is one, does not describe a trained generator."""


@dataclass(frozen=True)
class Grid:
    """A study's runs, aligned by seed. Every array is (n_arms, n_seeds)."""

    arms: tuple[str, ...]
    """Ids in the plan's order, with those that do not apply: their rows are empty."""
    seeds: tuple[int, ...]
    """Rising."""
    planned: NDArray[np.bool_]
    over: NDArray[np.bool_]
    """Which runs have ended, whatever end."""
    broken: NDArray[np.bool_]
    """Which of them have a verdict of BROKEN."""
    verdicts: NDArray[np.object_]
    """Of runs that have ended; empty elsewhere."""
    _rows: pd.DataFrame
    _at: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Place of each row."""

    def values(self, column: str) -> Array:
        """The numbers of a column; NaN where there is none or it is not finite."""
        known = self._rows[column].to_numpy(dtype=np.float64, na_value=np.nan)
        found = np.full(self.planned.shape, np.nan)
        found[self._at] = np.where(np.isfinite(known), known, np.nan)
        return found

    def failed(self, finals: Array) -> NDArray[np.bool_]:
        """Runs that ended without a score of a trained generator: broken, or no value."""
        return self.over & (self.broken | np.isnan(finals))

    def row(self, arm: str | None) -> int | None:
        """Where an arm is; None for an arm that is not there."""
        return self.arms.index(arm) if arm in self.arms else None


def grid(results: Results) -> Grid:
    """The runs of `results` by arm and seed."""

    rows: pd.DataFrame = results.rows
    arms = tuple(arm["id"] for arm in results.plan["arms"])
    seeds = tuple(sorted({int(seed) for seed in rows["seed"]}))
    at = _places(rows["arm"], arms), _places(rows["seed"], seeds)
    shape = (len(arms), len(seeds))
    verdicts = np.full(shape, "", dtype=object)
    verdicts[at] = rows["verdict"].to_numpy(dtype=object)
    planned = np.zeros(shape, dtype=bool)
    planned[at] = True
    over = planned & ~np.isin(verdicts, UNFINISHED)
    verdicts[~over] = ""
    return Grid(arms, seeds, planned, over, over & np.isin(verdicts, BROKEN), verdicts, rows, at)


def _places(column: Any, names: tuple[Any, ...]) -> NDArray[np.int64]:
    index = {name: place for place, name in enumerate(names)}
    return np.array([index[value] for value in column], dtype=np.int64)
