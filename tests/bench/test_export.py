"""What a report needs goes into one file and comes out of it again, whatever there is of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.export import KEY, write
from bench.journal import Event
from bench.problems import UserError
from bench.rows import Results, results, tabulate
from bench.rows_parquet import read
from bench.tracking import Record, Recorded, sync

Make = Callable[..., Event]


def _record(run: str, **changes: Any) -> Record:
    told: dict[str, Any] = {
        "run_id": run,
        "arm": f"arm{run.split('-')[1]}",
        "seed": int(run.split("-")[2]),
        "verdict": "healthy",
        "onset": None,
        "reason": None,
        "protocol": "p",
        "hardware": "2 cores",
        "date": "2026-01-01",
        "metrics": {"fid.final": 1 / 3, "score/fid": 1.0, "train/d.loss": 2.0, "steps": 10.0},
        "mlflow_id": f"m{run}",
    }
    return Record(**{**told, **changes})


@pytest.fixture
def made(plan: Make, tmp_path: Path) -> Results:
    """Six planned runs: one pending, one running, one diverged; with histories and pictures."""
    names = ["run-0-0", "run-0-1", "run-0-2", "run-1-0", "run-1-1"]
    records = [_record(name) for name in names]
    records[1] = replace(records[1], verdict=None, metrics={"score/fid": 1.0})
    records[2] = replace(records[2], verdict="diverged", onset=7, reason='NaN — "so", it\'s', metrics={})
    found = tabulate(Recorded(plan(), {"p": {"a": 1}}, {"fid": 0.1}, tuple(records), "17"))
    told = {name: {"score/fid": [(0, 1.5), (10, float("inf"))], "train/d.loss": []} for name in names}

    def histories(wanted: list[str], logged: list[str]) -> dict[str, Any]:
        return {
            run: {name: told[run].get(name, []) for name in logged} for run in names if run in set(wanted)
        }

    every = {run: {step: tmp_path / f"{run}-{step}.png" for step in (5, 10)} for run in names[:3]}
    for steps in every.values():
        for step, path in steps.items():
            path.write_bytes(f"{path.name} {step}".encode() + b"\x00\xff")
    return replace(
        found,
        server="http://127.0.0.1:5000",
        outside=2,
        histories=histories,
        pictures=lambda wanted: {run: every[run][10] for run in wanted if run in every},
        every_picture=lambda wanted: {run: every[run] for run in wanted if run in every},
    )


@pytest.fixture
def exported(made: Results, tmp_path: Path) -> Path:
    write(made, tmp_path / "x.parquet", "all")
    return tmp_path / "x.parquet"


def test_everything_comes_out_as_it_went_in(made: Results, exported: Path) -> None:
    """Rows with their types and gaps, what is about the whole study, histories."""
    found = read(exported)
    pd.testing.assert_frame_equal(found.rows, made.rows)
    for name in ("oracle", "protocols", "plan", "outside", "experiment", "server", "logged"):
        assert getattr(found, name) == getattr(made, name), name
    assert list(found.plan["outputs"]) == list(made.plan["outputs"]), "in the plan's order"
    runs = [str(run) for run in made.rows["run_id"]]
    for names in (["score/fid", "train/d.loss"], ["train/d.loss"], ["no/such"], []):
        assert found.histories(runs, names) == made.histories(runs, names)
    assert found.histories(runs[:1], ["score/fid"]) == {
        runs[0]: {"score/fid": [(0, 1.5), (10, float("inf"))]}
    }


def _bytes(found: dict[str, Path]) -> dict[str, bytes]:
    return {run: path.read_bytes() for run, path in found.items()}


@pytest.mark.parametrize("kept", ["all", "last", "none"])
def test_pictures_come_out_as_far_as_they_were_put_in(made: Results, tmp_path: Path, kept: Any) -> None:
    """All of them, the last ones, none."""
    write(made, tmp_path / "x.parquet", kept)
    found, runs = read(tmp_path / "x.parquet"), [str(run) for run in made.rows["run_id"]]
    last = _bytes(made.pictures(runs)) if kept != "none" else {}
    assert _bytes(found.pictures(runs)) == last
    assert _bytes(found.pictures(runs[:1])) == dict(list(last.items())[:1])
    every = made.every_picture(runs) if kept == "all" else {}
    told = found.every_picture(runs)
    assert {run: _bytes(steps) for run, steps in told.items()} == {  # type: ignore[arg-type]
        run: _bytes(steps)  # type: ignore[arg-type]
        for run, steps in every.items()
    }


def test_the_same_results_are_the_same_bytes(made: Results, exported: Path, tmp_path: Path) -> None:
    """So that a file can be compared, and named by its digest; and so is what is exported from an export."""
    for index, source in enumerate((made, read(exported))):
        write(source, tmp_path / f"{index}.parquet", "all")
        again = (tmp_path / f"{index}.parquet").read_bytes()
        assert hashlib.sha256(again).digest() == hashlib.sha256(exported.read_bytes()).digest()


@settings(deadline=None, max_examples=25)
@given(
    value=st.floats(-1e100, 1e100) | st.just(float("inf")),
    text=st.text(min_size=1).filter(lambda text: "\x00" not in text),
)
def test_no_number_and_no_text_is_changed(
    value: float, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Infinities, tiny and negative numbers; names in any script."""
    text = text.encode("utf-8", "replace").decode()
    outputs = {"fid": {"label": text, "direction": "lower", "digits": 2, "headline": True}}
    arm = {"id": "arm0", "name": text, "levels": {}, "reason": None, "runs": [{"id": "run-0-0", "seed": 0}]}
    plan = {"name": text, "arms": [arm], "factors": {}, "seeds": [0], "outputs": outputs, "primary": "fid"}
    record = _record("run-0-0", reason=text, metrics={"fid.final": value})
    real = {"fid": value} if np.isfinite(value) else {}
    found = tabulate(Recorded(plan, {}, real, (record,)))
    path = tmp_path_factory.mktemp("any") / "x.parquet"
    write(found, path)
    back = read(path)
    pd.testing.assert_frame_equal(back.rows, found.rows)
    assert (back.plan, back.oracle) == (found.plan, found.oracle)


def test_what_mlflow_holds_is_exported(journal: Path, store: str, tmp_path: Path) -> None:
    """Rows, histories and pictures of a record, without MLflow."""
    sync(journal, store)
    made = results(store, "does-noise-help")
    write(made, tmp_path / "x.parquet")
    found, runs = read(tmp_path / "x.parquet"), [str(run) for run in made.rows["run_id"]]
    pd.testing.assert_frame_equal(found.rows, made.rows)
    logged = sorted(made.logged)
    assert "score/fid" in logged
    assert found.histories(runs, logged) == made.histories(runs, logged)
    assert _bytes(found.pictures(runs)) == _bytes(made.pictures(runs)) != {}


def test_a_csv_holds_the_rows(made: Results, tmp_path: Path) -> None:
    """One line a run, full precision, nothing where there is nothing."""
    write(made, tmp_path / "deep" / "x.csv")
    header, first, *rest = (tmp_path / "deep" / "x.csv").read_text().splitlines()
    line = dict(zip(header.split(","), first.split(","), strict=True))
    assert list(line) == list(made.rows.columns) and len(rest) == 5
    assert (line["run_id"], line["fid.final"], line["onset"]) == ("run-0-0", repr(1 / 3), "")


def test_where_it_cannot_be_written(made: Results, tmp_path: Path) -> None:
    """A line, and no half of a file."""
    (tmp_path / "x.csv").mkdir()
    (tmp_path / "file").write_text("")
    for path, line in (
        (tmp_path / "x.parqet", "x.parqet: unknown suffix of an export '.parqet'; did you mean '.parquet'?"),
        (tmp_path / "x.csv", "x.csv is a folder; name a file"),
        (tmp_path / "file" / "x.csv", "cannot write "),
    ):
        with pytest.raises(UserError) as caught:
            write(made, path)
        assert line in str(caught.value) and "\n" not in str(caught.value)
    assert not list(tmp_path.glob("*.partial"))


def _without(column: str) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.drop_columns([column])


def _saying(**changes: Any) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        about = json.loads(table.schema.metadata[KEY])
        return table.replace_schema_metadata({KEY: json.dumps({**about, **changes})})

    return change


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda table: table.replace_schema_metadata({}), "holds no study; `ganbench export STUDY FILE`"),
        (lambda table: table.replace_schema_metadata({KEY: b"{"}), "is no JSON"),
        (_saying(version=7), "layout 7, and this ganbench reads layout 1"),
        (_saying(oracle=None), "what it says of the study lacks 'oracle'"),
        (_saying(plan={"name": "x"}), "what it says of the study: plan.factors is missing"),
        (_without("fid.final"), "the column 'fid.final' is missing"),
        (
            lambda table: table.set_column(1, "arm", pa.array(["nobody"] * table.num_rows)),
            "there are runs of an unknown arm 'nobody'; valid: arm0, arm1, arm2",
        ),
        (
            lambda table: table.set_column(3, "seed", pa.array(["x"] * table.num_rows)),
            "the column 'seed' holds string, not int64",
        ),
    ],
)
def test_a_file_that_is_not_whole(exported: Path, change: Callable[[pa.Table], pa.Table], line: str) -> None:
    """One line that names the file and what is wrong with it."""
    pq.write_table(change(pq.read_table(exported)), exported)
    with pytest.raises(UserError) as caught:
        read(exported)
    assert str(caught.value).startswith(f"{exported}: ") and line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_something_else(exported: Path, tmp_path: Path) -> None:
    """Not there, not Parquet, cut off."""
    whole = exported.read_bytes()
    for content in (b"", b"kind,arm\n", whole[: len(whole) // 2]):
        exported.write_bytes(content)
        with pytest.raises(UserError, match="not a Parquet file that can be read") as caught:
            read(exported)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="no such file"):
        read(tmp_path / "nowhere.parquet")
