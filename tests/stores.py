"""All that a store of MLflow holds, and ways to disturb those who write to it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.tracking.client import connect

VOLATILE = ("run_uuid", "experiment_id", "artifact_uri", "user_id", "deleted_time", "creation_time")
"""What differs between two stores of the same record."""


class Lost(Exception):
    """The answer to a call does not come."""


class Breaking:
    """Raises at the n-th call to MLflow: before it is made, or after it was carried out."""

    def __init__(self, number: int, after: bool) -> None:
        self.number = number
        self.after = after
        self.calls = 0

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.calls += 1
        mine = self.calls == self.number
        if mine and not self.after:
            raise Lost(name)
        yield
        if mine and self.after:
            raise Lost(name)


def contents(uri: str, name: str) -> dict[str, Any]:
    """Everything about an experiment: rows of the database by run, its tags, and the artifacts' bytes.

    Asked of the database itself, so that doubles which a client would merge are seen; runs are named by what
    they stand for. `uri` is a database's.
    """
    import sqlalchemy

    engine = sqlalchemy.create_engine(uri)
    with engine.connect() as store:

        def rows(query: str, **values: Any) -> list[dict[str, Any]]:
            found = store.execute(sqlalchemy.text(query), values)
            # SQLite has no booleans.
            return [
                {k: int(v) if isinstance(v, bool) else v for k, v in row._mapping.items()} for row in found
            ]

        (experiment,) = rows("select * from experiments where name = :name", name=name)
        own = (
            "run_uuid in (select run_uuid from runs where experiment_id = :id and lifecycle_stage = 'active')"
        )
        identity = {"id": experiment["experiment_id"]}
        active = "select * from runs where experiment_id = :id and lifecycle_stage = 'active'"
        found: dict[str, Any] = {}
        names: dict[str, str] = {}
        for run in rows(active, **identity):
            assert run["name"] not in found, f"there are two runs called {run['name']}"
            names[run["run_uuid"]] = run["name"]
            kept = {key: value for key, value in run.items() if key not in VOLATILE}
            found[run["name"]] = {"run": kept, "artifacts": artifacts(uri, run["run_uuid"])}
        for run in names:
            inputs = "select count(*) as held from inputs where destination_id = :run"
            found[names[run]]["inputs"] = rows(inputs, run=run)[0]["held"]
        for table in ("metrics", "latest_metrics", "params", "tags"):
            counted: dict[str, Counter[str]] = {run: Counter() for run in found}
            for row in rows(f"select * from {table} where {own}", **identity):
                run = names[row["run_uuid"]]
                told = {key: value for key, value in row.items() if key not in VOLATILE}
                if row["key"] == "mlflow.parentRunId":
                    told["value"] = names[row["value"]]
                if row["key"] != "mlflow.note.content":  # Holds ids of the store.
                    counted[run][repr(sorted(told.items()))] += 1
            for run, counter in counted.items():
                found[run][table] = sorted(counter.items())
        tags = rows("select key, value from experiment_tags where experiment_id = :id", **identity)
        found[""] = sorted((row["key"], row["value"]) for row in tags)
    engine.dispose()
    return found


def artifacts(uri: str, run: str) -> dict[str, bytes]:
    """The files of an MLflow run that lie in a folder of this machine."""
    from bench.tracking.pictures import local_folder

    folder = local_folder(connect(uri).get_run(run).info.artifact_uri)
    if folder is None or not folder.is_dir():
        return {}
    return {
        os.fspath(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }
