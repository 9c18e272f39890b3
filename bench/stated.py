"""The statistics that a comparison.csv states, beside what its runs come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.csv_cells import read_text
from bench.csv_lines import OTHER_VERSION, Line
from bench.problems import UserError
from bench.reports import _records as fields
from bench.rows import Results
from bench.verdict import VERDICTS
from bench.wording import count
from gan.registry import nearest

_CLOSE = {"rel_tol": 1e-9, "abs_tol": 1e-12}
"""Less is what another machine's arithmetic or a spreadsheet's 15 digits leave of equal numbers."""
_NAMES = ("arm", "name", fields.SEEDS, *fields.OF_RUNS.values())
"""Columns that are no statistics: results are read from them."""


def compare(
    results: Results, header: Sequence[str], lines: Sequence[Line], note: Callable[[str], None]
) -> None:
    """Tell `note` in a line of the first cell that says otherwise than its runs, and how many there are.

    The statistics are kept in the results, so that reports need not compute them again.

    Raises:
        UserError: The file has a column that this version does not write.
    """
    ours = fields.records(results)
    _refuse_strangers(header, lines, list(ours[0]))
    read = {*_NAMES, *fields.factor_fields(results.plan).values()}
    stated = [column for column in header if column not in read and not column.endswith(".values")]
    by_arm = {read_text(line["arm"]): line for line in ours[2:]}
    found = [
        (line, column, line.cells[column], computed.get(column, ""))
        for line in lines
        if (computed := _computed(line, ours[1], by_arm)) is not None
        for column in stated
        if not _same(line.cells[column], computed.get(column, ""))
    ]
    if found:
        line, column, said, comes = found[0]
        cells = f"{count(len(found), 'cell')} {'differs' if len(found) == 1 else 'differ'}"
        note(
            f"Note: {line.path}: line {line.number}, column {column} says {said[:40]!r}, its runs come to "
            f"{comes or 'nothing'} ({cells}); what is written is computed anew"
        )


def _computed(line: Line, oracle: Mapping[str, str], arms: Mapping[Any, Any]) -> Mapping[str, str] | None:
    """What the line would say; None of the study's own, which holds no statistics."""
    if line.cells["kind"] == fields.STUDY:
        return None
    return oracle if line.cells["kind"] == fields.ORACLE else arms[read_text(line.cells["arm"])]


def _refuse_strangers(header: Sequence[str], lines: Sequence[Line], known: list[str]) -> None:
    # Columns of tests are there for the verdicts that occur: an edit may have made one disappear.
    tests = {f"{verdict}.{field}" for verdict in VERDICTS for field in ("p", "p_holm")}
    for column in header:
        if column not in tests and column not in known:
            guess = nearest(column, known)
            hint = f"; did you mean {guess!r}?" if guess else ""
            said = f"column `{column}`: unknown column {column!r}{hint} ({OTHER_VERSION})"
            raise UserError(f"{lines[0].path}:1: {said}")


def _same(said: str, ours: str) -> bool:
    if said.casefold() == ours.casefold():
        return True
    try:
        one, other = float(said), float(ours)
    except ValueError:
        return False
    return math.isclose(one, other, **_CLOSE) or (math.isnan(one) and math.isnan(other))
