"""Mean ranks of the arms over seeds, failures last, and bars over those that cannot be told apart.

Source: Demšar 2006, Journal of Machine Learning Research 7:1, section 3.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.figures._arms import MOST, Arm, cast, conclusive, labels, outcomes
from bench.figures._page import Skipped, page
from bench.figures._style import INK, SMALL, WIDE, gid, style
from bench.figures._text import ELLIPSIS, printable
from bench.reports._estimates import equal
from bench.reports._families import family
from bench.reports._summary import Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.stats import Array
from bench.stats.ranks import Nemenyi, endpoint, friedman, nemenyi
from bench.wording import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMES = 0.35
"""Share of the width that names may take at either side."""
_AIR, _LINE, _BAR = 0.06, 0.11, 0.07
"""Inches between two names, of a line of a name, and from one bar to the next."""
_GAP, _VALUE = 2.5, 22.0
"""Points from a line to the mean rank at its end, and from there to the name."""
_ROOM = (_NAMES - 0.05) * WIDE * 72.0 - _VALUE
"""Points that a name may take."""
_FEW, _MOST_LINES = 20, 3
"""Arms whose names may have several lines, and how many."""


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure: ranks are among all arms, also among those that there is no room to draw."""
    output, label, direction = conclusive(results.plan)
    if direction not in ("lower", "higher"):
        return Skipped(f"neither end of {label} is better, so runs cannot be ranked")
    every = cast(results, summaries, len(summaries)).arms
    scores, failed = outcomes(results, every, output)
    ended = [row for row in range(len(every)) if (failed[row] | ~np.isnan(scores[row])).any()]
    ranked = [every[row] for row in ended]
    if len(ranked) < 3:
        return Skipped(f"ranks need three arms with a run that ended; there are {len(ranked)}")
    found = friedman(endpoint(scores[ended], failed[ended], direction))
    alpha = family(results.plan, output).alpha
    groups = nemenyi(found.mean_ranks, found.n, alpha)
    if groups is None:
        return Skipped(f"ranks need two seeds that every arm has ended; there are {found.n}")
    drawn = cast(results, summaries, MOST)
    shown = [row for row, arm in enumerate(ranked) if arm.id in {kept.id for kept in drawn.arms}]
    bars = _bars(groups, found.mean_ranks, shown)
    notes = [
        f"Mean rank within {count(found.n, 'seed')} by final {label}; 1 is best, runs without a score "
        "share the last place. Arms under one bar cannot be told apart (Nemenyi, "
        f"α = {alpha:g}, critical difference "
        f"{groups.critical_difference:.2f}; Friedman p {equal(found.p)}): an overview, not the test of a "
        "contrast.",
        *_left_out(every, ranked, found.left_out),
        *drawn.notes,
    ]
    sides = -(-len(shown) // 2)
    with style():
        title = f"Critical-difference diagram of {label}"
        arms = [ranked[row] for row in shown]
        body = 0.75 + _BAR * len(bars) + _row(_named(arms)) * (sides + 0.5)
        figure = page(title, body, notes)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(-(body - 0.5), 0.25)  # inches below the scale
        _scale(axes, len(ranked), groups)
        _draw_bars(axes, bars, len(ranked))
        _arms(axes, arms, found.mean_ranks[shown], len(ranked), 0.12 + _BAR * len(bars))
    return figure


def _left_out(every: Sequence[Arm], ranked: Sequence[Arm], seeds: int) -> list[str]:
    notes = [f"{count(seeds, 'seed')} left out: not every arm has ended there."] if seeds else []
    waiting = [printable(arm.summary.name) for arm in every if arm not in ranked]
    if waiting:
        notes.append(f"Without any run that ended, so without a rank: {', '.join(waiting)}.")
    return notes


def _bars(groups: Nemenyi, ranks: Array, shown: Sequence[int]) -> list[tuple[float, float]]:
    """First and last mean rank of every group of two drawn arms or more; none within another."""
    kept: list[tuple[float, float]] = []
    for group in groups.groups:
        inside = [float(ranks[row]) for row in group if row in shown]
        if len(inside) > 1 and not any(low <= min(inside) and max(inside) <= high for low, high in kept):
            kept.append((min(inside), max(inside)))
    return kept


def _across(rank: float, arms: int) -> float:
    """Where a rank stands, from 0 at the left edge to 1; the best is left."""
    return _NAMES + (1.0 - 2.0 * _NAMES) * (rank - 1.0) / (arms - 1.0)


def _scale(axes: Axes, arms: int, groups: Nemenyi) -> None:
    axes.plot([_across(1, arms), _across(arms, arms)], [0.0, 0.0], color=INK, linewidth=0.8)
    for rank in range(1, arms + 1, max(1, arms // 10)):
        axes.plot([_across(rank, arms)] * 2, [0.0, 0.05], color=INK, linewidth=0.8)
        axes.text(_across(rank, arms), 0.07, str(rank), ha="center", va="bottom", fontsize=SMALL)
    if groups.critical_difference <= arms - 1:
        ends = _across(1, arms), _across(1 + groups.critical_difference, arms)
        axes.plot([ends[0], ends[0], ends[1], ends[1]], [0.22, 0.25, 0.25, 0.22], color=INK, linewidth=0.8)
        axes.text(ends[1] + 0.01, 0.25, "critical difference", va="center", fontsize=SMALL)
    axes.text(_across(1, arms) - 0.015, 0.0, "best", ha="right", va="center", fontsize=SMALL, alpha=0.8)
    axes.text(_across(arms, arms) + 0.015, 0.0, "worst", ha="left", va="center", fontsize=SMALL, alpha=0.8)


def _draw_bars(axes: Axes, bars: Sequence[tuple[float, float]], arms: int) -> None:
    for row, (low, high) in enumerate(bars):
        ends = [_across(low, arms) - 0.004, _across(high, arms) + 0.004]
        axes.plot(ends, [-0.08 - _BAR * row] * 2, color=INK, linewidth=2.2, solid_capstyle="butt")


def _named(arms: Sequence[Arm]) -> list[str]:
    """The names, where there are few arms in as many lines as it takes for all of them to be whole."""
    names = labels(arms, _ROOM, SMALL)
    for lines in range(2, _MOST_LINES + 1 if len(arms) <= _FEW else 2):
        if any(ELLIPSIS in name for name in names):
            names = labels(arms, _ROOM, SMALL, lines)
    return names


def _row(names: Sequence[str]) -> float:
    """Inches from one name to the next."""
    return _AIR + _LINE * max(name.count("\n") + 1 for name in names)


def _arms(axes: Axes, arms: Sequence[Arm], ranks: Array, total: int, below: float) -> None:
    """Names at both sides, the better half at the left, each led to its rank by a line that crosses none."""
    order = np.argsort(ranks, kind="stable").tolist()
    half = -(-len(order) // 2)
    names = _named(arms)
    high = _row(names)
    for place, row in enumerate(order):
        left = place < half
        down = -below - high * (1 + (place if left else len(order) - 1 - place))
        side, end = ("right", _NAMES - 0.03) if left else ("left", 1.0 - _NAMES + 0.03)
        arm, at = arms[row], _across(float(ranks[row]), total)
        (lead,) = axes.plot([at, at, end], [0.0, down, down], color=arm.look.color, linewidth=0.9)
        lead.set_gid(gid(arm.index, "lead"))
        (dot,) = axes.plot([at], [0.0], arm.look.marker, color=arm.look.color)
        dot.set_gid(gid(arm.index, "rank"))
        for part, told, gap in (
            ("mean-rank", f"{ranks[row]:.2f}", _GAP),
            ("name", names[row], _GAP + _VALUE),
        ):
            beside = end + (-gap if left else gap) / (WIDE * 72.0)
            text = axes.text(beside, down, told, ha=side, va="center", fontsize=SMALL, multialignment=side)
            text.set_gid(gid(arm.index, part))
