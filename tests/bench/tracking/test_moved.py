"""A store that was moved or copied looks for its files where they are now."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from bench.tracking.moved import settle


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two experiments, the names of which begin alike, with a run each."""
    folder = tmp_path / "here and now"
    (folder / "mlartifacts" / "x").mkdir(parents=True)
    with sqlite3.connect(folder / "mlflow.db") as store:
        store.execute("create table experiments (experiment_id integer, name text, artifact_location text)")
        store.execute("create table runs (run_uuid text, experiment_id integer, artifact_uri text)")
        for number, name in enumerate(("x", "xy")):
            place = (folder / "mlartifacts" / name).as_uri()
            store.execute("insert into experiments values (?, ?, ?)", (number, name, place))
            store.execute("insert into runs values (?, ?, ?)", (f"r{number}", number, f"{place}/r/artifacts"))
    store.close()
    return folder


def places(results: Path) -> list[str]:
    """Where the store looks."""
    with sqlite3.connect(results / "mlflow.db") as store:
        found = store.execute(
            "select artifact_location from experiments union all select artifact_uri from runs"
        ).fetchall()
    store.close()
    return [row[0] for row in found]


def moved(results: Path, name: str = "x") -> bool:
    return settle(results / "mlflow.db", name, results / "mlartifacts" / name)


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree], ids=["moved", "copied"])
def test_the_files_came_along(results: Path, tmp_path: Path, how: object) -> None:
    """They are looked for in the new place, of this experiment alone; a second look changes nothing."""
    old, there = places(results), tmp_path / "there"
    assert callable(how)
    how(results, there)
    assert moved(there) and not moved(there)
    new = (there / "mlartifacts" / "x").as_uri()
    assert places(there) == [new, old[1], f"{new}/r/artifacts", old[3]]
    if results.exists():
        assert places(results) == old, "the original is left alone"


def test_nothing_was_moved(results: Path) -> None:
    """Then nothing changes."""
    before = places(results)
    assert not moved(results) and not moved(results, "unknown") and places(results) == before


def test_only_the_database_was_copied(results: Path, tmp_path: Path) -> None:
    """The files are still where it says."""
    shutil.copy(results / "mlflow.db", tmp_path / "mlflow.db")
    assert not settle(tmp_path / "mlflow.db", "x", tmp_path / "mlartifacts" / "x")


def test_a_location_of_somebody_elses(results: Path) -> None:
    """A bucket, or a folder of another layout, is nobody's mistake."""
    with sqlite3.connect(results / "mlflow.db") as store:
        store.execute("update experiments set artifact_location = 's3://bucket/mlartifacts/x'")
    store.close()
    assert not moved(results)


def test_no_store(tmp_path: Path) -> None:
    """A file that is no database is told of by whoever needs it."""
    (tmp_path / "mlflow.db").write_text("no database")
    assert not moved(tmp_path)
