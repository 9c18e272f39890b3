"""Entries -> MLflow. Everything here may be done twice and is then done once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bench.tracking.address import database
from bench.tracking.client import all_runs, once
from bench.tracking.entries import ORACLE, Chunk, DataSet, Entry, Key, Small
from bench.tracking.held import held_runs
from bench.tracking.keys import (
    METRICS_PER_BATCH,
    NAME_LENGTH,
    PARAM_LENGTH,
    PARAMS_PER_BATCH,
    TAG_LENGTH,
    clean,
    truncate,
)
from bench.tracking.links import back
from bench.tracking.thumbnails import shrink

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


T = TypeVar("T")
NOTE = "mlflow.note.content"
MACHINE_LEARNING = ("mlflow.experimentKind", "custom_model_development")
"""Without this tag MLflow opens an experiment on its pages for language models."""


class Writer:
    """Writes one journal's entries into one experiment.

    A run is looked up by its tags before it is created. The tag `ganbench.journal` keeps apart the runs
    of a journal that was thrown away from those of the one that took its place.
    """

    def __init__(self, client: MlflowClient, experiment_id: str, journal: str) -> None:
        self.client = client
        self.experiment_id = experiment_id
        self.journal = journal
        self.missing: list[str] = []
        """Files that the journal names and that are no longer there."""
        self._runs: dict[Key, Run] = {}
        self._ids: dict[Key, str] = {}
        """Runs that are there and have not been looked at: of 10,000 few are written to again."""
        self.tidy()

    def tidy(self) -> None:
        """Look up what there is, and delete doubles.

        A server that hangs may create a run long after its client has gone, looked, and created another. That
        one has been written to; a late double has nothing but the tags that it was created with.
        """
        self._runs, self._ids = {}, {}
        if self._read_ids():
            return
        self._ids = {}
        for run in sorted(all_runs(self.client, self.experiment_id), key=_fullness, reverse=True):
            if run.data.tags.get("ganbench.journal") != self.journal:
                continue
            if self._runs.setdefault(key_of(run.data.tags), run) is not run:
                self.client.delete_run(run.info.run_id)

    def _read_ids(self) -> bool:
        """Whether the store is a file that can be read at once, and holds no doubles."""
        uri = self.client.tracking_uri
        if database(uri) is None:
            return False
        for held in held_runs(uri, self.experiment_id, metrics=False):
            if held.tags.get("ganbench.journal") != self.journal:
                continue
            if self._ids.setdefault(key_of(held.tags), held.id) != held.id:
                return False
        return True

    def knows(self, key: Key) -> bool:
        """Whether MLflow has this run."""
        return key in self._runs or key in self._ids

    def _find(self, key: Key) -> Run | None:
        """The run in MLflow, if there is one."""
        if key not in self._runs and key in self._ids:
            self._runs[key] = self.client.get_run(self._ids[key])
        return self._runs.get(key)

    def write(self, chunk: Chunk) -> None:
        """Say all of `chunk`."""
        if chunk.question is not None:
            self._ask(truncate(chunk.question, TAG_LENGTH))
        for key, value in chunk.tags.items():
            self.client.set_experiment_tag(self.experiment_id, key, value)
        for entry in chunk.entries.values():
            self._write(entry)

    def _ask(self, question: str) -> None:
        """Describe the experiment by its question, unless it is described by that and its answer already."""
        tags = self.client.get_experiment(self.experiment_id).tags
        if NOTE not in tags or not tags[NOTE].startswith(question):
            self.client.set_experiment_tag(self.experiment_id, NOTE, question)
        self.client.set_experiment_tag(self.experiment_id, *MACHINE_LEARNING)

    def _write(self, entry: Entry) -> None:
        run = self._find(entry.key) or self._create(entry)
        if run.info.run_name != (name := truncate(entry.name, NAME_LENGTH)):
            self.client.update_run(run.info.run_id, name=name)
            self._runs[entry.key] = self.client.get_run(run.info.run_id)
        self._log(run, entry)
        if entry.data is not None:
            self._data(run, entry.data)
        for destination, source in entry.files.items():
            self._file(run.info.run_id, destination, source)
        if entry.status is not None:
            if entry.ended is None:
                self.client.update_run(run.info.run_id, status=entry.status)
            else:
                self.client.set_terminated(run.info.run_id, entry.status, entry.ended)

    def _create(self, entry: Entry) -> Run:
        tags = {key: truncate(value, TAG_LENGTH) for key, value in entry.tags.items()}
        tags["ganbench.journal"] = self.journal
        if (plan := self._find(ORACLE)) is not None:
            tags[NOTE] = back(self.experiment_id, plan.info.run_id, entry.tags["ganbench.study"])
        if entry.parent is not None:
            parent = self._find(entry.parent)
            assert parent is not None, "an arm is told before its runs"
            tags["mlflow.parentRunId"] = parent.info.run_id
        # The tags are part of the same transaction: a run never exists without the tag it is found by.
        name = truncate(entry.name, NAME_LENGTH)
        with once():
            run = self.client.create_run(self.experiment_id, entry.time, tags, name)
        self._runs[entry.key] = run
        return run

    def _log(self, run: Run, entry: Entry) -> None:
        from mlflow.entities import Metric, Param, RunTag

        run_id = run.info.run_id
        # MLflow refuses to change a parameter; plan.json has the levels as they are called today.
        params = [
            Param(clean(key), truncate(value, PARAM_LENGTH))
            for key, value in entry.params.items()
            if clean(key) not in run.data.params
        ]
        tags = [RunTag(clean(key), truncate(value, TAG_LENGTH)) for key, value in entry.tags.items()]
        metrics = [Metric(point.key, point.value, point.time, point.step) for point in entry.points]
        for some_params in _batches(params, PARAMS_PER_BATCH):
            self.client.log_batch(run_id, params=some_params)
        for parameter in params:
            run.data.params[parameter.key] = parameter.value
        # A call costs more than what it says: tags go with the first metrics.
        for some_metrics in list(_batches(metrics, METRICS_PER_BATCH)) or [[]]:
            if tags or some_metrics:
                self.client.log_batch(run_id, metrics=some_metrics, tags=tags)
            tags = []

    def _data(self, run: Run, data: DataSet) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag

        known = [held.dataset for held in (run.inputs.dataset_inputs if run.inputs else [])]
        if any((held.name, held.digest) == (data.name, data.digest) for held in known):
            return
        source = json.dumps({"description": data.source})
        found = Dataset(data.name, data.digest, "ganbench", source, profile=data.options)
        told = DatasetInput(found, [InputTag("mlflow.data.context", "training")])
        self.client.log_inputs(run.info.run_id, datasets=[told])

    def _file(self, run_id: str, destination: str, source: Path | Small | str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            name = Path(destination).name
            local = Path(folder) / name
            if isinstance(source, str):
                local.write_text(source, encoding="utf-8")
            elif isinstance(source, Small):
                if not shrink(source.path, local):
                    return
            elif not source.exists():
                self.missing.append(str(source))
                return
            elif source.is_dir() or source.name == name:
                local = source
            else:
                # MLflow keeps a file's own name: give it the one it shall have.
                local.symlink_to(source.absolute())
            parent = str(Path(destination).parent)
            if local.is_dir():
                self.client.log_artifacts(run_id, str(local), destination)
            else:
                self.client.log_artifact(run_id, str(local), None if parent == "." else parent)


def _fullness(run: Run) -> tuple[int, int, bool]:
    """What an MLflow run has got since it was created."""
    return len(run.data.metrics), len(run.data.params), run.info.status != "RUNNING"


def key_of(tags: dict[str, str]) -> Key:
    """Which entry an MLflow run belongs to."""
    match tags.get("ganbench.kind"):
        case "run":
            return ("run", tags["ganbench.run_id"])
        case "trial":
            return ("trial", tags["ganbench.run_id"])
        case "arm":
            return ("arm", tags["ganbench.arm"])
    return ("oracle", "")


def _batches(items: list[T], size: int) -> Iterable[list[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
