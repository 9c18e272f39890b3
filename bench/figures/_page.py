"""A figure with room for what is said beneath it: the arms' key and the notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.figures._arms import BASELINE, Arm, labels
from bench.figures._style import FAINT, INK, LINE, SMALL, WIDE, gid
from bench.figures._text import printable, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FEW = 30
"""Arms whose names may have two lines on one page."""
_EDGE = 3.0
"""Points that stay free at the figure's edges."""
_SAMPLE = 26.0
"""Points that the line before a name in the key takes, with the gap behind it."""


@dataclass(frozen=True)
class Skipped:
    """Why a figure does not apply to a study, in words."""

    reason: str


def page(
    title: str,
    body: float,
    notes: Sequence[str] = (),
    key: Sequence[Arm] = (),
    inches: float = WIDE,
    lines: bool = True,
) -> Figure:
    """An empty figure, to be drawn into within `style`.

    Args:
        title: What it shows, for a reader who cannot see it; not drawn, as papers have captions.
        body: Inches of height for panels and their labels.
        notes: Sentences beneath, wrapped.
        key: Arms to be named beneath, each with its line and marker.
        inches: Width.
        lines: Whether arms are lines in this figure; else the key shows their markers alone.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    room = inches * 72.0 - 2.0 * _EDGE
    told = [line for line in wrapped(" ".join(notes), room, SMALL, most=8) if line]
    names, columns = _columns(key, room)
    key_rows = -(-len(names) // columns)
    told_points = (len(told) * LINE * SMALL + _EDGE) if told else 0.0
    key_points = (key_rows * LINE * SMALL + _EDGE) if names else 0.0
    below, high = told_points + key_points + _EDGE, body * 72.0
    total = high + below
    figure = Figure(figsize=(inches, total / 72.0))
    figure.set_label(printable(title))
    engine = ConstrainedLayoutEngine(
        rect=(_EDGE / (inches * 72.0), below / total, room / (inches * 72.0), (high - _EDGE) / total),
        w_pad=2.0 / 72.0,
        h_pad=2.0 / 72.0,
    )
    figure.set_layout_engine(engine)
    for row, line in zip(reversed(range(len(told))), told, strict=True):
        figure.text(
            _EDGE / (inches * 72.0),
            (_EDGE + (row * LINE + 0.3) * SMALL) / total,
            line,
            fontsize=SMALL,
            alpha=0.8,
        )
    for place, (arm, name) in enumerate(zip(key, names, strict=True)):
        column, row = place // key_rows, place % key_rows
        left = _EDGE + column * room / columns
        base = _EDGE + told_points + ((key_rows - 1 - row) * LINE + 0.3) * SMALL
        _named(figure, arm, name, (left, base), (inches * 72.0, total), lines)
    return figure


def _columns(key: Sequence[Arm], room: float) -> tuple[list[str], int]:
    """Names, and in how many columns they stand: three, two or one, as their widths allow."""
    if not key:
        return [], 1
    for columns in (4, 3, 2):
        space = room / columns - _SAMPLE
        if all(width(printable(arm.summary.name) + BASELINE * arm.baseline, SMALL) <= space for arm in key):
            return labels(key, space, SMALL), min(columns, len(key))
    return labels(key, room - _SAMPLE, SMALL), 1


def _named(
    figure: Figure, arm: Arm, name: str, at: tuple[float, float], size: tuple[float, float], lines: bool
) -> None:
    from matplotlib.lines import Line2D

    (left, base), (wide, high) = at, size
    middle = base + 0.36 * SMALL
    ends = [left, left + 20.0] if lines else [left + 10.0]
    xs, ys = [end / wide for end in ends], [middle / high] * len(ends)
    sample = Line2D(
        xs,
        ys,
        transform=figure.transFigure,
        color=arm.look.color,
        linestyle=arm.look.dash if lines else "",
        linewidth=arm.look.width,
        marker=None if lines else arm.look.marker,
    )
    sample.set_gid(gid(arm.index, "key"))
    figure.add_artist(sample)
    if lines:
        dot = Line2D(
            [(left + 10.0) / wide],
            [middle / high],
            transform=figure.transFigure,
            color=arm.look.color,
            marker=arm.look.marker,
            linestyle="",
        )
        dot.set_gid(gid(arm.index, "key-marker"))
        figure.add_artist(dot)
    text = figure.text((left + _SAMPLE) / wide, base / high, name, fontsize=SMALL)
    text.set_gid(gid(arm.index, "key-name"))


def row_inches(arms: Sequence[Arm], room: float) -> tuple[float, int]:
    """Inches of a row, and lines that names in `room` points have in it: two, where there are few arms."""
    if len(arms) > _FEW or all(width(printable(arm.summary.name), SMALL) <= room for arm in arms):
        return 0.2, 1
    return 0.27, 2


def named_rows(axes: Axes, arms: Sequence[Arm], room: float) -> None:
    """One row an arm from the top, with its name, in at most `room` points, at the left."""
    _, lines = row_inches(arms, room)
    axes.set_ylim(len(arms) - 0.4, -0.6)
    axes.set_yticks(range(len(arms)), labels(arms, room, SMALL, lines), fontsize=SMALL)
    axes.tick_params(axis="y", length=0)
    for arm, tick in zip(arms, axes.get_yticklabels(), strict=True):
        tick.set_gid(gid(arm.index, "name"))


def reference(axes: Axes, value: float, upright: bool = False, **changes: Any) -> None:
    """A dashed line across the panel at a value to compare with."""
    look: dict[str, Any] = {
        "color": INK,
        "alpha": FAINT,
        "linewidth": 0.8,
        "linestyle": (0, (4, 2)),
        "zorder": 1,
    } | changes
    (axes.axvline if upright else axes.axhline)(value, **look)
