"""Who is in a figure: the arms that there is room for, and a sentence about the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures._style import Look, look
from bench.figures._text import ELLIPSIS, printable, shortened, width, wrapped
from bench.reports._families import declared_output
from bench.reports._grid import grid
from bench.reports._summary import Summary
from bench.rows import Results
from bench.stats import Array
from bench.wording import count

MOST = 40
"""Arms that a figure with one row an arm has room for."""
BASELINE = " (baseline)"
MOST_LINES = 12
"""Lines that can be told apart in one panel."""


@dataclass(frozen=True)
class Arm:
    """One arm in a figure."""

    index: int
    """Its place in the plan."""
    summary: Summary
    baseline: bool

    @property
    def id(self) -> str:
        """As in the rows."""
        return self.summary.id

    @property
    def look(self) -> Look:
        """Its colour, line and marker."""
        return look(self.index, self.baseline)


@dataclass(frozen=True)
class Cast:
    """The arms of a figure, in the plan's order."""

    arms: list[Arm]
    notes: list[str]
    """Who is not among them, and why; nothing if all are."""


def cast(results: Results, summaries: Sequence[Summary], most: int = MOST) -> Cast:
    """The arms that apply; where they are more than `most`, the baseline and the best on the primary output.

    Best: by the mean of the finals, arms with a run without a score behind all others, as in the table; where
    neither direction is better, the first of the plan.
    """
    plan = results.plan
    every = [
        Arm(index, summary, summary.id == plan.get("baseline"))
        for index, summary in enumerate(summaries)
        if summary.reason is None
    ]
    notes = []
    declined = len(summaries) - len(every)
    if declined:
        notes.append(f"{count(declined, 'arm')} not applicable: not drawn.")
    if len(every) <= most:
        return Cast(every, notes)
    primary, label, direction = conclusive(plan)
    sign = {"higher": -1.0, "lower": 1.0}.get(direction, 0.0)

    def rank(arm: Arm) -> tuple[bool, bool, bool, float, int]:
        cell = arm.summary.cells[primary]
        mean = sign * cell.final.mean if cell.final.n else 0.0
        return not arm.baseline, cell.final.n == 0, cell.unscored > 0, mean, arm.index

    kept = sorted(sorted(every, key=rank)[:most], key=lambda arm: arm.index)
    chosen = f"the {len(kept)} best by final {label}" if sign else f"the first {len(kept)} of the plan"
    if any(arm.baseline for arm in kept):
        chosen = chosen.replace(f"{len(kept)} ", f"{len(kept) - 1} ", 1)
        chosen = f"the baseline and {chosen}"
    notes.append(f"{count(len(every) - len(kept), 'arm')} of {len(every):,} left out: drawn are {chosen}.")
    return Cast(kept, notes)


def labels(arms: Sequence[Arm], room: float, size: float, lines: int = 1) -> list[str]:
    """The arms' names in `room` points, `lines` lines each, the baseline said to be it.

    Names that come out the same are numbered.
    """
    texts = ["\n".join(_lines(arm, arm.summary.name, room, size, lines)) for arm in arms]
    times = Counter(texts)
    return [
        text
        if times[text] == 1
        else "\n".join(_lines(arm, f"[{arm.index + 1}] {arm.summary.name}", room, size, lines))
        for arm, text in zip(arms, texts, strict=True)
    ]


def _lines(arm: Arm, name: str, room: float, size: float, lines: int) -> list[str]:
    if not arm.baseline:
        return wrapped(name, room, size, lines)
    if lines > 1 and width(printable(name) + BASELINE, size) > room:
        whole = wrapped(name + BASELINE, room, size, lines)
        if ELLIPSIS not in "".join(whole):
            return whole
        return [*wrapped(name, room, size, lines - 1), BASELINE.strip()]
    return [shortened(name, room - width(BASELINE, size), size) + BASELINE]


def conclusive(plan: Mapping[str, Any]) -> tuple[str, str, str]:
    """The output that conclusions rest on, its label, and which end of it is better."""
    output = declared_output(plan)
    about = plan["outputs"][output]
    return output, printable(about["label"]), str(about["direction"])


def all_runs(results: Results, arms: Sequence[Arm]) -> dict[str, list[str]]:
    """Arm -> its runs, in the order of seeds."""
    groups = results.rows.groupby("arm", sort=False)["run_id"]
    runs = {str(arm): [str(run) for run in ids] for arm, ids in groups}
    return {arm.id: runs.get(arm.id, []) for arm in arms}


def outcomes(results: Results, arms: Sequence[Arm], output: str) -> tuple[Array, NDArray[np.bool_]]:
    """Final scores, NaN where there is none, and which runs failed: both (n_arms, n_seeds), by seed."""
    runs, rows = grid(results), [arm.index for arm in arms]
    finals = runs.values(f"{output}.final")
    return finals[rows], runs.failed(finals)[rows]
