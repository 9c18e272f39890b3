"""A slice's scores in complete blocks: which seeds can be used, and why others cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.reports._grid import BROKEN, grid
from bench.reports._slices import Slice
from bench.rows import Results
from bench.stats import Array
from bench.wording import count

_MOST_LOST = 0.5
"""Share of the seeds beyond which what is left over would not be the study any more."""
_NAMED = 4
"""Seeds whose failures are told one by one."""


@dataclass(frozen=True)
class Block:
    """The final scores of one output, by arm and seed."""

    part: Slice
    scores: Array
    """(arms of the slice, seeds of which every run has a usable score)."""
    ended: Array
    """(arms of the slice, seeds of which every run has ended); NaN where there is no usable score."""
    refused: str | None
    """Why the scores are too few to be analysed; None if they are not."""
    notes: tuple[str, ...]
    """Which seeds are left out of the scores for runs that failed."""
    waiting: tuple[str, ...]
    """Which are left out of scores and ranks alike, because not all of their runs have ended."""

    @property
    def failed(self) -> bool:
        """Whether a run that has ended has no usable score."""
        return bool(np.isnan(self.ended).any())


def blocks(results: Results, part: Slice, output: str) -> Block:
    """The scores of a slice. A score of a run that diverged or failed is no score of a trained generator."""
    runs = grid(results)
    rows, seeds = [runs.arms.index(arm["id"]) for arm in part.arms], runs.seeds
    finals = runs.values(f"{output}.final")
    failed, verdicts = runs.failed(finals)[rows], runs.verdicts[rows]
    values = np.where(failed, np.nan, finals[rows])
    faults: dict[int, list[str]] = {}
    for row, column in np.argwhere(failed).tolist():
        verdict = verdicts[row, column]
        told = verdict if verdict in BROKEN else "has no score"
        faults.setdefault(seeds[column], []).append(f"{part.arms[row]['name']} {told}")
    over: NDArray[np.bool_] = np.all(runs.over[rows], axis=0)
    whole: NDArray[np.bool_] = over & np.all(np.isfinite(values), axis=0)
    notes = []
    if faults:
        listed = [f"seed {seed}: {', '.join(told)}" for seed, told in sorted(faults.items())]
        more = f"; and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
        notes.append(
            f"{len(faults)} of {count(len(seeds), 'seed')} left out as a whole, because a run has no usable "
            f"score ({'; '.join(listed[:_NAMED])}{more})."
        )
    waiting = []
    if pending := int((~over).sum()):
        waiting.append(
            f"{pending} of {count(len(seeds), 'seed')} left out: not all of their runs have ended."
        )
    refused = _too_few(whole, over)
    return Block(part, values[:, whole], values[:, over], refused, tuple(notes), tuple(waiting))


def _too_few(whole: NDArray[np.bool_], over: NDArray[np.bool_]) -> str | None:
    """Why the scores are refused. whole, over: whether each seed is complete, and has ended."""
    complete, ended = int(whole.sum()), int(over.sum())
    if len(whole) < 2:
        return "One seed: without a second there is no spread to hold an effect against."
    if complete < 2:
        return f"Seeds with every score: {complete} of {len(whole)}; an interval over seeds takes two."
    if complete < (1.0 - _MOST_LOST) * ended:
        return (
            f"Only {complete} of {ended} seeds that have ended have every score: what is left over would "
            "speak for the arms that did not fail."
        )
    return None
