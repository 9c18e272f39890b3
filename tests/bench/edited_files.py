"""Files of results as somebody leaves them who has had them open in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from factor_studies import study

from bench.reports.comparison_csv import ComparisonCsv
from bench.reports.page import Page
from bench.rows import Results

Table = list[list[str]]
LEVELS = {"loss": ["hinge", "relativistic"], "r1": ["off", "on"]}


def study_of_four(**changes: Any) -> Results:
    """Two losses with and without R1, three seeds."""
    return study(LEVELS, lambda levels, seed: 3.0 * len(levels["loss"]) + seed, seeds=3, **changes)


def written(found: Results, folder: Path) -> tuple[Path, Table]:
    """Its comparison.csv, and the cells of that."""
    (path,) = ComparisonCsv().write(found, folder)
    with path.open(newline="", encoding="utf-8") as file:
        return path, list(csv.reader(file))


def rewrite(path: Path, table: Table) -> None:
    """Put other cells there."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(table)


def edited(folder: Path, line: int, column: str, value: str) -> Path:
    """A comparison.csv of which one cell is another; lines count from 1, the header's."""
    path, table = written(study_of_four(), folder)
    at = table[0].index(column)
    table[line - 1][at] = value
    rewrite(path, table)
    return path


def page(found: Results, folder: Path) -> bytes:
    """The page of reports."""
    (path,) = Page().write(found, folder)
    return path.read_bytes()
