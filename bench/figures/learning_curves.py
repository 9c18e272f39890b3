"""Mean score over training, with its interval over seeds: a panel an output, a line an arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.figures._arms import MOST_LINES, Arm, all_runs, cast, conclusive
from bench.figures._page import Skipped, page, reference
from bench.figures._style import SMALL, gid, style
from bench.figures._text import printable
from bench.headlines import leading
from bench.reports._summary import BROKEN, Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.stats import Interval
from bench.stats.curves import band
from bench.tracking.histories import Histories
from bench.wording import labelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 6
"""Outputs that a page has room for; the primary one is the first."""
_HIGH = 2.3


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure, from what the runs logged at each evaluation."""
    plan = results.plan
    outputs = [
        output for output in leading(conclusive(plan)[0], plan["outputs"]) if _key(output) in results.logged
    ]
    if not outputs:
        return Skipped("no histories: these rows hold only what runs came to in the end")
    shown = outputs[:MOST_PANELS]
    drawn = cast(results, summaries, MOST_LINES)
    runs = all_runs(results, drawn.arms)
    told = results.histories(
        [run for ids in runs.values() for run in ids], [_key(output) for output in shown]
    )
    if not told:
        return Skipped("no histories: no run has logged a score over its steps")
    curves = {output: {arm.id: _band(told, runs[arm.id], output) for arm in drawn.arms} for output in shown}
    notes = [
        "Mean over the runs that still have a score, with its 95 % Student-t band; a numeral: how many "
        "those are, from where on they are fewer; ×: none has a later score. Dashed: real data scored alike.",
        *drawn.notes,
        *_absent(plan, shown, outputs, drawn.arms, curves),
    ]
    rows = -(-len(shown) // 2)
    with style():
        title = f"Learning curves of {', '.join(str(plan['outputs'][output]['label']) for output in shown)}"
        figure = page(title, _HIGH * rows if len(shown) > 1 else 2.8, notes, drawn.arms)
        panels = figure.subplots(rows, min(2, len(shown)), squeeze=False).flatten()
        for place, (panel, output) in enumerate(zip(panels, shown, strict=False)):
            last = max((step for curve in curves[output].values() for step in curve), default=0)
            for arm in drawn.arms:
                _curve(
                    panel, arm, curves[output][arm.id], place, last, 0.13 if len(drawn.arms) <= 6 else 0.06
                )
            _frame(panel, plan["outputs"][output], results.oracle.get(output))
            _limit(panel, [value for curve in curves[output].values() for value in curve.values()])
        for panel in panels[len(shown) :]:
            panel.set_axis_off()
    return figure


def _key(output: str) -> str:
    return f"score/{output}"


def _band(told: dict[str, Histories], runs: Sequence[str], output: str) -> dict[int, Interval]:
    return band([told[run].get(_key(output), []) for run in runs if run in told])


def _absent(
    plan: dict[str, Any],
    shown: Sequence[str],
    outputs: Sequence[str],
    arms: Sequence[Arm],
    curves: dict[str, dict[str, dict[int, Interval]]],
) -> list[str]:
    """Whom and what the key names and no panel shows."""
    notes = []
    if len(outputs) > len(shown):
        left = ", ".join(str(plan["outputs"][output]["label"]) for output in outputs[len(shown) :])
        notes.append(f"Not drawn for want of room: {printable(left)}.")
    empty = [arm for arm in arms if not any(curves[output][arm.id] for output in shown)]
    if empty:
        named = ", ".join(printable(arm.summary.name) for arm in empty)
        notes.append(f"Without any score, so without a line: {named}.")
    return notes


def _curve(panel: Axes, arm: Arm, curve: dict[int, Interval], place: int, last: int, opacity: float) -> None:
    """Line and band of one arm, with numerals where runs have ended."""
    if not curve:
        return
    steps, values, look = list(curve), list(curve.values()), arm.look
    every = max(1, len(steps) // 8)
    (line,) = panel.plot(
        steps,
        [value.mean for value in values],
        color=look.color,
        linestyle=look.dash,
        linewidth=look.width,
        marker=look.marker,
        markersize=3.0,
        # Markers of different arms stand at different steps.
        markevery=(arm.index % every, every),
    )
    line.set_gid(gid(arm.index, f"line-{place}"))
    low = [value.mean if value.low is None else value.low for value in values]
    high = [value.mean if value.high is None else value.high for value in values]
    shade = panel.fill_between(steps, low, high, color=look.color, alpha=opacity, linewidth=0)
    shade.set_gid(gid(arm.index, f"band-{place}"))
    broken = sum(arm.summary.verdicts.get(verdict, 0) for verdict in BROKEN)
    if broken and steps[-1] < last:
        _ended(panel, arm, (steps[-1], values[-1].mean), "×", f"{place}-end")
    for index in range(1, len(steps)):
        if values[index].n < values[index - 1].n:
            _ended(panel, arm, (steps[index], values[index].mean), str(values[index].n), f"{place}-{index}")


def _ended(panel: Axes, arm: Arm, at: tuple[float, float], text: str, place: str) -> None:
    """A numeral at a point of the line from which on fewer runs go on."""
    label = panel.annotate(
        text, at, (0, 4), textcoords="offset points", ha="center", fontsize=SMALL, color=arm.look.color
    )
    label.set_gid(gid(arm.index, f"n-{place}"))


def _frame(panel: Axes, about: dict[str, Any], oracle: float | None) -> None:
    panel.set_ylabel(printable(labelled(about)))
    panel.set_xlabel("step")
    panel.grid(True)
    panel.margins(x=0.02)
    if oracle is not None:
        reference(panel, oracle)


def _limit(panel: Axes, values: Sequence[Interval]) -> None:
    """Let the bands of few seeds not press the means of all arms together."""
    if not values:
        return
    means = [value.mean for value in values]
    room = 0.3 * ((max(means) - min(means)) or 1.0)
    low, high = panel.get_ylim()
    panel.set_ylim(max(low, min(means) - room), min(high, max(means) + room))
