"""Share of an arm's runs that are at least as good as a score, for every score. Failures never reach any.

Source: Agarwal et al. 2021, arXiv:2108.13264, section 4.2; Dolan and Moré 2002, doi:10.1007/s101070100263.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.figures._arms import MOST_LINES, Arm, cast, conclusive, outcomes
from bench.figures._page import Skipped, page
from bench.figures._style import gid, style
from bench.reports._summary import Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.stats.profiles import Profile, profile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HIGH, _WIDTH = 2.6, 5.1
_SHADED = 6
"""Arms whose bands can be told apart."""
_DECADES = 50.0
"""Scores that span this ratio are shown on a log scale."""


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure, on the output that conclusions rest on; more to the right is harder to reach."""
    output, label, direction = conclusive(results.plan)
    if direction not in ("lower", "higher"):
        return Skipped(f"neither end of {label} is better, so no run is at least as good as another")
    drawn = cast(results, summaries, MOST_LINES)
    scores, failed = outcomes(results, drawn.arms, output)
    known = scores[np.isfinite(scores) & ~failed]
    if len(known) == 0:
        return Skipped(f"no run has a final {label}")
    thresholds = np.unique(known)
    least = 10.0 ** -results.plan["outputs"][output]["digits"]
    decades = known.min() > 0 and known.max() > _DECADES * max(known.min(), least)
    notes = [
        "Share of the runs that ended whose final score is at least as good; runs that diverged, failed or "
        "gave no score never are."
        + (
            " Bands: 95 %, bootstrap over runs; below ten runs they cover less."
            if len(drawn.arms) <= _SHADED
            else ""
        ),
        *([f"The axis ends at {least:g}: less is 0 in tables."] if decades and known.min() < least else []),
        *drawn.notes,
    ]
    with style():
        figure = page(f"Performance profile: {label}", _HIGH, notes, drawn.arms, inches=_WIDTH)
        axes = figure.subplots()
        for row, arm in enumerate(drawn.arms):
            found = profile([scores[row]], [failed[row]], thresholds, direction, np.random.default_rng(0))
            _line(axes, arm, found, direction, len(drawn.arms) <= _SHADED)
        if decades:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda score, _: f"{score:g}")  # Not in TeX, which is not read.
            axes.xaxis.set_minor_formatter("")
            if known.min() < least:
                axes.set_xlim(least, 1.5 * known.max())
        if direction == "lower":
            axes.invert_xaxis()
        axes.set_ylim(-0.03, 1.05)
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        axes.set_ylabel("share of runs")
        axes.set_xlabel(f"final {label} at least as good as (harder →)")
        axes.grid(True)
    return figure


def _line(axes: Axes, arm: Arm, found: Profile, direction: str, shaded: bool) -> None:
    """The share as the step function it is: a run reaches all that is not better than its own score."""
    if found.n == 0:
        return
    steps: Literal["post", "pre"] = "post" if direction == "lower" else "pre"
    (line,) = axes.plot(
        found.thresholds,
        found.share,
        drawstyle=f"steps-{steps}",
        color=arm.look.color,
        linestyle=arm.look.dash,
        linewidth=arm.look.width,
        marker=arm.look.marker,
        markevery=(0.02 * (arm.index % 8), 0.25) if len(found.thresholds) > 1 else None,
    )
    line.set_gid(gid(arm.index, "line"))
    if shaded and found.low is not None and found.high is not None:
        band = axes.fill_between(
            found.thresholds, found.low, found.high, step=steps, color=arm.look.color, alpha=0.12, linewidth=0
        )
        band.set_gid(gid(arm.index, "band"))
