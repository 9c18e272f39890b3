"""The lines of a comparison.csv as they stand in the file, each with its place, so that mistakes have one."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.csv_cells import read_texts
from bench.problems import UserError
from bench.reports._records import ARM, STUDY
from bench.rows import RUN_COLUMNS
from gan.registry import unknown

_LARGEST_WHOLE = 2**63 - 1
OTHER_VERSION = "another version of ganbench may have written this file"
_ANEW = "make it anew with `ganbench report STUDY --format csv`"


@dataclass(frozen=True)
class Line:
    """One line of the file, and where it is."""

    path: Path
    number: int
    cells: Mapping[str, str]

    def wrong(self, column: str, message: str) -> UserError:
        """The error that says what is wrong with a cell."""
        return UserError(f"{self.path}:{self.number}: column `{column}`: {message}")

    def cell(self, column: str) -> str:
        """What stands there; raises UserError if there is no such column."""
        if column not in self.cells:
            raise self.wrong(column, unknown("column", column, list(self.cells)))
        return self.cells[column]

    def read(self, column: str, kind: Callable[[str], Any], noun: str) -> Any:
        """One value; None of an empty cell. Raises UserError if it is no `noun`."""
        cell = self.cell(column)
        try:
            return kind(cell) if cell else None
        except ValueError:
            raise self.wrong(column, f"{cell[:40]!r} is no {noun}") from None

    def several(self, column: str, n: int, kind: Callable[[str], Any], noun: str) -> list[Any]:
        """n values; none of n = 0 runs. Raises UserError if there are more or fewer, or one is no `noun`."""
        pieces = self.cell(column).split(";") if n else []
        self._check(column, len(pieces), n)
        try:
            return [kind(piece) if piece else None for piece in pieces]
        except ValueError:
            raise self.wrong(column, f"holds something that is no {noun}") from None

    def texts(self, column: str, n: int) -> list[str | None]:
        """n texts. Raises UserError if there are more or fewer."""
        pieces = read_texts(self.cell(column)) if n else []
        self._check(column, len(pieces), n)
        return pieces

    def _check(self, column: str, found: int, n: int) -> None:
        if found != n or (n == 0 and self.cell(column)):
            raise self.wrong(column, f"{found} values for {n} seeds")


def number(text: str) -> float:
    """A number as the file spells it; raises ValueError."""
    # Python reads 1_000 too; nothing that writes a CSV means it.
    if "_" in text:
        raise ValueError(text)
    return float(text)


def whole(text: str) -> int:
    """A whole number of at most 64 bits; raises ValueError."""
    # Longer than any of 64 bits is not even read: Python refuses thousands of digits with words of its own.
    if "_" in text or len(text) > 40 or abs(int(text)) > _LARGEST_WHOLE:
        raise ValueError(text)
    return int(text)


def lines_of(path: Path) -> tuple[list[str], list[Line]]:
    """The names of a comparison.csv's columns, and its lines; one of them at least is the study's.

    Raises:
        UserError: It cannot be read, is no table, or no comparison.csv of this layout.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 at byte {error.start}: no comparison.csv") from None
    before = csv.field_size_limit(sys.maxsize)  # A plan may be long; the limit is the module's, so put back.
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, [])
        found = []
        for cells in reader:
            if len(cells) != len(header):
                said = f"{len(cells)} cells, but the header names {len(header)} columns"
                raise UserError(f"{path}:{reader.line_num}: {said}")
            found.append(Line(path, reader.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        raise UserError(f"{path}:{reader.line_num}: {error}") from None
    finally:
        csv.field_size_limit(before)
    if twice := [name for name in dict.fromkeys(header) if header.count(name) > 1]:
        raise UserError(f"{path}:1: column `{twice[0]}` is there twice")
    if not any(line.cells.get("kind") == STUDY for line in found):
        raise UserError(_no_study(path, header, found))
    return header, found


def _no_study(path: Path, header: list[str], lines: list[Line]) -> str:
    """Why a table without a line for the study cannot be read, by what it seems to be."""
    if tuple(header[:5]) == RUN_COLUMNS[:5]:
        return (
            f"{path}: rows alone, written by `ganbench export`; they lack the plan, which reports need: "
            "`ganbench export STUDY x.parquet` writes all of it"
        )
    if "study" not in header and any(line.cells.get("kind") == ARM for line in lines):
        return f"{path}: another version of ganbench wrote this file, without the `{STUDY}` line; {_ANEW}"
    return (
        f"{path}:2: column `kind`: no line is the `{STUDY}` that ganbench report writes; a file without it "
        f"cannot be read back; {_ANEW}"
    )
