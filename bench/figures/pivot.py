"""A two-way table as a map: the mean over two factors' levels, dark where it is good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.figures._arms import cast
from bench.figures._cells import Cell, Cells, cells, levels
from bench.figures._page import Skipped, page
from bench.figures._style import INK, SMALL, style
from bench.figures._text import printable, shortened, wrapped
from bench.reports._notes import exploratory
from bench.reports._summary import Summary
from bench.reports._view import view
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.wording import ARROWS, count, minus, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 12
"""Levels of a factor that a page has room for."""
_WIDTH, _HIGH = 5.1, 0.36
_DARK = 0.179
"""Relative luminance below which white letters have more contrast than black ones (WCAG 2.2)."""


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure, over `shape.pivot` (rows, columns) or the first two factors that vary and are crossed.

    Of `shape.columns`, the output that they name is mapped, else the declared one.
    """
    plan = results.plan
    varied = [factor for factor in plan["factors"] if len(levels(plan, factor)) > 1]
    chosen = shape.pivot or tuple(varied[:2])
    if len(chosen) < 2:
        return Skipped("a two-way table needs two factors that vary")
    if shape.pivot is None and plan.get("design", "factorial") != "factorial":
        return Skipped(f"design {plan['design']} does not cross factors: a map would average unlike arms")
    down, across = chosen
    told = view(results, shape)
    output = told.crossed if shape.pivot else told.primary
    about = plan["outputs"][output]
    label, direction = printable(about["label"]), str(about["direction"])
    grid = cells(results, list(summaries), output, down, across)
    if not any(cell.mean.n for cell in grid.values()):
        return Skipped(f"no cell of {down} and {across} has a seed with all its scores")
    shown = levels(plan, down)[:_MOST], levels(plan, across)[:_MOST]
    notes = [
        f"Mean final {label}{ARROWS.get(direction, '')} over seeds and all other factors; beneath, half of "
        "its 95 % interval over seeds. Hatched: no arm applies, or no seed has all scores.",
        *_said(plan, grid, chosen, shown),
        *(line.text for line in exploratory(told, output)),
        *cast(results, summaries, len(summaries)).notes,
    ]
    with style():
        title = f"{label} over {down} and {across}"
        figure = page(title, 0.75 + _HIGH * len(shown[0]), [printable(note) for note in notes], inches=_WIDTH)
        axes = figure.subplots()
        scale = _Scale([cell.mean.mean for cell in grid.values() if cell.mean.n], direction)
        for row, one in enumerate(shown[0]):
            for column, other in enumerate(shown[1]):
                _cell(axes, (row, column), grid.get((one, other)), scale, about["digits"])
        _frame(axes, shown, (down, across))
    return figure


class _Scale:
    """A mean's place between the worst (0) and the best (1), and its colour: light to dark, in grey too."""

    def __init__(self, means: Sequence[float], direction: str) -> None:
        from matplotlib import colormaps

        self.low, self.high = min(means), max(means)
        self.turned = direction == "lower"
        self.map = colormaps["cividis_r"]

    def place(self, mean: float) -> float:
        """From 0 to 1; halfway if all means are alike."""
        if self.high == self.low or not math.isfinite(mean):
            return 0.5
        share = (mean - self.low) / (self.high - self.low)
        return 1.0 - share if self.turned else share

    def colour(self, mean: float) -> Any:
        """For a cell's face."""
        return self.map(0.9 * self.place(mean))


def _luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance of red, green and blue from 0 to 1. Source: WCAG 2.2, definitions."""
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3])
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def _said(
    plan: dict[str, Any], grid: Cells, factors: Sequence[str], shown: tuple[list[str], list[str]]
) -> list[str]:
    notes = []
    if any(cell.failed for cell in grid.values()):
        notes.append(
            "‡: this many runs diverged, failed or gave no score; their seeds are left out of the cell."
        )
    if any(cell.partial for cell in grid.values()):
        notes.append("§: some arms of these levels do not apply, so that others weigh more in the mean.")
    for factor, kept in zip(factors, shown, strict=True):
        if left := len(levels(plan, factor)) - len(kept):
            notes.append(f"{count(left, 'level')} of {factor} left out for want of room.")
    return notes


def _cell(axes: Axes, at: tuple[int, int], cell: Cell | None, scale: _Scale, digits: int) -> None:
    from matplotlib.patches import Rectangle

    (row, column), scored = at, cell is not None and cell.mean.n > 0
    face = scale.colour(cell.mean.mean) if cell is not None and scored else "none"
    box = Rectangle(
        (column - 0.5, row - 0.5),
        1.0,
        1.0,
        facecolor=face,
        edgecolor=INK,
        linewidth=0.5,
        hatch="" if scored else "////",
    )
    box.set_gid(f"cell-{row}-{column}--face")
    axes.add_patch(box)
    if cell is None:
        return
    marks = ("§" if cell.partial else "") + (f"‡{cell.failed}" if cell.failed else "")
    if not scored:
        told = marks or ("not applicable" if not cell.arms else "")
        ink, paper = "black", {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"}
    else:
        half = cell.mean.half_width
        spread = "" if half is None else f"\n± {number(half, digits)}"
        told = minus(f"{number(cell.mean.mean, digits)}{' ' + marks if marks else ''}{spread}")
        ink, paper = ("white" if _luminance(scale.colour(cell.mean.mean)) < _DARK else "black"), None
    if told:
        text = axes.text(
            column,
            row,
            told,
            ha="center",
            va="center",
            fontsize=SMALL,
            color=ink,
            linespacing=1.1,
            bbox=paper,
        )
        text.set_gid(f"cell-{row}-{column}--number")


def _frame(axes: Axes, shown: tuple[list[str], list[str]], factors: Sequence[str]) -> None:
    rows, columns = shown
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    room = 0.62 * _WIDTH * 72.0 / len(columns)
    axes.set_xticks(
        range(len(columns)), ["\n".join(wrapped(name, room, SMALL)) for name in columns], fontsize=SMALL
    )
    axes.set_yticks(
        range(len(rows)), ["\n".join(wrapped(name, 90.0, SMALL)) for name in rows], fontsize=SMALL
    )
    axes.tick_params(length=0)
    axes.set_xlabel(shortened(factors[1], 200.0, SMALL))
    axes.set_ylabel(shortened(factors[0], 100.0, SMALL))
    for side in axes.spines.values():
        side.set_visible(False)
