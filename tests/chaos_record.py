"""What a study has left behind: journal, weights, table, and what MLflow's own store holds of it."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from bench.journal import Journal

CLOCK = ("time", "seconds", "scoring_seconds")
"""What of an event depends on the clock."""
TIMED_COLUMNS = ("seconds.mean", "runs.mlflow_run", "runs.date", "runs.seconds", "runs.scoring_seconds")
"""Of comparison.csv: the clock's, and the ids that MLflow invents."""
UNFINISHED = re.compile(r"\.(tmp|writing|part|partial|new)$|\.tmp\.|~$")
"""Names of files that were to be renamed once they were whole."""

REPORTS = (".csv", ".html", ".md", ".tex", ".png")

Point = tuple[str, int]
"""A metric's key and the step."""
Key = tuple[str, str]
"""Kind of MLflow run, and the id of the run or arm."""


@dataclass
class Told:
    """One run as MLflow has it."""

    id: str
    status: str
    params: dict[str, str]
    tags: dict[str, str]
    points: dict[Point, float]
    rows: int
    """Rows of its points: more than there are points if one was told twice."""
    files: dict[str, str]
    """Artifact path, without its time -> digest of what it holds; of tensors, of their values."""


@dataclass
class Record:
    """Everything that is compared."""

    ends: dict[str, dict[str, Any]]
    """Run -> its end, without the clock."""
    heard: dict[tuple[str, str, int], Any]
    """(type, run, step) -> what was measured."""
    faults: list[str]
    """What is wrong with the journal by itself."""
    weights: dict[str, list[torch.Tensor]]
    table: list[dict[str, str]]
    leftovers: list[str]
    """Unfinished files."""
    reports: dict[str, str]
    """File -> digest, of what the study's folder shows people."""
    runs: dict[Key, Told] = field(default_factory=dict)
    doubles: dict[Key, int] = field(default_factory=dict)
    """Runs that MLflow holds more than once, and how often."""


def record(folder: Path, database: Path, artifacts: Path | None = None) -> Record:
    """Read it all.

    Args:
        folder: The study's results.
        database: MLflow's SQLite store.
        artifacts: The folder that a server keeps artifacts in; None for a local store.
    """
    book = Journal(folder / "journal.jsonl")
    heard, ends = {}, {}
    for event in book.read():
        clockless = {name: value for name, value in event.items() if name not in CLOCK}
        if event["type"] == "end":
            ends[event["run"]] = clockless
        elif event["type"] in ("train", "score", "image"):
            heard[event["type"], event["run"], event["step"]] = clockless
    found = Record(
        ends=ends,
        heard=heard,
        faults=list(_faults(book.path)),
        weights={path.stem: _tensors(path) for path in sorted(folder.glob("checkpoints/*.pt"))},
        table=_table(folder / "comparison.csv"),
        reports={path.name: _digest(path) for path in folder.iterdir() if path.suffix in REPORTS},
        leftovers=[str(p.relative_to(folder)) for p in folder.rglob("*") if UNFINISHED.search(p.name)],
    )
    _read_store(found, folder.name, database, artifacts)
    return found


def _faults(path: Path) -> Iterator[str]:
    """Lines that are no events, repeats that say something else, and ends that come twice."""
    said: dict[tuple[str, str, int | None], Any] = {}
    ends: Counter[str] = Counter()
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        try:
            event = json.loads(line)
        except ValueError:
            yield f"line {number} of the journal is no JSON"
            continue
        if not line.endswith(b"\n"):
            yield "the journal's last line is torn"
        kind = event["type"]
        if kind in ("train", "score"):
            key = kind, event["run"], event.get("step")
            if said.setdefault(key, event["metrics"]) != event["metrics"]:
                yield f"the journal says two things of {key}"
        if kind == "end":
            ends[event["run"]] += 1
            if event["verdict"] == "failed":
                yield f"run {event['run']} failed: {event['reason']}"
    yield from (f"the journal ends run {run} {times} times" for run, times in ends.items() if times > 1)


def _tensors(path: Path) -> list[torch.Tensor]:
    tensors: list[torch.Tensor] = torch.load(path, weights_only=True)["tensors"]
    return tensors


def _table(path: Path) -> list[dict[str, str]]:
    """comparison.csv without the clock and without what names this study."""
    if not path.exists():
        return []
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8", newline="") as file:
        lines = [dict(line) for line in csv.DictReader(file)]
    for line in lines:
        for column in TIMED_COLUMNS:
            line.pop(column, None)
        if line["kind"] == "study":
            told = json.loads(line["study"])
            for name in ("name", "path", "digest"):
                told["plan"].pop(name, None)
            line["study"] = json.dumps(told, sort_keys=True)
    return lines


def _read_store(found: Record, name: str, database: Path, artifacts: Path | None) -> None:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=60.0)) as store:
        runs = store.execute(
            "select run_uuid, runs.experiment_id, status, runs.artifact_uri from runs join experiments using "
            "(experiment_id) where experiments.name = ? and runs.lifecycle_stage = 'active'",
            (name,),
        ).fetchall()
        for run, experiment, status, address in runs:
            folder = artifacts / str(experiment) / run / "artifacts" if artifacts else Path(address[7:])
            told = _told(store, run, status, folder)
            key = (
                told.tags["ganbench.kind"],
                told.tags.get("ganbench.run_id") or told.tags.get("ganbench.arm", ""),
            )
            found.doubles[key] = found.doubles.get(key, 0) + 1
            found.runs.setdefault(key, told)


def _told(store: sqlite3.Connection, run: str, status: str, folder: Path) -> Told:
    def pairs(what: str) -> dict[str, str]:
        return dict(store.execute(f"select key, value from {what} where run_uuid = ?", (run,)).fetchall())

    rows = store.execute("select key, step, value, is_nan from metrics where run_uuid = ?", (run,)).fetchall()
    points = {(key, step): math.nan if is_nan else value for key, step, value, is_nan in rows}
    return Told(run, status, pairs("params"), pairs("tags"), points, len(rows), dict(_files(folder)))


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        # What a server that was killed had half received; MLflow lists it nowhere.
        if path.is_file() and not path.name.startswith(".artifact.uploading."):
            name = re.sub(r"\+timestamp\+\d+", "", path.relative_to(folder).as_posix())
            yield name, _digest(path)


def _digest(path: Path) -> str:
    """Of a file's bytes; of a checkpoint's tensors, for it also says how long it took."""
    if path.suffix != ".pt":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        tensors = _tensors(path)
    except Exception as error:
        return f"cannot be read: {error}"
    return hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in tensors)).hexdigest()
