"""Results read back from a comparison.csv: the same rows, and so the same tables, without any record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.csv_cells import read_text
from bench.csv_lines import OTHER_VERSION, Line, lines_of, number, whole
from bench.reports import _records as fields
from bench.rows import SUFFIXES, Results, factor_column, framed
from bench.stated import compare
from bench.told_runs import LARGEST, Wrong, check_arms, check_runs
from bench.told_study import amiss, amiss_in_references
from gan.registry import unknown

_ARMS = (fields.ARM, fields.DECLINED)
"""Kinds of lines that are an arm's."""
_WHOLE = "whole number of at most 64 bits"


def read(path: Path, note: Callable[[str], None] = lambda line: None) -> Results:
    """What a comparison.csv says, as its results were when it was written.

    Its lines may stand in any order. Statistics are computed anew from the runs' values; pictures, curves
    over training and links into MLflow are not in it.

    Args:
        path: The file.
        note: Told in a line if the statistics that the file states are not what its runs come to.

    Raises:
        UserError: With file, line and column, if it is not such a file or something in it is amiss.
    """
    header, lines = lines_of(path)
    first = _study_line(lines)
    told = _study(first)
    oracle = _oracle([line for line in lines if line.cell("kind") == fields.ORACLE], told["plan"])
    arms = _in_order(first, [line for line in lines if line.cell("kind") in _ARMS], told["plan"])
    plan, rows = _runs(first, arms, told["plan"])
    frame = framed(plan, rows)
    check_runs(frame, plan, told["protocols"], _wrong(arms, plan))
    found = Results(frame, oracle, told["protocols"], plan, told["outside"])
    compare(found, header, lines, note)
    return found


def _study_line(lines: list[Line]) -> Line:
    known = (fields.STUDY, fields.ORACLE, *_ARMS)
    for line in lines:
        if (kind := line.cell("kind")) not in known:
            raise line.wrong("kind", unknown("kind of line", kind, known))
    first, *others = [line for line in lines if line.cell("kind") == fields.STUDY]
    if others:
        raise others[0].wrong("kind", f"another `{fields.STUDY}`; a file tells of one")
    return first


def _study(line: Line) -> dict[str, Any]:
    try:
        told = json.loads(line.cell("study"))
    except (ValueError, RecursionError):
        raise line.wrong("study", "is not the plan that ganbench report writes: no JSON") from None
    if problem := amiss(told):
        raise line.wrong("study", f"is not the plan that ganbench report writes: {problem}")
    return dict(told)


def _oracle(lines: list[Line], plan: dict[str, Any]) -> dict[str, float]:
    """Output -> score of real data; nothing where no line tells of it."""
    if len(lines) > 1:
        raise lines[1].wrong("kind", f"another `{fields.ORACLE}`; a file tells of one")
    found: dict[str, float] = {}
    for line in lines:
        for output in plan["outputs"]:
            column = f"{output}.final.mean"
            if column not in line.cells:
                raise line.wrong(column, f"there is no such column; {OTHER_VERSION}")
            score = line.read(column, number, "number")
            if score is None:
                continue
            if not abs(score) <= LARGEST:
                raise line.wrong(column, f"{score:g} is no score of real data")
            found[output] = score
    return found


def _in_order(first: Line, lines: list[Line], plan: dict[str, Any]) -> list[Line]:
    """The lines of arms in the plan's order, or as they stand where the plan does not say it."""
    if len(lines) != len(plan["arms"]):
        raise first.wrong("study", f"tells of {len(plan['arms'])} arms, and {len(lines)} lines follow")
    ids = [read_text(line.cell("arm")) for line in lines]
    order = [str(arm["id"]) for arm in plan["arms"] if "id" in arm] or fields.order_of_arms(plan)
    if len(order) != len(lines):
        return lines
    for line, arm in zip(lines, ids, strict=True):
        if arm is not None and arm not in order:
            raise line.wrong("arm", unknown("arm", arm, order))
    if set(order) != set(ids):
        return lines  # One is there twice, or has no id: told with what else is wrong with arms.
    places = {arm: place for place, arm in enumerate(order)}
    return [line for _, line in sorted(zip(ids, lines, strict=True), key=lambda pair: places[str(pair[0])])]


def _runs(
    first: Line, lines: list[Line], plan: dict[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The plan with its arms, and the rows of all runs."""
    columns = fields.factor_fields(plan)
    rows: list[dict[str, Any]] = []
    whole_arms = []
    for more, line in zip(plan["arms"], lines, strict=True):
        arm, runs = _arm(line, plan, columns)
        whole_arms.append({**more, **arm})
        rows += runs
    plan = {**plan, "arms": whole_arms}
    check_arms(plan, _wrong(lines, plan))
    if problem := amiss_in_references(plan):
        raise first.wrong("study", problem)
    return plan, rows


def _wrong(lines: list[Line], plan: dict[str, Any]) -> Wrong:
    """An error about an arm and a column of the rows, at the line and the column of the file."""
    columns: dict[str, str] = {"arm_name": "name", "seed": fields.SEEDS, **fields.OF_RUNS}
    columns |= {factor_column(factor): column for factor, column in fields.factor_fields(plan).items()}
    for output in plan["outputs"]:
        columns |= {f"{output}.{suffix}": f"{output}.{suffix}.values" for suffix in SUFFIXES}
    return lambda arm, column, message: lines[arm].wrong(columns.get(column, column), message)


def _arm(
    line: Line, plan: dict[str, Any], columns: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An arm of the plan, and the rows of its runs in the order of seeds."""
    seeds = line.cell(fields.SEEDS)
    n = len(seeds.split(";")) if seeds else 0
    values: dict[str, list[Any]] = {"seed": line.several(fields.SEEDS, n, whole, _WHOLE)}
    if None in values["seed"]:
        raise line.wrong(fields.SEEDS, "a seed is missing")
    for name in fields.TEXTS:
        values[name] = line.texts(fields.OF_RUNS[name], n)
    for name in fields.WHOLE:
        values[name] = line.several(fields.OF_RUNS[name], n, whole, _WHOLE)
    for name in fields.NUMBERS:
        values[name] = line.several(fields.OF_RUNS[name], n, number, "number")
    for output in plan["outputs"]:
        for suffix, dtype in SUFFIXES.items():
            kind, noun = (whole, _WHOLE) if dtype == "Int64" else (number, "number")
            values[f"{output}.{suffix}"] = line.several(f"{output}.{suffix}.values", n, kind, noun)
    levels = {factor: read_text(line.cell(column)) for factor, column in columns.items()}
    arm: dict[str, Any] = {"id": read_text(line.cell("arm")), "name": read_text(line.cell("name"))}
    arm["levels"] = {factor: level for factor, level in levels.items() if level is not None}
    arm["reason"] = read_text(line.cell("reason")) if line.cell("kind") == fields.DECLINED else None
    if line.cell("kind") == fields.DECLINED and arm["reason"] is None:
        raise line.wrong("reason", "is empty; it says why an arm does not apply")
    told = {"study": plan["name"], "arm": arm["id"], "arm_name": arm["name"]}
    told |= {factor_column(factor): arm["levels"].get(factor) for factor in plan["factors"]}
    runs = [dict(zip(values, run, strict=True)) for run in zip(*values.values(), strict=True)]
    runs.sort(key=lambda run: run["seed"])
    arm["runs"] = [{"id": run["run_id"], "seed": run["seed"]} for run in runs]
    return arm, [{**told, **run} for run in runs]
