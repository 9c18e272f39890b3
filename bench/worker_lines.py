"""A line for every worker: its cohort, how far that is, how fast it goes, what it scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from bench.at_work import Working
from bench.cells import clean, left, right
from bench.standing import Standing
from bench.wording import ARROWS, NOTHING, count, number

_NAME = 24
"""Columns (or two fifths of all) that the name of a cohort gets before anything but its steps gets any."""
_SCORES = 3
"""Scores that a line has room for."""
_GAP = "  "


@dataclass(frozen=True)
class _Column:
    header: str
    cells: tuple[str, ...]
    figures: bool = True
    """Whether they stand at the right."""

    @property
    def width(self) -> int:
        return max(map(cell_len, (self.header, *self.cells)))

    def lines(self, width: int) -> list[str]:
        align = right if self.figures else left
        return [align(cell, width) for cell in (self.header, *self.cells)]


def workers(standing: Standing, width: int, most: int) -> list[Text]:
    """The lines and a header over them; workers beyond `most` lines are summed up in the last one."""
    working = sorted(standing.working.values(), key=lambda work: (len(work.worker), work.worker))
    shown = working if len(working) <= most else working[: most - 1]
    rest = working[len(shown) :]
    lines = [Text(line) for line in _table(standing, shown, width)] if shown else []
    for header in lines[:1]:
        header.stylize("dim")
    if rest:
        lines.append(Text(_summed(rest, bool(shown)), style="dim"))
    return lines


def _table(standing: Standing, shown: Sequence[Working], width: int) -> list[str]:
    name = _Column("cohort", tuple(clean(work.title) for work in shown), figures=False)
    step = _Column("step", tuple(f"{work.step:,}/{work.steps:,}" for work in shown))
    runs = _Column("runs", tuple(str(len(work.runs)) for work in shown))
    rate = _Column("steps/s", tuple(speed(work.rate) for work in shown))
    worker = _Column("worker", tuple(map(_who, shown)), figures=False)
    scores = [_scored(standing, output, shown) for output in standing.outputs[:_SCORES]]
    room = min(max(_NAME, width * 2 // 5), name.width)
    used = step.width + len(_GAP) + room
    kept = [step]
    # What a narrow terminal has no room for is left out, the least telling first.
    for column in (*scores[:1], rate, worker, *scores[1:], runs):
        if used + len(_GAP) + column.width > width:
            break
        used += len(_GAP) + column.width
        kept.append(column)
    name_width = min(name.width, width - used + room)
    columns = [column.lines(column.width) for column in (worker,) if column in kept]
    columns.append(name.lines(name_width))
    columns += [column.lines(column.width) for column in (runs, step, rate, *scores) if column in kept]
    return [_GAP.join(cells).rstrip() for cells in zip(*columns, strict=True)]


def speed(rate: float | None) -> str:
    """Steps a second, in three digits or whole."""
    if rate is None:
        return NOTHING
    return f"{rate:.3g}" if rate < 1000 else f"{rate:,.0f}"


def _who(work: Working) -> str:
    device = f" {work.device}" if work.device != "cpu" else ""
    attempt = f", attempt {work.attempt}" if work.attempt > 1 else ""
    return clean(f"{work.worker.removeprefix('worker ')}{device}{attempt}")


def _scored(standing: Standing, output: str, shown: Sequence[Working]) -> _Column:
    about = (standing.study or {})["outputs"][output]
    label = f"{about['label']}{ARROWS.get(about['direction'], '')}"
    return _Column(clean(label), tuple(number(work.mean(output), about["digits"]) for work in shown))


def _summed(rest: Sequence[Working], more: bool) -> str:
    shares = [work.step / work.steps for work in rest if work.steps]
    rates = [work.rate for work in rest if work.rate is not None]
    said = f"{'and ' if more else ''}{count(len(rest), 'more worker' if more else 'worker')}"
    if shares:
        said += f", {min(shares):.0%} to {max(shares):.0%} done"
    if rates:
        said += f", {speed(sum(rates))} steps/s together"
    return said
