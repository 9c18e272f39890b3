"""Rows -> one summary an arm: what the comparison shows, as numbers, before anybody formats them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.rows import UNFINISHED, Results
from bench.stats import Array, Interval, Paired, holm, mean_interval, paired_difference, sign_flip

if TYPE_CHECKING:
    import pandas as pd

BROKEN = ("diverged", "failed")
"""Verdicts under which a score, if there is one, does not describe a trained generator."""


@dataclass(frozen=True)
class Cell:
    """One arm's scores on one output."""

    final: Interval
    best: Interval
    difference: Paired | None
    """Final minus the baseline's, seed by seed; None for the baseline itself and without one."""
    p: float | None
    """Of the sign-flip test of the difference."""
    p_holm: float | None
    """Corrected for all arms' comparisons on this output."""
    unscored: int
    """Runs that ended without a score of a trained generator: broken, or no value."""
    leads: bool = False
    """Best mean of the arms; arms with unscored runs stand behind those without."""
    tied: bool = False
    """The paired difference to the leading arm has an interval, and it covers 0."""


@dataclass(frozen=True)
class Summary:
    """One arm."""

    id: str
    name: str
    levels: dict[str, str]
    reason: str | None
    """Why it does not apply; None if it does."""
    planned: int
    verdicts: dict[str, int]
    """Verdict -> runs, of the runs that ended."""
    unfinished: tuple[int, ...]
    """Seeds that are pending or running."""
    seconds: Interval
    cells: dict[str, Cell]

    @property
    def ended(self) -> int:
        """Runs that came to an end, whatever end."""
        return sum(self.verdicts.values())

    @property
    def healthy(self) -> int:
        """Runs that ended healthy."""
        return self.verdicts.get("healthy", 0)


def summarise(results: Results) -> list[Summary]:
    """Every arm in the plan's order, those that do not apply among them."""
    plan = results.plan
    frames = {arm["id"]: results.rows[results.rows["arm"] == arm["id"]] for arm in plan["arms"]}
    columns = {output: _column(results, frames, output) for output in plan["outputs"]}
    return [
        _summary(arm, frames[arm["id"]], {output: cells[arm["id"]] for output, cells in columns.items()})
        for arm in plan["arms"]
    ]


def _summary(arm: dict[str, Any], frame: pd.DataFrame, cells: dict[str, Cell]) -> Summary:
    verdicts = Counter(str(verdict) for verdict in frame["verdict"] if verdict not in UNFINISHED)
    waiting = frame[frame["verdict"].isin(UNFINISHED)]
    return Summary(
        id=arm["id"],
        name=arm["name"],
        levels=arm["levels"],
        reason=arm["reason"],
        planned=len(frame),
        verdicts=dict(sorted(verdicts.items())),
        unfinished=tuple(int(seed) for seed in waiting["seed"]),
        seconds=mean_interval(_present(frame["seconds"])),
        cells=cells,
    )


def _column(results: Results, frames: dict[str, pd.DataFrame], output: str) -> dict[str, Cell]:
    """Every arm's cell of one output."""
    baseline = results.plan.get("baseline")
    cells = {}
    for arm, frame in frames.items():
        difference = None
        if arm != baseline and baseline in frames and len(frame):
            difference = _paired(frame, frames[baseline], output)
        p = None
        if difference is not None and difference.interval.n >= 2:
            p = sign_flip(difference.differences, np.random.default_rng(0))
        over = ~frame["verdict"].isin(UNFINISHED)
        broken = frame["verdict"].isin(BROKEN) | frame[f"{output}.final"].isna()
        cells[arm] = Cell(
            final=mean_interval(_present(frame[f"{output}.final"])),
            best=mean_interval(_present(frame[f"{output}.best"])),
            difference=difference,
            p=p,
            p_holm=None,
            unscored=int((over & broken).sum()),
        )
    adjusted = dict(zip(cells, holm([cell.p for cell in cells.values()]), strict=True))
    cells = {arm: replace(cell, p_holm=adjusted[arm]) for arm, cell in cells.items()}
    if len(results.protocols) > 1:
        return cells  # Nobody leads among scores that do not compare.
    return _marked(cells, frames, output, results.plan["outputs"][output]["direction"])


def _marked(
    cells: dict[str, Cell], frames: dict[str, pd.DataFrame], output: str, direction: str
) -> dict[str, Cell]:
    """The cells with the leading arm, and those it cannot be told from, marked."""
    sign = {"higher": -1.0, "lower": 1.0}.get(direction)
    scored = {arm: cell for arm, cell in cells.items() if cell.final.n}
    if sign is None or len(scored) < 2:
        return cells  # Neither end is better, or there is nothing to be better than.
    ranks = {arm: (cell.unscored > 0, sign * cell.final.mean) for arm, cell in scored.items()}
    leader = min(ranks, key=lambda arm: ranks[arm])
    marked = dict(cells)
    for arm, cell in scored.items():
        if ranks[arm] == ranks[leader]:
            marked[arm] = replace(cell, leads=True)
        else:
            marked[arm] = replace(cell, tied=_paired(frames[arm], frames[leader], output).undecided)
    return marked


def _paired(frame: pd.DataFrame, other: pd.DataFrame, output: str) -> Paired:
    """Difference of two arms' finals, aligned by seed over the seeds of both."""
    first = frame.set_index("seed")[f"{output}.final"]
    second = other.set_index("seed")[f"{output}.final"]
    seeds = sorted({*first.index, *second.index})
    return paired_difference(_array(first.reindex(seeds)), _array(second.reindex(seeds)))


def _present(column: pd.Series[float]) -> Array:
    return _array(column.dropna())


def _array(column: pd.Series[float]) -> Array:
    return np.asarray(column, dtype=np.float64)
