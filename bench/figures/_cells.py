"""Two factors of a study, crossed: each cell holds the arms that have both levels, over all other factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.figures._arms import Arm, outcomes
from bench.reports._summary import Summary
from bench.rows import Results
from bench.stats import Array, Interval, mean_interval


@dataclass(frozen=True)
class Cell:
    """All arms of two levels."""

    mean: Interval
    """Over the seeds that every arm of the cell has a score of, of the mean over its arms."""
    arms: tuple[Arm, ...]
    """Those that apply."""
    declined: int
    """Arms of these levels that do not apply."""
    failed: int
    """Runs that diverged, failed or gave no score."""

    @property
    def partial(self) -> bool:
        """Whether only some of its arms apply: its mean is not over all levels of the other factors."""
        return bool(self.arms) and self.declined > 0


Cells = dict[tuple[str, str], Cell]
"""(level of the first factor, level of the second) -> cell; levels that no arm combines are missing."""


def levels(plan: dict[str, Any], factor: str) -> list[str]:
    """The levels of a factor that some arm has, in the study's order."""
    used = {str(arm["levels"].get(factor)) for arm in plan["arms"]}
    declared = [str(level) for level in plan["factors"][factor]]
    return [level for level in declared if level in used] + sorted(used - set(declared))


def cells(results: Results, summaries: list[Summary], output: str, first: str, second: str) -> Cells:
    """The cells of two factors.

    A seed counts where every arm of the cell has a score of it: an arm that fails more often than another
    would otherwise weigh less in the cell's mean, and change it.
    """
    every = [
        Arm(index, summary, summary.id == results.plan.get("baseline"))
        for index, summary in enumerate(summaries)
    ]
    scores, failed = outcomes(results, every, output)
    grouped: dict[tuple[str, str], list[int]] = {}
    for row, arm in enumerate(every):
        key = str(arm.summary.levels.get(first)), str(arm.summary.levels.get(second))
        grouped.setdefault(key, []).append(row)
    found = {}
    for key, rows in grouped.items():
        apply = [row for row in rows if every[row].summary.reason is None]
        found[key] = Cell(
            mean=_mean(np.where(failed[apply], np.nan, scores[apply])),
            arms=tuple(every[row] for row in apply),
            declined=len(rows) - len(apply),
            failed=int(failed[apply].sum()),
        )
    return found


def _mean(scores: Array) -> Interval:
    """Of (n_arms, n_seeds) with NaN for what is missing: over complete seeds."""
    complete = scores[:, ~np.isnan(scores).any(axis=0)]
    return mean_interval(complete.mean(axis=0) if complete.size else np.empty(0))
