"""The picture of a study as lines of a terminal: never wider than it is, never more than it has."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from bench.cells import clean
from bench.clock import duration
from bench.mirrored import sentence
from bench.standing import Standing
from bench.tracking import Standing as Record
from bench.wording import count
from bench.worker_lines import workers

_BAR = 10
"""Columns of the shortest bar worth drawing."""
_GAP = "  "
_BETWEEN = " · "
_STYLES = {"healthy": "green", "failed": "bold red"}


def frame(standing: Standing, record: Record | None, now: float, width: int, height: int) -> list[Text]:
    """How far everything is, who works on what, what became of the runs, and what MLflow has.

    Args:
        standing: The fold of the journal.
        record: How far MLflow is behind it; None leaves it out.
        now: Seconds since the epoch.
        width: Columns of the terminal.
        height: Most lines.
    """
    end = verdict_lines(standing, width)
    if record is not None:
        style = "yellow" if record.error else "dim"
        end.append(Text(f"MLflow: {clean(sentence(record, now))}", style=style))
    # The header of the workers' lines takes one.
    room = max(1, height - 2 - len(end))
    lines = [overall(standing, now, width), *workers(standing, width, room), *end]
    for line in lines:
        line.no_wrap = True
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def overall(standing: Standing, now: float, width: int) -> Text:
    """The runs that are done, a bar, and the time left, if there is a basis for saying so."""
    said = f"{standing.done} of {count(standing.planned, 'run')}"
    if standing.trials:
        said += f", {count(len(standing.trials), 'trial')}"
    seconds = standing.time_left(now)
    time_left = f"about {duration(seconds)} left" if seconds is not None else ""
    room = width - cell_len(said) - cell_len(time_left) - 2 * len(_GAP)
    parts = [Text(said, style="bold")]
    if room >= _BAR and standing.planned:
        full = int(room * standing.progress() / standing.planned)
        parts.append(Text.assemble(("━" * full, "green"), ("─" * (room - full), "dim")))
    if time_left:
        parts.append(Text(time_left, style="cyan"))
    return Text(_GAP).join(parts)


def verdict_lines(standing: Standing, width: int) -> list[Text]:
    """Runs by verdict, and how often there was trouble; on a narrow terminal in several lines."""
    parts = [
        Text(f"{verdict} {n}", style=_STYLES.get(verdict, "")) for verdict, n in standing.counts().items()
    ]
    if standing.interrupted:
        parts.append(Text(f"interrupted {standing.interrupted:,}"))
    if standing.warnings:
        parts.append(Text(count(standing.warnings, "warning"), style="yellow"))
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(_BETWEEN) + part.cell_len <= width:
            lines[-1] += Text(_BETWEEN) + part
        else:
            lines.append(Text() + part)
    return lines or [Text("no run has ended yet", style="dim")]
