"""Does one factor do the same at every level of another? A line a level; parallel lines say yes.

Drawn are the two factors that interact most, by partial eta squared of the seed-blocked analysis of variance,
or the first two where there is no such analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.figures._arms import cast, conclusive
from bench.figures._cells import Cell, Cells, cells, levels
from bench.figures._page import Skipped, page, reference
from bench.figures._style import SMALL, look, style
from bench.figures._text import printable, shortened, width
from bench.reports._effects import effects
from bench.reports._estimates import equal
from bench.reports._summary import Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.wording import ARROWS, count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LEVELS = 10
"""Levels of a factor that a panel has room for."""
_WIDTH, _HIGH = 5.1, 2.6
_SLANTED = 120.0
"""Points of a level's name on the axis where it must be slanted."""


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure, on the output that conclusions rest on."""
    plan = results.plan
    if plan.get("design") != "factorial":
        return Skipped("the design does not cross factors: no interaction can be asked")
    varied = [factor for factor in plan["factors"] if len(levels(plan, factor)) > 1]
    if len(varied) < 2:
        return Skipped("an interaction needs two factors with two levels each")
    output, label, direction = conclusive(plan)
    lines, across, why = _pair(results, varied, output)
    grid = cells(results, list(summaries), output, lines, across)
    if not any(cell.mean.n for cell in grid.values()):
        return Skipped(f"no cell of {lines} and {across} has a seed with all its scores")
    shown = levels(plan, lines)[:MOST_LEVELS], levels(plan, across)[:MOST_LEVELS]
    notes = [
        f"Mean over seeds of the mean over all other factors, with its 95 % Student-t interval. {why} "
        "Parallel lines: no interaction. Dashed: real data scored alike.",
        *_missing(grid, shown),
        *_unshown(plan, (lines, across), shown),
        *cast(results, summaries, len(summaries)).notes,
    ]
    with style():
        title = f"Interaction of {lines} and {across} on {label}"
        names, slanted = _names(shown[1])
        below = 0.5 * max(width(name, SMALL) for name in names) / 72.0 if slanted else 0.0
        figure = page(title, _HIGH + below, [printable(note) for note in notes], inches=_WIDTH)
        axes = figure.subplots()
        for row, level in enumerate(shown[0]):
            _line(axes, row, len(shown[0]), level, [grid.get((level, other)) for other in shown[1]])
        _frame(axes, names, slanted, across, label + ARROWS.get(direction, ""))
        axes.legend(
            title=shortened(lines, 100.0, SMALL),
            title_fontsize=SMALL,
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
        )
        if output in results.oracle:
            reference(axes, results.oracle[output])
    return figure


def _pair(results: Results, varied: Sequence[str], output: str) -> tuple[str, str, str]:
    """The factor of the lines, that of the axis, and why these two."""
    found = effects(results, output).scores
    both = [line for line in found.lines if len(line.factors) == 2] if found is not None else []
    if not both:
        first, second = sorted(varied[:2], key=lambda name: len(levels(results.plan, name)))
        return first, second, "Of the factors the first two."
    most = max(both, key=lambda line: line.partial_eta_squared)
    first, second = sorted(most.factors, key=lambda name: len(levels(results.plan, name)))
    share = f"partial η² = {most.partial_eta_squared:.2f}, p (Holm) {equal(most.p_holm)}"
    return first, second, f"Of {count(len(both), 'pair')} of factors, the one that interacts most: {share}."


def _missing(grid: Cells, shown: tuple[list[str], list[str]]) -> list[str]:
    """Sentences about cells without a point, and about those with fewer seeds than planned."""
    notes = []
    failed = sum(cell.failed for cell in grid.values())
    if failed:
        notes.append(f"{count(failed, 'run')} without a score: their seeds are left out of their cells.")
    if any(cell.partial for cell in grid.values()):
        notes.append("Hollow: some arms of the point do not apply, so that others weigh more in its mean.")
    empty = [
        f"{one} × {other}"
        for one in shown[0]
        for other in shown[1]
        if (one, other) not in grid or grid[one, other].mean.n == 0
    ]
    if empty:
        notes.append(f"No point for {', '.join(empty)}: no seed has all scores there, or no arm applies.")
    return notes


def _unshown(plan: dict[str, Any], factors: tuple[str, str], shown: tuple[list[str], list[str]]) -> list[str]:
    left = [
        (factor, len(levels(plan, factor)) - len(kept)) for factor, kept in zip(factors, shown, strict=True)
    ]
    return [f"{count(number, 'level')} of {factor} left out." for factor, number in left if number]


def _line(axes: Axes, row: int, rows: int, level: str, found: Sequence[Cell | None]) -> None:
    drawn = look(row)
    # Side by side, so that intervals do not hide each other.
    shift = 0.06 * (row - (rows - 1) / 2.0)
    points = [(at + shift, cell) for at, cell in enumerate(found) if cell is not None and cell.mean.n]
    name = shortened(level, 100.0, SMALL)
    (line,) = axes.plot(
        [at for at, _ in points],
        [cell.mean.mean for _, cell in points],
        color=drawn.color,
        linestyle=drawn.dash,
        marker=drawn.marker,
        label=f" {name}",  # Matplotlib hides names that begin with an underscore.
    )
    line.set_gid(f"level-{row}--line")
    for place, (at, cell) in enumerate(points):
        if cell.partial:
            hollow: Any = {"markerfacecolor": "white", "color": drawn.color}
            (dot,) = axes.plot([at], [cell.mean.mean], drawn.marker, zorder=3, **hollow)
            dot.set_gid(f"level-{row}--partial-{place}")
        if cell.mean.low is not None and cell.mean.high is not None:
            (bar,) = axes.plot(
                [at, at], [cell.mean.low, cell.mean.high], "-", color=drawn.color, linewidth=1.0
            )
            bar.set_gid(f"level-{row}--interval-{place}")


def _names(found: Sequence[str]) -> tuple[list[str], bool]:
    """What the axis calls the levels, and whether that has to be slanted to stand side by side."""
    room = 0.6 * _WIDTH * 72.0 / max(1, len(found))
    slanted = any(width(printable(name), SMALL) > room for name in found)
    return [shortened(name, _SLANTED if slanted else room, SMALL) for name in found], slanted


def _frame(axes: Axes, names: Sequence[str], slanted: bool, across: str, label: str) -> None:
    turned: Any = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(names)), names, **turned)
    axes.set_xlim(-0.4, len(names) - 0.6)
    axes.set_xlabel(printable(across))
    axes.set_ylabel(label)
    axes.grid(True, axis="y")
