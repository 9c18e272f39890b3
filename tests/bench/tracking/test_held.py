"""The quick way to a local store gives what MLflow's client gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.tracking import held, sync
from bench.tracking.client import connect
from bench.tracking.held import held_experiment, held_histories, held_of, held_runs

STUDY = "does-noise-help"
NAMES = ["train/d_loss", "score/fid", "nothing"]


@pytest.mark.parametrize("many", [0, 500])
def test_a_store_read_by_queries_is_the_store_that_the_client_shows(
    journal: Path, store: str, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Runs, tags, last values (one is not a number) and whole histories; a deleted run is in neither."""
    sync(journal, store)
    client = connect(store)
    experiment = held_experiment(store, STUDY)
    assert experiment is not None and held_experiment(store, "none") is None
    first, second, *_ = held_of(store, STUDY, ["run-0-0", "run-0-1"]).values()
    client.log_metric(first.id, "odd", float("nan"), timestamp=1, step=3)
    client.delete_run(second.id)
    monkeypatch.setattr(held, "_MANY", many)
    runs = held_runs(store, experiment)
    ids = [run.id for run in runs]
    quick = repr(runs), held_histories(store, ids, [*NAMES, "train/bad"])
    monkeypatch.setattr(held, "database", lambda uri: None)
    assert repr(held_runs(store, experiment)) == quick[0]
    assert held_histories(store, ids, [*NAMES, "train/bad"]) == quick[1]
    assert second.id not in ids and held_experiment(store, STUDY) == experiment
    assert not any(run.metrics for run in held_runs(store, experiment, metrics=False))
