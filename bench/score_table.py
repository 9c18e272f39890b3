"""The report of `ganbench score` as a person reads it: numbers, cautions, how they arose, a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.scoring import ScoreReport
from bench.wording import ARROWS, number, short


def table(report: ScoreReport) -> RenderableType:
    """The whole report."""
    title = f"{report.n:,} samples against {report.data}"
    grid = Table(title=title, title_justify="left", title_style="bold")
    grid.add_column("")
    for heading in ("samples", "real data", "at best"):
        grid.add_column(heading, justify="right")
    for output in report.outputs:
        values = (report.scores[output.name], report.oracle[output.name], output.ceiling)
        label = output.label + ARROWS.get(output.direction, "")
        grid.add_row(label, *(number(value, output.digits) for value in values))
    said = report.reason and f": {report.reason}"
    return Group(
        grid,
        *(Text(f"Beware: {caution}") for caution in report.cautions),
        *(Text(line, style="dim") for line in protocol_lines(report.protocol)),
        Text(f"Verdict: {report.verdict}{said or ''}", style="bold"),
    )


def protocol_lines(protocol: Mapping[str, Any]) -> list[str]:
    """What the numbers depend on: the samples, each metric with its options, the libraries."""
    counts = f"{protocol['n_fake']:,} samples against {protocol['n_real']:,} real ones"
    lines = [f"{counts}: {protocol['reference']} ({protocol['split']}, seed {protocol['split_seed']})"]
    for metric, options in protocol["metrics"].items():
        if options:
            shown = ", ".join(f"{name} {short(value)}" for name, value in options.items())
            lines.append(f"{metric}: {shown}")
    lines.append(", ".join(f"{name} {version}" for name, version in protocol["versions"].items()))
    return lines
