"""Paired differences to the baseline on the primary output, with their intervals: a row an arm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.figures._arms import Arm, cast, conclusive
from bench.figures._page import Skipped, named_rows, page, row_inches
from bench.figures._style import INK, SMALL, WIDE, gid, style
from bench.figures._text import printable, width
from bench.reports._estimates import interval, probability
from bench.reports._families import family
from bench.reports._summary import Cell, Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.wording import NOTHING, minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMES = 165.0
"""Points that names may take."""
_GAP, _LEAST = 8.0, 90.0
"""Points between the columns of numbers, and that the panel keeps beside them."""


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure; the rows are in the plan's order, the numbers those of the comparison table."""
    plan = results.plan
    output, label, direction = conclusive(plan)
    drawn = cast(results, summaries)
    base = next((arm.summary for arm in drawn.arms if arm.baseline), None)
    if base is None:
        return Skipped("the study has no baseline to differ from")
    arms = [arm for arm in drawn.arms if not arm.baseline]
    if not any(_finite(arm.summary.cells[output]) for arm in arms):
        return Skipped("no arm shares a scored seed with the baseline")
    about = plan["outputs"][output]
    alpha = family(plan, output).alpha
    notes = [
        "Mean over seeds of the difference to the same seed's baseline, with its 95 % Student-t interval; "
        f"filled where p (Holm) < {alpha:g}. The baseline: {printable(base.name)}."
    ]
    if any(arm.summary.cells[output].unscored for arm in (*arms, *(a for a in drawn.arms if a.baseline))):
        notes.append(
            "‡: this many of the runs that ended diverged, failed or gave no score. Differences leave them "
            "out; p is then of who is better in each seed, those runs last."
        )
    low, high = _frame([arm.summary.cells[output] for arm in arms])
    if any(_beyond(arm.summary.cells[output], low, high) for arm in arms):
        notes.append("An arrowhead: the interval goes on beyond the frame.")
    height = 0.75 + row_inches(arms, _NAMES)[0] * len(arms)
    with style():
        title = f"Differences to the baseline in {label}, with intervals"
        figure = page(title, height, [*notes, *drawn.notes])
        columns = _columns(arms, output, about["digits"])
        room = WIDE * 72.0 - _NAMES
        wide = min(sum(columns.widths), room - _LEAST)
        panel, beside = figure.subplots(1, 2, width_ratios=(room - wide, wide), sharey=True)
        named_rows(panel, arms, _NAMES)
        panel.set_xlim(low, high)
        beside.set_axis_off()
        for row, arm in enumerate(arms):
            panel.axhline(row, color=INK, alpha=0.1, linewidth=0.5, zorder=0)
            _difference(panel, row, arm, arm.summary.cells[output], alpha)
        _numbers(beside, arms, columns)
        _axis(panel, label, direction)
    return figure


def _finite(cell: Cell) -> bool:
    return cell.difference is not None and math.isfinite(cell.difference.interval.mean)


def _frame(cells: Sequence[Cell]) -> tuple[float, float]:
    """Ends of the axis: 0, all means, and intervals unless few seeds make them dwarf all else."""
    found = [cell.difference.interval for cell in cells if cell.difference is not None and _finite(cell)]
    halves = sorted(value.half_width or 0.0 for value in found)
    most = 4.0 * max(halves[len(halves) // 2], max(abs(value.mean) for value in found) / 4.0)
    ends = [0.0]
    for value in found:
        half = min(value.half_width or 0.0, most)
        ends += [value.mean - half, value.mean + half]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    return min(low - 0.05 * span, -0.15 * span), max(high + 0.05 * span, 0.15 * span)


def _beyond(cell: Cell, low: float, high: float) -> bool:
    if cell.difference is None or cell.difference.interval.low is None:
        return False
    ends = cell.difference.interval.low, cell.difference.interval.high
    return ends[1] is not None and (ends[0] < low or ends[1] > high)


def _difference(panel: Axes, row: int, arm: Arm, cell: Cell, alpha: float) -> None:
    """Marker and interval; an end beyond the frame is an arrowhead."""
    if cell.difference is None or not _finite(cell):
        return
    found, look, (left, right) = cell.difference.interval, arm.look, panel.get_xlim()
    if found.low is not None and found.high is not None:
        (line,) = panel.plot([found.low, found.high], [row, row], "-", color=look.color)
        line.set_gid(gid(arm.index, "interval"))
        for beyond, at, marker in ((found.low < left, left, "<"), (found.high > right, right, ">")):
            if beyond:
                (head,) = panel.plot([at], [row], marker, color=look.color, clip_on=False)
                head.set_gid(gid(arm.index, "before" if at == left else "after"))
    sure = cell.p_holm is not None and cell.p_holm < alpha
    filling: Any = "full" if sure else "none"
    (dot,) = panel.plot([found.mean], [row], look.marker, color=look.color, markersize=4.5, fillstyle=filling)
    dot.set_gid(gid(arm.index, "mean"))


@dataclass(frozen=True)
class _Columns:
    """Difference, p, and runs without a score: what stands beside the panel."""

    heads: tuple[str, str, str]
    rows: list[tuple[str, str, str]]
    widths: tuple[float, ...]
    """Points, with the gap before each."""


def _columns(arms: Sequence[Arm], output: str, digits: int) -> _Columns:
    rows = []
    for arm in arms:
        cell = arm.summary.cells[output]
        told = interval(cell.difference.interval, digits, sign=True) if cell.difference else NOTHING
        unscored = f"‡ {cell.unscored}/{arm.summary.ended}" if cell.unscored else ""
        rows.append((minus(told), probability(cell.p_holm), unscored))
    heads = ("Δ [95 % interval]", "p (Holm)", "no score" if any(row[2] for row in rows) else "")
    widths = tuple(
        max(width(text, SMALL) for text in column) + _GAP for column in zip(heads, *rows, strict=True)
    )
    return _Columns(heads, rows, widths)


def _numbers(beside: Axes, arms: Sequence[Arm], columns: _Columns) -> None:
    starts = [(sum(columns.widths[:at]) + _GAP) / sum(columns.widths) for at in range(3)]
    for row, (arm, texts) in enumerate(zip(arms, columns.rows, strict=True)):
        for text, across, part in zip(texts, starts, ("numbers", "p", "unscored"), strict=True):
            label = beside.text(
                across, row, text, transform=beside.get_yaxis_transform(), va="center", fontsize=SMALL
            )
            label.set_gid(gid(arm.index, part))
    for text, across in zip(columns.heads, starts, strict=True):
        beside.text(across, 1.0, text, transform=beside.transAxes, va="bottom", fontsize=SMALL, alpha=0.8)


def _axis(panel: Axes, label: str, direction: str) -> None:
    """Zero, and what is better."""
    panel.axvline(0.0, color=INK, linewidth=0.8, zorder=0)
    panel.set_xlabel(f"difference in {label}")
    side = {"lower": ("← better", 0.0, "left"), "higher": ("better →", 1.0, "right")}.get(direction)
    if side is not None:
        panel.text(side[1], 1.0, side[0], transform=panel.transAxes, va="bottom", ha=side[2], fontsize=SMALL)
