"""What became of every arm's runs: a bar an arm, a part a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.figures._arms import Arm, cast
from bench.figures._page import Skipped, named_rows, page, row_inches
from bench.figures._style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, SMALL, VERMILION, gid, style
from bench.reports._summary import Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.verdict import VERDICTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PENDING = "not ended"
LOOKS = {
    "healthy": (GREEN, ""),
    "collapsed": (VERMILION, "////"),
    "vanished": (PURPLE, "\\\\\\\\"),
    "oscillating": (ORANGE, "...."),
    "diverged": (BLUE, "xxxx"),
    "memorised": (SKY, "----"),
    "unfaithful": (GREY, "||||"),
    "undertrained": ("#C9BC3F", "++"),
    "failed": ("#5B4A3F", "oooo"),
    PENDING: ("none", ""),
}
"""Verdict -> colour and hatch, the same in every figure."""
_NAMES = 165.0
_NARROWEST = 0.05
"""Share of a bar that has room for its count."""


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure: shares of the runs planned, with their counts."""
    drawn = cast(results, summaries)
    arms = [arm for arm in drawn.arms if arm.summary.planned]
    if not arms:
        return Skipped("no arm has a run")
    parts = {arm.id: parts_of(arm.summary) for arm in arms}
    used = [verdict for verdict in LOOKS if any(verdict in found for found in parts.values())]
    with style():
        height = 0.75 + row_inches(arms, _NAMES)[0] * len(arms)
        figure = page("Verdicts of every arm's runs", height, ["Numbers are runs.", *drawn.notes])
        axes = figure.subplots()
        named_rows(axes, arms, _NAMES)
        for row, arm in enumerate(arms):
            _bar(axes, row, arm, parts[arm.id])
        axes.set_xlim(0.0, 1.0)
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        axes.set_xlabel("share of the runs planned")
        _key(axes, used)
    return figure


def parts_of(summary: Summary) -> dict[str, int]:
    """Verdict -> runs, in a fixed order, and those that have none yet."""
    known = {verdict: summary.verdicts[verdict] for verdict in VERDICTS if verdict in summary.verdicts}
    other = sum(runs for verdict, runs in summary.verdicts.items() if verdict not in VERDICTS)
    waiting = len(summary.unfinished)
    return (
        known
        | ({"failed": known.get("failed", 0) + other} if other else {})
        | ({PENDING: waiting} if waiting else {})
    )


def _bar(axes: Axes, row: int, arm: Arm, parts: dict[str, int]) -> None:
    left, total = 0.0, sum(parts.values())
    for verdict, runs in parts.items():
        colour, hatch = LOOKS[verdict]
        share = runs / total
        (bar,) = axes.barh(
            row, share, left=left, height=0.72, facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.5
        )
        bar.set_gid(gid(arm.index, f"bar-{verdict.replace(' ', '-')}"))
        if share >= _NARROWEST:
            paper = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
            text = axes.text(
                left + share / 2,
                row,
                str(runs),
                ha="center",
                va="center",
                fontsize=SMALL,
                color="black",
                bbox=paper,
            )
            text.set_gid(gid(arm.index, f"count-{verdict.replace(' ', '-')}"))
        left += share


def _key(axes: Axes, used: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(
            facecolor=LOOKS[verdict][0], hatch=LOOKS[verdict][1], edgecolor=INK, linewidth=0.5, label=verdict
        )
        for verdict in used
    ]
    axes.legend(
        handles=patches,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=5,
        columnspacing=1.2,
        handlelength=1.6,
        borderaxespad=0.2,
    )
