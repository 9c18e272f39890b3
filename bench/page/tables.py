"""The comparison as tables of a page: the numbers of comparison.md, with what sorting and filtering need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.page.findings import asked, sure
from bench.page.wording import shortened
from bench.reports._columns import MAIN, ORACLE, OTHER
from bench.reports._columns import Column as Of
from bench.reports._diagnostics import ABOUT, diagnostic_outputs
from bench.reports._document import Block, Paragraph, Text
from bench.reports._document import Table as Plain
from bench.reports._first import First, first
from bench.reports._notes import chosen, notes
from bench.reports._sections import further_tables
from bench.reports._sections import two_way as two_way_blocks
from bench.reports._summary import Cell
from bench.reports._tables import diagnostics_table
from bench.reports._tables import main_table as plain_table
from bench.reports._view import Shaped
from bench.wording import minus

_ABREAST = 10
"""Columns beside the first that paper has room for."""
HINTS = {
    "n": "runs with a final score / runs planned",
    "healthy": "share of the runs that ended, with its Wilson interval",
    "final": "mean over seeds with its 95 % Student-t interval",
    "difference": "final minus the baseline's, paired by seed",
    "p_holm": "two-sided sign-flip test of Δ, Holm-corrected",
    "best": "each run's best evaluation: it flatters; conclude from final",
    "verdicts": "verdicts of the other runs",
    "seconds": "mean seconds of training",
}
"""What a column holds, for whoever points at it."""
_DRAWN = (
    "The drawing beside Δ has one scale for all arms; it is filled where the interval excludes 0 and p "
    "(Holm) is below α."
)
_LONGEST = 160
_LONG = 40
"""Characters of a name from which on its column has to be wide."""


@dataclass(frozen=True)
class Column:
    """One column."""

    label: str
    numeric: bool = True
    hint: str = ""
    """What it holds, for whoever points at it."""
    drawn: bool = False
    """Whether the differences in it are drawn beside it."""


@dataclass(frozen=True)
class Shown:
    """One cell."""

    text: str
    value: float | None = None
    """What it is sorted by; None comes last."""
    marks: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Drawn:
    """A difference as a small drawing: all in per cent of its width."""

    low: float
    high: float
    mean: float
    zero: float
    sure: bool


@dataclass(frozen=True)
class Row:
    """One arm, or the oracle."""

    index: int | None
    """Place in the plan; None for the oracle."""
    name: str
    cells: tuple[Shown, ...]
    strong: bool = False
    baseline: bool = False
    reason: str | None = None
    """Why it does not apply; it has no cells then."""
    drawn: Drawn | None = None

    @property
    def short(self) -> str:
        """The name as a row has room for it."""
        return shortened(self.name, _LONGEST)


@dataclass(frozen=True)
class Table:
    """One output, or several that only describe."""

    key: str
    """For ids."""
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def long(self) -> bool:
        """Whether names are so long that their column has to be wide."""
        return any(len(row.name) > _LONG for row in self.rows)


def main_table(view: Shaped) -> Table:
    """The output that conclusions rest on, with all that is known of the runs; or the columns asked for."""
    found = first(view, MAIN)
    columns = [column for column in found.columns if column.name != "arm"]
    drawn: dict[str, Drawn | None] = {}
    if found.leading is not None:
        cells = {arm.id: arm.cells[found.leading] for arm in view.shown}
        places = _places(list(cells.values()), asked(view.results).alpha)
        drawn = {arm: places.get(id(cell)) for arm, cell in cells.items()}
    arms = _arms(view, found.leading, columns, drawn)
    where = {arm.id: index for index, arm in enumerate(view.summaries)}
    declined = [Row(where[arm.id], arm.name, (), reason=arm.reason) for arm in view.declined]
    heads = _heads(columns, found.leading)
    lines: Sequence[Block] = notes(view, view.primary, set(), main=True)
    if view.shape.columns:
        lines = chosen(view, found, plain_table(view))
    told = _told(lines, any(head.drawn for head in heads))
    return Table("main", _caption(view, found), heads, (_real(columns), *arms, *declined), told)


def two_way(view: Shaped) -> list[Table]:
    """The table of two factors, if one was asked for."""
    if not view.shape.pivot:
        return []
    grid, about = two_way_blocks(view)
    tables = _as_it_is(grid, "two-way", {})
    return [*tables[:-1], replace(tables[-1], notes=_told(about))]


def _caption(view: Shaped, found: First) -> str:
    who = view.who[0].upper() + view.who[1:]
    if found.outputs == (view.primary,):
        return f"{who} on {view.columns.about[view.primary]['label']}, the output that conclusions rest on"
    labels = [view.columns.about[output]["label"] for output in found.outputs]
    return f"{who} on {' and '.join(labels)}" if labels else who


def other_tables(view: Shaped) -> list[Table]:
    """The other outputs that may rank arms, a table each, and one of all that only describe."""
    plan, tables = view.plan, []
    apart = {view.primary, *diagnostic_outputs(plan)}
    names = [name for name in OTHER if name != "arm"]
    for place, output in enumerate(plan["outputs"]):
        if output not in apart:
            columns = [view.columns.named(name, output) for name in names]
            heads = _heads(columns)
            rows = (_real(columns), *_arms(view, output, columns, {}))
            label = view.columns.about[output]["label"]
            told = _told(notes(view, output, set()))
            tables.append(Table(f"output-{place}", label, heads, rows, told))
    return tables


def further(view: Shaped) -> list[Table]:
    """What else the comparison holds: centres, spreads and sizes, verdicts, ranks, pairs, diagnostics."""
    tables: list[Table] = []
    where = {arm.name: index for index, arm in enumerate(view.summaries)}
    grid = diagnostics_table(view)
    described: list[Block] = [grid, Paragraph(ABOUT)] if grid is not None else []
    for block in [*further_tables(view), *described]:
        if isinstance(block, Plain):
            tables += _as_it_is(block, f"further-{len(tables)}", where)
        elif isinstance(block, Paragraph) and tables:
            tables[-1] = replace(tables[-1], notes=(*tables[-1].notes, f"{block.lead}{block.text}"))
    return tables


def _as_it_is(grid: Plain, key: str, where: Mapping[str, int]) -> list[Table]:
    """A table which is read and not sorted, its rows arms, or pairs of them; a wide one comes in parts.

    Args:
        grid: The table.
        key: For ids.
        where: Name of an arm -> its place in the plan.
    """
    tables, columns = [], len(grid.header) - 1
    arms = where if grid.left == 1 else {}
    each = -(-columns // -(-columns // _ABREAST))
    each += each % 2  # A share and its p stay together.
    for part, start in enumerate(range(1, columns + 1, each)):
        places = range(start, min(start + each, columns + 1))
        heads = [Column(grid.header[at].text, numeric=at >= grid.left) for at in (0, *places)]
        rows = tuple(
            Row(
                arms.get(row[0].text), row[0].text, tuple(_shown(row[at], None) for at in places), row[0].bold
            )
            for row in grid.rows
        )
        caption = grid.caption if part == 0 else f"{grid.caption}, continued"
        tables.append(Table(f"{key}-{part}", caption, tuple(heads), rows))
    return tables


def _heads(columns: Sequence[Of], drawn: str | None = None) -> tuple[Column, ...]:
    """What stands above columns; differences of the output `drawn` are drawn."""
    told = [
        Column(
            column.header.text,
            not column.is_text and column.name != "verdicts",
            HINTS.get(column.name, ""),
            drawn=column.name == "difference" and column.output == drawn,
        )
        for column in columns
    ]
    return (Column("arm", numeric=False), *told)


def _arms(
    view: Shaped, output: str | None, columns: Sequence[Of], drawn: Mapping[str, Drawn | None]
) -> list[Row]:
    """One row an arm that applies; the best on `output` is strong."""
    where = {arm.id: index for index, arm in enumerate(view.summaries)}
    return [
        Row(
            index=where[arm.id],
            name=arm.name,
            cells=tuple(_shown(column.cell(arm), column.value(arm)) for column in columns),
            strong=output is not None and arm.cells[output].leads,
            baseline=arm.id == view.plan.get("baseline"),
            drawn=drawn.get(arm.id),
        )
        for arm in view.shown
    ]


def _real(columns: Sequence[Of]) -> Row:
    return Row(None, ORACLE, tuple(_shown(column.oracle, None) for column in columns))


def _shown(text: Text, value: float | str | None) -> Shown:
    told = text.text if text.named else minus(text.text)
    known = float(value) if isinstance(value, int | float) and math.isfinite(value) else None
    return Shown(told, known, text.tail.strip(), text.bold)


def _places(cells: Sequence[Cell], alpha: float) -> dict[int, Drawn]:
    """Each difference on one common scale, by the identity of its cell; one whose ends are finite."""
    values = {
        id(cell): (cell, cell.difference.interval)
        for cell in cells
        if cell.difference is not None
        and all(
            end is not None and math.isfinite(end)
            for end in (cell.difference.interval.low, cell.difference.interval.high)
        )
    }
    if not values:
        return {}
    # Few seeds make intervals that would press everything else together: they are cut at the frame.
    most = 2.0 * max(abs(value.mean) for _, value in values.values())
    ends = [end for _, v in values.values() for end in (v.low, v.high) if end is not None]
    if most:
        ends = [max(-most, min(most, end)) for end in ends]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = (high - low) or 1.0

    def place(x: float) -> float:
        return round(min(100.0, max(0.0, 4.0 + 92.0 * (x - low) / span)), 1)

    return {
        key: Drawn(place(v.low or 0.0), place(v.high or 0.0), place(v.mean), place(0.0), sure(cell, alpha))
        for key, (cell, v) in values.items()
    }


def _told(blocks: Sequence[Block], drawn: bool = False) -> tuple[str, ...]:
    """What the signs of a table mean."""
    told = [f"{block.lead}{block.text}" for block in blocks if isinstance(block, Paragraph)]
    return (*told, _DRAWN) if drawn else tuple(told)
