"""Two factors as rows and columns: an output where they meet."""

from __future__ import annotations

import numpy as np

from bench.reports._document import Paragraph, Table, Text
from bench.reports._estimates import interval
from bench.reports._grid import grid
from bench.reports._notes import best, exploratory
from bench.reports._summary import Summary
from bench.reports._view import Shaped
from bench.stats import mean_interval
from bench.wording import NOTHING, labelled


def pivot_table(view: Shaped) -> Table:
    """The two-way table that `view.shape.pivot` asks for; its factors exist (see `bench.reports._view`)."""
    assert view.shape.pivot is not None
    across, down = view.shape.pivot[1], view.shape.pivot[0]
    factors = view.plan["factors"]
    kept = {summary.id for summary in (*view.shown, *view.declined)}
    all_arms = view.summaries
    arms = [summary for summary in all_arms if summary.id in kept]
    label = view.columns.about[view.crossed]["label"]
    header = (
        Text(f"{down} \\ {across}", named=True),
        *(Text(level, named=True) for level in factors[across]),
    )
    rows = []
    for level in factors[down]:
        cells = []
        for other in factors[across]:
            met = [arm for arm in arms if (arm.levels.get(down), arm.levels.get(across)) == (level, other)]
            there = any((arm.levels.get(down), arm.levels.get(across)) == (level, other) for arm in all_arms)
            empty = Text("not shown" if there else "not in the design")
            cells.append(_cell(view, met) if met else empty)
        rows.append((Text(level, named=True), *cells))
    return Table(f"{label} by {down} and {across}", header, tuple(rows))


def about_pivot(view: Shaped, table: Table) -> list[Paragraph]:
    """What its cells hold, and what the signs mean that are in it."""
    cells = [cell for row in table.rows for cell in row]
    told = (
        f"Cells: final {labelled(view.columns.about[view.crossed])}, the mean with its 95 % interval over "
        "seeds, runs with a score / runs planned. Where several arms meet in a cell, they are averaged "
        "within each seed first, over the seeds that all of them have."
    )
    if any("‡" in cell.tail for cell in cells):
        told += " ‡: runs without a score, which the mean leaves out."
    found = [Paragraph(told)]
    if any(cell.bold for cell in cells):
        found.append(Paragraph(f": {best(view, view.crossed)}.", lead="Bold"))
    return [*found, *exploratory(view, view.crossed)]


def _cell(view: Shaped, arms: list[Summary]) -> Text:
    applicable = [arm for arm in arms if arm.reason is None]
    if not applicable:
        reasons = dict.fromkeys(str(arm.reason) for arm in arms)
        return Text(f"n/a: {'; '.join(reasons)}", named=True)
    output, digits = view.crossed, view.columns.about[view.crossed]["digits"]
    planned = sum(arm.planned for arm in applicable)
    scored = sum(arm.cells[output].final.n for arm in applicable)
    lost = sum(arm.cells[output].unscored for arm in applicable)
    if len(applicable) == 1:
        mean = applicable[0].cells[output].final
    else:
        runs = grid(view.results)
        rows = [runs.arms.index(arm.id) for arm in applicable]
        means = runs.values(f"{output}.final")[rows].mean(axis=0)
        mean = mean_interval(means[~np.isnan(means)])
    text = interval(mean, digits) if mean.n else NOTHING
    marks = f" ({scored}/{planned})" + " ‡" * (lost > 0)
    best = len(applicable) == 1 and applicable[0].cells[output].leads
    return Text(text, bold=best, tail=marks)
