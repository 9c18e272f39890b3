"""MLflow -> raw records of a study."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.tracking.address import database, redact
from bench.tracking.client import all_runs, connect, in_words
from bench.tracking.errors import StudyNotFoundError
from bench.tracking.keys import clean
from bench.tracking.summary import COST
from bench.tracking.writer import key_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


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
    client = connect(uri)
    found = client.get_experiment_by_name(study)
    if found is None:
        raise StudyNotFoundError(f"MLflow at {redact(uri)} has no study {study!r}")
    runs = all_runs(client, found.experiment_id)
    plans = [run for run in runs if run.data.tags.get("ganbench.oracle") == "true"]
    if not plans:
        raise StudyNotFoundError(f"the experiment {study!r} holds no plan: it was not recorded by ganbench")
    current = plans[-1]
    journal = current.data.tags["ganbench.journal"]
    records: dict[str, Record] = {}
    for run in runs:
        tags = run.data.tags
        if tags.get("ganbench.journal") == journal and key_of(tags)[0] == "run":
            records.setdefault(tags["ganbench.run_id"], _record(run))
    plan, protocols = _documents(client, current)
    scores = current.data.metrics
    oracle = {
        output: scores[clean(f"{output}.final")]
        for output in plan["outputs"]
        if clean(f"{output}.final") in scores
    }
    ordered = tuple(records[key] for key in sorted(records))
    return Recorded(plan, protocols, oracle, ordered, found.experiment_id)


def _record(run: Run) -> Record:
    tags = run.data.tags
    onset = tags.get("ganbench.onset")
    return Record(
        run_id=tags["ganbench.run_id"],
        mlflow_id=run.info.run_id,
        arm=tags["ganbench.arm"],
        seed=int(tags["ganbench.seed"]),
        verdict=tags.get("ganbench.verdict"),
        onset=None if onset is None else int(onset),
        reason=tags.get("ganbench.reason"),
        protocol=tags["ganbench.protocol"],
        hardware=tags.get("ganbench.hardware", "not recorded"),
        date=datetime.fromtimestamp(run.info.start_time / 1000, tz=UTC).date().isoformat(),
        metrics=dict(sorted(_metrics(run).items())),
    )


def _metrics(run: Run) -> dict[str, float]:
    """With what a run took as its end event calls it, as the records of earlier versions do."""
    told = run.data.metrics
    return told | {name: told[key] for name, key in COST.items() if key in told}


def _documents(client: MlflowClient, run: Run) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(client.download_artifacts(run.info.run_id, "plan.json", folder))
        protocols = Path(client.download_artifacts(run.info.run_id, "protocols", folder))
        contents = {path.stem: _load(path) for path in sorted(protocols.glob("*.json"))}
        return _load(plan), contents


def _load(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content
