"""Whether a study that was disturbed has left behind what the undisturbed one has."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from chaos_record import Key, Record, Told

OWN_TAGS = (
    "ganbench.journal",
    "ganbench.study",
    "ganbench.plan",
    "mlflow.note.content",
    "mlflow.parentRunId",
)
"""Those that name the record itself."""
PLAN = "plan.json"
"""An artifact that holds the study's name."""
CLOSE = 1e-9
"""Relative; of an arm's means, whose terms are added in the order in which its runs end."""
MOST = 20
"""Faults that are told of one kind."""


@dataclass(frozen=True)
class Verdict:
    """The numbers of a table's line, and everything that is not as it must be."""

    runs: int
    """In MLflow, of kind run."""
    expected: int
    """Points of the undisturbed study, arms and oracle included."""
    found: int
    double: int
    weights: int
    """Runs whose last state is bit for bit that of the undisturbed study."""
    faults: list[str]


def judge(ours: Record, reference: Record) -> Verdict:
    """Compare a disturbed record with the undisturbed one."""
    equal = [run for run in reference.weights if _same_weights(ours, reference, run)]
    faults = [
        *ours.faults[:MOST],
        *(f"unfinished file: {name}" for name in ours.leftovers[:MOST]),
        *_different("end", ours.ends, reference.ends),
        *_different("event", ours.heard, reference.heard),
        *(
            f"weights of {run} are not those of the undisturbed run"
            for run in reference.weights
            if run not in equal
        ),
        *(f"weights of {run}, which nobody planned" for run in ours.weights if run not in reference.weights),
        *_table_faults(ours, reference),
        *_store_faults(ours, reference),
    ]
    return Verdict(
        runs=sum(times for (kind, _), times in ours.doubles.items() if kind == "run"),
        expected=sum(len(told.points) for told in reference.runs.values()),
        found=sum(len(told.points) for told in ours.runs.values()),
        double=sum(told.rows - len(told.points) for told in ours.runs.values()),
        weights=len(equal),
        faults=faults,
    )


def _same_weights(ours: Record, reference: Record, run: str) -> bool:
    mine, theirs = ours.weights.get(run, []), reference.weights[run]
    return len(mine) == len(theirs) > 0 and all(map(_bit_equal, mine, theirs))


def _bit_equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    """The same bits, so that NaN is NaN."""
    return one.dtype == other.dtype and one.shape == other.shape and _bits(one) == _bits(other)


def _bits(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.contiguous().numpy().tobytes())


def _different(what: str, ours: dict, reference: dict) -> list[str]:  # type: ignore[type-arg]
    """Keys whose values differ, or that only one of them has."""
    lost = [f"{what} {key} is lost" for key in reference if key not in ours]
    more = [f"{what} {key} is in excess" for key in ours if key not in reference]
    other = [
        f"{what} {key} is {ours[key]} instead of {reference[key]}"
        for key in reference
        if key in ours and ours[key] != reference[key]
    ]
    return [*lost[:MOST], *more[:MOST], *other[:MOST]]


def _table_faults(ours: Record, reference: Record) -> Iterator[str]:
    if len(ours.table) != len(reference.table) or not ours.table:
        yield f"comparison.csv has {len(ours.table)} lines instead of {len(reference.table)}"
    for mine, theirs in zip(ours.table, reference.table, strict=False):
        yield from _different(f"comparison.csv, {mine.get('name') or mine['kind']}:", mine, theirs)


def _store_faults(ours: Record, reference: Record) -> Iterator[str]:
    names = dict.fromkeys(ours.runs, True)
    yield from _different("MLflow run", names, dict.fromkeys(reference.runs, True))
    for key, times in ours.doubles.items():
        if times != 1:
            yield f"MLflow holds {key} {times} times"
    for key, told in ours.runs.items():
        # Reports tell the time, so that they are held against the folder that they were copied from.
        for name in ours.reports.keys() & told.files.keys():
            if told.files[name] != ours.reports[name]:
                yield f"MLflow, {key[0]}: {name} is not that of the study's folder"
        if key in reference.runs:
            for fault in _told_faults(key, told, reference.runs[key], {PLAN, *ours.reports}):
                yield f"MLflow, {key[0]} {key[1]}: {fault}"
        parent = ours.runs.get(("arm", told.tags.get("ganbench.arm", "")))
        if key[0] == "run" and told.tags.get("mlflow.parentRunId") != (parent and parent.id):
            yield f"MLflow, {key[0]} {key[1]}: belongs to another arm's run"


def _told_faults(key: Key, ours: Told, reference: Told, named: Collection[str]) -> Iterator[str]:
    if ours.status != reference.status:
        yield f"status {ours.status} instead of {reference.status}"
    if ours.rows != len(ours.points):
        yield f"{ours.rows - len(ours.points)} points are there twice"
    yield from _different("param", ours.params, reference.params)
    yield from _different("tag", _without(ours.tags, OWN_TAGS), _without(reference.tags, OWN_TAGS))
    yield from _different("file", _without(ours.files, named), _without(reference.files, named))
    yield from _different("file", dict.fromkeys(ours.files), dict.fromkeys(reference.files))
    yield from _different("point", dict.fromkeys(ours.points), dict.fromkeys(reference.points))
    last = max((step for _, step in reference.points), default=0)
    for point, value in reference.points.items():
        name, step = point
        # The clock is nobody's fault, and an arm's seeds may end in any order.
        if name.startswith("seconds/") or (key[0] == "arm" and step < last) or point not in ours.points:
            continue
        if not _same(ours.points[point], value, exactly=key[0] != "arm"):
            yield f"point {point} is {ours.points[point]} instead of {value}"


def _same(one: float, other: float, exactly: bool) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or (not exactly and math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE))


def _without(values: dict[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names}
