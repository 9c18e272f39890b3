"""A comparison of arms as LaTeX floats that fit a page each, and its notes once, in the text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.reports import _tex
from bench.reports._document import Table

Widths = tuple[float | None, ...]
"""Of a table's columns in shares of the line; None: as wide as what stands in it."""
_TEXT = 345.0
"""Points of a line in a plain article."""
_SIZES = (("footnotesize", 5.0, 38), ("scriptsize", 4.4, 52))
"""Sizes from large to small: points of a letter, with what lines lose by ending between words, and lines of
a table on one page."""
_FLOAT = r"""\begin{table}[htbp]
\centering
\caption{%s}
\%s
\setlength{\tabcolsep}{3pt}
\begin{tabular}{@{}%s@{}}
\toprule
%s
\bottomrule
\end{tabular}
\end{table}
"""
_NOTES = r"""\par\medskip
{\scriptsize\setlength{\parindent}{0pt}\raggedright\sloppy
%s
}
"""


def document(tables: Sequence[Table], widths: Mapping[tuple[str, ...], Widths], notes: Sequence[str]) -> str:
    """Floats for LaTeX with booktabs, each no taller than a page, and a paragraph a note.

    Args:
        tables: What is shown.
        widths: Header of a table -> its columns.
        notes: What is said of all tables together, which is more than there is room for in a float.
    """
    floats = [one for table in tables for one in _floats(table, widths[tuple(c.text for c in table.header)])]
    told = "\n".join(f"{_tex.breakable(note)}\\par" for note in notes)
    return "\n".join(["% Needs \\usepackage{booktabs}.", *floats, _NOTES % told])


def _floats(table: Table, widths: Widths) -> list[str]:
    """One in large letters, or as many in small ones as it takes."""
    (large, letter, most), (small, _, _) = _SIZES
    if sum(_tall(table, widths, letter)) <= most:
        return [_float(table, widths, large)]
    parts = _parts(table, widths)
    if len(parts) > 1:
        parts = [
            replace(part, caption=f"{part.caption} (part {number} of {len(parts)})")
            for number, part in enumerate(parts, 1)
        ]
    return [_float(part, widths, small) for part in parts]


def _parts(table: Table, widths: Widths) -> list[Table]:
    """The rows in as few parts of about the same height as fit a page each."""
    _, letter, most = _SIZES[-1]
    tall = _tall(table, widths, letter)
    room = max(sum(tall) / math.ceil(sum(tall) / most), max(tall))
    parts: list[Table] = []
    start, height = 0, 0
    for at, lines in enumerate(tall):
        # A row joins the part in which the larger share of it lies.
        if at > start and (height + lines / 2 > room or height + lines > most):
            parts.append(replace(table, rows=table.rows[start:at]))
            start, height = at, 0
        height += lines
    return [*parts, replace(table, rows=table.rows[start:])]


def _tall(table: Table, widths: Widths, letter: float) -> list[int]:
    """Lines that each row takes in letters of so many points."""
    return [
        max(
            math.ceil(len(cell.text) * letter / (width * _TEXT)) if width else 1
            for cell, width in zip(row, widths, strict=True)
        )
        for row in table.rows
    ]


def _float(table: Table, widths: Widths, size: str) -> str:
    head, rows = _tex.lines(table, [at for at, width in enumerate(widths) if width])
    columns = "".join(rf"p{{{width:g}\linewidth}}" if width else "r" for width in widths)
    body = "\n".join([head, r"\midrule", *rows])
    return _FLOAT % (_tex.escape(table.caption), size, columns, body)
