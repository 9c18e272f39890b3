"""Modes held over training: a panel an arm, a thin line a run, and where a collapse set in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.figures._arms import Arm, cast, labels
from bench.figures._page import Skipped, page, reference
from bench.figures._style import FAINT, INK, SMALL, TALL, WIDE, gid, style
from bench.figures._text import printable
from bench.limits import MODES, strictly_counted
from bench.reports._summary import Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.tracking.histories import Histories

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OUTPUT = MODES
_LOGGED = f"score/{OUTPUT}"
_COLUMNS = 5
_HIGH = 1.3


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure, from the scores of each evaluation and from the verdicts' onsets."""
    from matplotlib.ticker import MaxNLocator

    if OUTPUT not in results.plan["outputs"]:
        return Skipped("no output counts modes")
    if _LOGGED not in results.logged:
        return Skipped("no histories: these rows hold only what runs came to in the end")
    drawn = cast(results, summaries)
    rows = {arm.id: results.rows[results.rows["arm"] == arm.id] for arm in drawn.arms}
    told = results.histories([str(run) for frame in rows.values() for run in frame["run_id"]], [_LOGGED])
    lines = min(_COLUMNS, len(drawn.arms))
    high = -(-len(drawn.arms) // lines)
    notes = [
        "A line a run. ×: since this step a run has been collapsed; ○: since then it has had another "
        "verdict than healthy. Dashed: real data counted alike.",
        *([strict] if (strict := strictly_counted(results.plan["outputs"])) else []),
        *drawn.notes,
    ]
    most = max(value for run in told.values() for _, value in run[_LOGGED]) if _any(told) else 1.0
    with style():
        height = min(TALL - 0.7, 0.2 + high * (_HIGH if lines > 1 else 2.0))
        figure = page("Modes held over training, arm by arm", height, notes)
        panels = figure.subplots(high, lines, squeeze=False, sharex=True, sharey=True).flatten()
        room = WIDE * 72.0 / lines - 30.0
        titles = labels(drawn.arms, room, SMALL, lines=2)
        for panel, arm, title in zip(panels, drawn.arms, titles, strict=False):
            panel.set_title(title, fontsize=SMALL, pad=3.0).set_gid(gid(arm.index, "name"))
            _arm(panel, arm, rows[arm.id], told)
            if OUTPUT in results.oracle:
                reference(panel, results.oracle[OUTPUT])
        panels[0].set_ylim(-0.05 * most, 1.08 * max(most, results.oracle.get(OUTPUT, 0.0)))
        panels[0].yaxis.set_major_locator(MaxNLocator(5, integer=True))
        for panel in panels[len(drawn.arms) :]:
            panel.set_axis_off()
        for panel in panels[: len(drawn.arms) : lines]:
            panel.set_ylabel(printable(results.plan["outputs"][OUTPUT]["label"]), fontsize=SMALL)
        for panel in panels[: len(drawn.arms)][-lines:]:
            panel.set_xlabel("step", fontsize=SMALL)
            panel.tick_params(labelbottom=True)
    return figure


def _any(told: dict[str, Histories]) -> bool:
    return any(run.get(_LOGGED) for run in told.values())


def _arm(panel: Axes, arm: Arm, frame: pd.DataFrame, told: dict[str, Histories]) -> None:
    """All runs of one arm, and each one's onset on its own line."""
    drawn = 0
    onsets = {
        place: int(step) for place, step in enumerate(frame["onset"].to_list()) if isinstance(step, int)
    }
    for place, row in enumerate(frame.itertuples()):
        history = told.get(str(row.run_id), {}).get(_LOGGED, [])
        if not history:
            continue
        drawn += 1
        steps, held = zip(*history, strict=True)
        (line,) = panel.plot(steps, held, color=arm.look.color, linewidth=0.8, alpha=0.75)
        line.set_gid(gid(arm.index, f"run-{place}"))
        if place in onsets:
            onset = onsets[place]
            at = min(range(len(steps)), key=lambda index: abs(steps[index] - onset))
            collapsed = row.verdict == "collapsed"
            (mark,) = panel.plot(
                [steps[at]],
                [held[at]],
                "x" if collapsed else "o",
                color=INK,
                markersize=4.0 if collapsed else 3.5,
                fillstyle="none",
                markeredgewidth=0.9,
                zorder=3,
            )
            mark.set_gid(gid(arm.index, f"onset-{place}"))
    if not drawn:
        text = panel.text(
            0.5, 0.5, "no run has\na score", transform=panel.transAxes, ha="center", va="center", alpha=FAINT
        )
        text.set_gid(gid(arm.index, "nothing"))
