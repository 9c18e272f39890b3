"""MLflow -> raw records of a study."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.tracking.address import database, redact
from bench.tracking.client import connect, in_words
from bench.tracking.errors import StudyNotFoundError
from bench.tracking.groups import present
from bench.tracking.held import Held, held_experiment, held_runs
from bench.tracking.keys import clean
from bench.tracking.pictures import local_folder
from bench.tracking.summary import COST
from bench.tracking.writer import key_of


@dataclass(frozen=True)
class Record:
    """One run as MLflow has it."""

    run_id: str
    arm: str
    seed: int
    verdict: str | None
    """None while the run is under way."""
    onset: int | None
    reason: str | None
    protocol: str
    """Digests of the protocols of its scores, sorted, with a space between; more than one is a mixture."""
    hardware: str
    """Where it ran, in words."""
    date: str
    """The day it began, in UTC, as YYYY-MM-DD."""
    metrics: dict[str, float]
    """Last value of every metric, `<output>.final` and its kin among them."""
    mlflow_id: str = ""
    """What MLflow calls it; empty if the record is not MLflow's."""


@dataclass(frozen=True)
class Recorded:
    """Everything MLflow has about a study."""

    plan: dict[str, Any]
    """The study event, without its runs' parameters."""
    protocols: dict[str, dict[str, Any]]
    """Digest -> protocol, of every protocol this study was ever scored with."""
    oracle: dict[str, float]
    """Output -> score of real data."""
    runs: tuple[Record, ...]
    """By run id."""
    experiment: str = ""
    """What MLflow calls the study; empty if the record is not MLflow's."""


def read(uri: str, study: str) -> Recorded:
    """The record of a study.

    Raises:
        StudyNotFoundError: MLflow has no such experiment, or not yet its plan.
        TrackingError: MLflow could not be reached.
    """
    path = database(uri)
    if path is not None and not path.exists():
        raise StudyNotFoundError(f"there is no record at {redact(uri)} yet")
    with in_words(uri):
        return _read(uri, study)


def _read(uri: str, study: str) -> Recorded:
    experiment = held_experiment(uri, study)
    if experiment is None:
        raise StudyNotFoundError(f"MLflow at {redact(uri)} has no study {study!r}")
    runs = held_runs(uri, experiment)
    plans = [run for run in runs if run.tags.get("ganbench.oracle") == "true"]
    if not plans:
        raise StudyNotFoundError(f"the experiment {study!r} holds no plan: it was not recorded by ganbench")
    current = plans[-1]
    journal = current.tags["ganbench.journal"]
    records: dict[str, Record] = {}
    for run in runs:
        if run.tags.get("ganbench.journal") == journal and key_of(run.tags)[0] == "run":
            records.setdefault(run.tags["ganbench.run_id"], _record(run))
    plan, protocols = _documents(uri, current)
    scores = current.metrics
    oracle = {
        output: scores[clean(f"{output}.final")]
        for output in plan["outputs"]
        if clean(f"{output}.final") in scores
    }
    ordered = tuple(records[key] for key in sorted(records))
    return Recorded(plan, protocols, oracle, ordered, experiment)


def _record(run: Held) -> Record:
    tags = run.tags
    onset = tags.get("ganbench.onset")
    return Record(
        run_id=tags["ganbench.run_id"],
        mlflow_id=run.id,
        arm=tags["ganbench.arm"],
        seed=int(tags["ganbench.seed"]),
        verdict=tags.get("ganbench.verdict"),
        onset=None if onset is None else int(onset),
        reason=tags.get("ganbench.reason"),
        protocol=tags["ganbench.protocol"],
        hardware=tags.get("ganbench.hardware", "not recorded"),
        date=datetime.fromtimestamp(run.start / 1000, tz=UTC).date().isoformat(),
        metrics=dict(sorted(_metrics(run).items())),
    )


def _metrics(run: Held) -> dict[str, float]:
    """By present names; what a run took also as its end event calls it, as in earlier records."""
    told = {present(name): value for name, value in run.metrics.items()}
    return told | {name: told[key] for name, key in COST.items() if key in told}


def _documents(uri: str, run: Held) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    if (folder := local_folder(run.artifacts)) is not None:
        return _load(folder / "plan.json"), _protocols(folder / "protocols")
    client = connect(uri)
    with tempfile.TemporaryDirectory() as made:
        plan = Path(client.download_artifacts(run.id, "plan.json", made))
        protocols = Path(client.download_artifacts(run.id, "protocols", made))
        return _load(plan), _protocols(protocols)


def _protocols(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: _load(path) for path in sorted(folder.glob("*.json"))}


def _load(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content
