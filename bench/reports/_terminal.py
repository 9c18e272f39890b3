"""The comparison at a glance, for the end of a run in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.headlines import leading
from bench.reports._estimates import plus_minus
from bench.reports._protocols import mixture
from bench.reports._published import terminal
from bench.reports._summary import Cell, Summary, summarise
from bench.rows import Results
from bench.wording import NOTHING, labelled, number

if TYPE_CHECKING:
    from rich.console import RenderableType

CAPTION = (
    "mean ± half of its 95 % interval over seeds; *: best; "
    "†: not distinguishable from it; ‡: has runs without a score"
)

MOST = 6
"""Outputs that a terminal has room for."""


def render(results: Results) -> RenderableType:
    """One line an arm: healthy runs, final mean ± half of its 95 % interval of each headline output.

    Names are shown as they are: nothing in them is read as markup.
    """
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    plan = results.plan
    about = plan["outputs"]
    ranked = leading(plan["primary"], about)
    outputs, rest = ranked[:MOST], ranked[MOST:]
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("arm", overflow="fold", min_width=16)
    table.add_column("healthy", justify="right")
    for name in outputs:
        label = Text(labelled(about[name]))
        table.add_column(label, justify="right")
    oracle = [number(results.oracle.get(name), about[name]["digits"]) for name in outputs]
    table.add_row("oracle (real data)", NOTHING, *oracle, style="dim")
    for summary in summarise(results):
        if summary.reason is not None:
            table.add_row(Text(summary.name), "n/a", *[NOTHING] * len(outputs), style="dim")
            continue
        scores = [_score(summary.cells[name], about[name]["digits"]) for name in outputs]
        leads = [summary.cells[name].leads for name in outputs]
        cells = [Text(text, "bold" if lead else "") for text, lead in zip(scores, leads, strict=True)]
        table.add_row(Text(summary.name, "bold" if any(leads) else ""), _healthy(summary), *cells)
    cautions = [Text(f"caution: {caution}", style="yellow") for caution in plan.get("cautions", ())]
    marks = [Text(line, style="bold red") for line in mixture(results)]
    told = [Text(line) for line in terminal(results)]
    # Not the table's own caption, which loses words where it is wider than the table.
    return Group(table, Text(CAPTION + _left_out(rest)), *told, *marks, *cautions)


def _left_out(outputs: list[str]) -> str:
    """Where to find what is not in the table."""
    return f"; in comparison.md also {', '.join(outputs)}" if outputs else ""


def _healthy(summary: Summary) -> str:
    waiting = f" (+{len(summary.unfinished)} pending)" if summary.unfinished else ""
    return f"{summary.healthy}/{summary.ended}{waiting}"


def _score(cell: Cell, digits: int) -> str:
    marks = "*" * cell.leads + "†" * cell.tied + "‡" * (cell.unscored > 0)
    return plus_minus(cell.final, digits) + marks
