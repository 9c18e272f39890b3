"""Values as cells of a CSV that a spreadsheet may open, and back, with nothing lost.

A number is written at full precision, nothing as an empty cell. Text that a spreadsheet would take for a
formula (it begins with =, +, -, @, a tab or a line's end, and is no number) gets an apostrophe before it;
so does text that begins with one, and the empty text is one alone. Several values stand in one cell with
semicolons between them; in a text a backslash comes before a semicolon, and `\\n`, `\\r` are line ends.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from bench.stats import Interval

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_CODES = {"\\": "\\\\", ";": "\\;", "\n": "\\n", "\r": "\\r"}
_PLAIN = {code[1]: sign for sign, code in _CODES.items()} | {"0": ""}
_EMPTY = "\\0"
"""The empty text among several; nothing at all is a missing one."""


def text(value: str | None) -> str:
    """A cell of one text."""
    if value is None:
        return ""
    risky = value == "" or (value.startswith(_RISKY) and not _is_number(value))
    return f"'{value}" if risky else value


def read_text(cell: str) -> str | None:
    """What `text` made a cell of."""
    return None if cell == "" else cell.removeprefix("'")


def texts(values: Iterable[str | None]) -> str:
    """A cell of several texts."""
    joined = ";".join(
        ""
        if value is None
        else _EMPTY
        if value == ""
        else re.sub(r"[\\;\n\r]", lambda s: _CODES[s[0]], value)
        for value in values
    )
    return text(joined) if joined else ""


def read_texts(cell: str) -> list[str | None]:
    """What `texts` made a cell of; an empty cell is one missing text."""
    pieces = re.findall(r"(?:^|;)((?:[^\\;]|\\.)*)", read_text(cell) or "", flags=re.DOTALL)
    return [_decoded(piece) if piece else None for piece in pieces]


def _decoded(piece: str) -> str:
    return re.sub(r"\\(.)", lambda code: _PLAIN.get(code[1], code[1]), piece, flags=re.DOTALL)


def number(value: float | None) -> str:
    """A cell of one number."""
    return "" if value is None or value != value else repr(float(value))


def whole(value: int | None) -> str:
    """A cell of one whole number."""
    return "" if value is None else str(int(value))


def interval(name: str, value: Interval | None) -> dict[str, str]:
    """Three cells: `<name>.mean`, `.low` and `.high`."""
    ends = (None, None, None) if value is None or not value.n else (value.mean, value.low, value.high)
    return {f"{name}.{end}": number(x) for end, x in zip(("mean", "low", "high"), ends, strict=True)}


def table(lines: Sequence[Mapping[str, str]]) -> str:
    """The CSV of lines that have the same columns; at least one."""
    told = io.StringIO()
    writer = csv.DictWriter(told, fieldnames=list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return told.getvalue()


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
