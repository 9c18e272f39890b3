"""Results read back from a comparison.csv: the same rows, and so the same tables, without any record."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.csv_cells import read_text, read_texts
from bench.problems import UserError
from bench.reports import _records as fields
from bench.rows import SUFFIXES, Results, factor_column, framed
from gan.registry import unknown


@dataclass(frozen=True)
class _Line:
    """One line of the file, and where it is."""

    path: Path
    number: int
    cells: Mapping[str, str]

    def wrong(self, column: str, message: str) -> UserError:
        return UserError(f"{self.path}:{self.number}: column `{column}`: {message}")

    def cell(self, column: str) -> str:
        if column not in self.cells:
            raise self.wrong(column, unknown("column", column, list(self.cells)))
        return self.cells[column]

    def read(self, column: str, kind: Callable[[str], Any], noun: str) -> Any:
        cell = self.cell(column)
        try:
            return kind(cell) if cell else None
        except ValueError:
            raise self.wrong(column, f"{cell[:40]!r} is no {noun}") from None

    def several(self, column: str, n: int, kind: Callable[[str], Any], noun: str) -> list[Any]:
        """n values; none of n = 0 runs."""
        pieces = self.cell(column).split(";") if n else []
        self.check(column, len(pieces), n)
        try:
            return [kind(piece) if piece else None for piece in pieces]
        except ValueError:
            raise self.wrong(column, f"holds something that is no {noun}") from None

    def texts(self, column: str, n: int) -> list[str | None]:
        pieces = read_texts(self.cell(column)) if n else []
        self.check(column, len(pieces), n)
        return pieces

    def check(self, column: str, found: int, n: int) -> None:
        if found != n or (n == 0 and self.cell(column)):
            raise self.wrong(column, f"{found} values for {n} seeds")


def read(path: Path) -> Results:
    """What a comparison.csv says, as its results were when it was written.

    Pictures, curves over training and links into MLflow are not in it.

    Raises UserError, with file, line and column, if it is not such a file or something in it is amiss.
    """
    lines = _lines(path)
    first = lines[0]
    told = _study(first)
    plan, kinds = told["plan"], [line.cell("kind") for line in lines[1:]]
    known = (fields.ORACLE, fields.ARM, fields.DECLINED)
    for line, kind in zip(lines[1:], kinds, strict=True):
        if kind not in known:
            raise line.wrong("kind", unknown("kind of line", kind, known))
    arms = [line for line, kind in zip(lines[1:], kinds, strict=True) if kind != fields.ORACLE]
    if len(arms) != len(plan["arms"]):
        raise first.wrong("study", f"tells of {len(plan['arms'])} arms, and {len(arms)} lines follow")
    rows: list[dict[str, Any]] = []
    whole = []
    columns = fields.factor_fields(plan)
    for more, line in zip(plan["arms"], arms, strict=True):
        arm, runs = _arm(line, plan, columns)
        whole.append({**arm, **more})
        rows += runs
    plan = {**plan, "arms": whole}
    oracle = {
        name.removesuffix(".final.mean"): line.read(name, float, "number")
        for line, kind in zip(lines[1:], kinds, strict=True)
        if kind == fields.ORACLE
        for name, cell in line.cells.items()
        if cell and name.endswith(".final.mean")
    }
    return Results(framed(plan, rows), oracle, told["protocols"], plan, told["outside"])


def _lines(path: Path) -> list[_Line]:
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
            found.append(_Line(path, reader.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        raise UserError(f"{path}:{reader.line_num}: {error}") from None
    finally:
        csv.field_size_limit(before)
    if twice := [name for name in dict.fromkeys(header) if header.count(name) > 1]:
        raise UserError(f"{path}:1: column `{twice[0]}` is there twice")
    if not found or "kind" not in header or found[0].cells["kind"] != fields.STUDY:
        raise UserError(
            f"{path}:2: column `kind`: the first line must be the `{fields.STUDY}` that ganbench report "
            "writes; a file without it cannot be read back"
        )
    return found


def _study(line: _Line) -> dict[str, Any]:
    try:
        told = json.loads(line.cell("study"))
        outputs, factors = told["plan"]["outputs"], told["plan"]["factors"]
        sound = all(isinstance(part, dict) for part in (outputs, factors, told["protocols"]))
        sound = sound and isinstance(told["plan"]["arms"], list) and isinstance(told["outside"], int)
        sound = sound and all(key in told["plan"] for key in ("name", "seeds", "primary"))
        sound = sound and told["plan"]["primary"] in outputs
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise line.wrong("study", "is not the plan that ganbench report writes")
    return dict(told)


def _arm(
    line: _Line, plan: dict[str, Any], columns: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An arm of the plan, and the rows of its runs."""
    seeds = line.cell(fields.SEEDS)
    n = len(seeds.split(";")) if seeds else 0
    values: dict[str, list[Any]] = {"seed": line.several(fields.SEEDS, n, int, "whole number")}
    if None in values["seed"]:
        raise line.wrong(fields.SEEDS, "a seed is missing")
    for name in fields.TEXTS:
        values[name] = line.texts(fields.OF_RUNS[name], n)
    for name in fields.WHOLE:
        values[name] = line.several(fields.OF_RUNS[name], n, int, "whole number")
    for name in fields.NUMBERS:
        values[name] = line.several(fields.OF_RUNS[name], n, float, "number")
    for output in plan["outputs"]:
        for suffix, dtype in SUFFIXES.items():
            kind, noun = (int, "whole number") if dtype == "Int64" else (float, "number")
            values[f"{output}.{suffix}"] = line.several(f"{output}.{suffix}.values", n, kind, noun)
    levels = {factor: read_text(line.cell(column)) for factor, column in columns.items()}
    arm: dict[str, Any] = {"id": read_text(line.cell("arm")), "name": read_text(line.cell("name"))}
    arm["levels"] = {factor: level for factor, level in levels.items() if level is not None}
    arm["reason"] = read_text(line.cell("reason")) if line.cell("kind") == fields.DECLINED else None
    ids = zip(values["run_id"], values["seed"], strict=True)
    arm["runs"] = [{"id": run, "seed": seed} for run, seed in ids]
    told = {"study": plan["name"], "arm": arm["id"], "arm_name": arm["name"]}
    told |= {factor_column(factor): arm["levels"].get(factor) for factor in plan["factors"]}
    return arm, [
        {**told, **dict(zip(values, run, strict=True))} for run in zip(*values.values(), strict=True)
    ]
