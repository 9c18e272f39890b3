"""What MLflow holds about a study's runs, read in a few queries where the store is a local SQLite file.

MLflow's client makes objects of objects: minutes for ten thousand runs, against seconds here. Any other store
is asked through the client, which gives the same answers.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.tracking.address import database
from bench.tracking.bulk import Told, bulk_histories
from bench.tracking.client import all_runs, connect
from bench.tracking.moved import settle

_MANY = 500
"""Runs from which on a name is read as a whole."""
_BUSY = 30.0
"""Seconds that a query waits for whoever is writing."""


Histories = dict[str, list[tuple[int, float]]]
"""Logged name -> (step, value), in the order of steps."""


@dataclass(frozen=True)
class Held:
    """One MLflow run."""

    id: str
    start: int
    """Milliseconds since the epoch."""
    artifacts: str
    """URI of the folder of its files."""
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    """The last value of each."""


def held_experiment(uri: str, name: str) -> str | None:
    """Id of the experiment called `name`; None if there is none."""
    if (path := database(uri)) is None:
        found = connect(uri).get_experiment_by_name(name)
        return found.experiment_id if found else None
    settle(path, name, path.parent / "mlartifacts" / name)
    with opened(path) as store:
        row = store.execute("select experiment_id from experiments where name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def held_runs(uri: str, experiment: str, metrics: bool = True) -> list[Held]:
    """Every run of an experiment that was not deleted, oldest first; `metrics` may be left out."""
    if (path := database(uri)) is None:
        return [
            Held(
                run.info.run_id,
                run.info.start_time or 0,
                run.info.artifact_uri,
                dict(run.data.tags),
                dict(run.data.metrics) if metrics else {},
            )
            for run in all_runs(connect(uri), experiment)
        ]
    own = "from runs where experiment_id = ? and lifecycle_stage = 'active'"
    within = f"where run_uuid in (select run_uuid {own})"
    found: dict[str, Held] = {}
    names: dict[str, str] = {}  # One string a name, not one a run.
    with opened(path) as store:
        listed = f"select run_uuid, coalesce(start_time, 0), artifact_uri {own} order by 2, 1"
        for run, start, artifacts in store.execute(listed, (experiment,)):
            found[run] = Held(run, start, artifacts)
        tags = f"select run_uuid, key, value from tags {within}"
        for run, key, value in store.execute(tags, (experiment,)):
            found[run].tags[names.setdefault(key, key)] = value
        latest = f"select run_uuid, key, value, is_nan from latest_metrics {within}"
        for run, key, value, is_nan in store.execute(latest, (experiment,)) if metrics else ():
            found[run].metrics[names.setdefault(key, key)] = math.nan if is_nan else value
    return list(found.values())


def held_of(uri: str, study: str, wanted: Iterable[str]) -> dict[str, Held]:
    """The runs of a study by run id, without metrics; of a run that was told more than once, the latest."""
    ids, experiment = set(wanted), held_experiment(uri, study)
    runs = [] if experiment is None else held_runs(uri, experiment, metrics=False)
    return {key: run for run in runs if (key := run.tags.get("ganbench.run_id")) in ids and key}


def held_histories(uri: str, runs: Sequence[str], names: Sequence[str]) -> dict[str, Histories]:
    """MLflow run -> name -> (step, value), in their order; empty for a name that the run has not logged."""
    found: dict[str, Histories] = {run: {name: [] for name in names} for run in runs}
    if (path := database(uri)) is None:
        points: Iterable[Told] = bulk_histories(connect(uri), runs, names)
    else:
        points = _points(path, runs, names)
    for run, name, step, value in points:
        found[run][name].append((step, value))
    for histories in found.values():
        for history in histories.values():
            history.sort()
    return found


def _points(path: Path, runs: Sequence[str], names: Sequence[str]) -> Iterator[Told]:
    with opened(path) as store:
        store.execute("pragma temp_store = memory")
        store.execute("create temp table wanted (run text primary key) without rowid")
        store.executemany("insert into wanted values (?)", [(run,) for run in runs])
        # The plus keeps SQLite from looking up run by run where reading all of a name is quicker.
        by_run = "+run_uuid" if len(runs) > _MANY else "run_uuid"
        query = (
            "select run_uuid, step, value, is_nan from metrics "
            f"where key = ? and {by_run} in (select run from wanted)"
        )
        for name in names:
            for run, step, value, is_nan in store.execute(query, (name,)):
                yield run, name, step, math.nan if is_nan else value


def opened(path: Path) -> Any:
    """A connection that can only read, and that is closed at the end of its `with`."""
    return closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY))
