"""The tidy table: one row a planned run, in a fixed order, whatever became of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from bench.journal import Event, Journal
from bench.rows import RUN_COLUMNS, factor_column, results, rows
from bench.tracking import sync
from gan.recipe import digest


def test_every_planned_run_is_a_row_with_its_levels_and_scores(journal: Path, store: str) -> None:
    sync(journal, store)
    table = rows(store, "does-noise-help")
    assert list(table["run_id"]) == [f"run-{arm}-{seed}" for arm in range(2) for seed in range(3)]
    assert tuple(table.columns[: len(RUN_COLUMNS)]) == RUN_COLUMNS
    collapsed = table.iloc[0]
    assert (collapsed["verdict"], collapsed["onset"]) == ("collapsed", 500)
    assert collapsed["reason"] == "holds 3 of 8 modes"
    assert (collapsed["modes_10pct.final"], collapsed["modes_10pct.best"]) == (3.0, 3.25)
    assert (collapsed["seconds"], collapsed["steps"], collapsed["fid.best_step"]) == (12.5, 1000, 500)
    assert list(table["instance_noise"]) == ["off"] * 3 + ["sigma=0.1"] * 3
    assert factor_column("steps") == "level.steps", "a factor that has a run column's name steps aside"
    assert set(table["level.steps"]) == {"off"}
    diverged = table.iloc[5]
    assert diverged["verdict"] == "diverged" and pd.isna(diverged["fid.final"]), (
        "a run without a score is a row"
    )


def test_the_oracle_the_plan_and_the_protocol_come_along(
    journal: Path, store: str, plan: Callable[..., Event]
) -> None:
    sync(journal, store)
    found = results(store, "does-noise-help")
    protocol = plan()["protocol"]
    assert found.oracle == {"modes_10pct": 8.0, "fid": 0.5, "seen": 1000.0}
    assert found.protocols == {digest(protocol): protocol}
    assert set(found.rows["protocol"]) == {digest(protocol)}
    assert found.plan["question"] == "Does noise help?" and found.outside == 0
    assert "params" not in found.plan["arms"][0]["runs"][0], "each run carries its own parameters"


def test_runs_under_way_and_not_begun_are_rows_too(
    tmp_path: Path, store: str, plan: Callable[..., Event], life: Callable[..., list[Event]]
) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(plan(), *life("run-0-1", {"fid": 3.0}, ended=False))
    sync(path, store)
    table = rows(store, "does-noise-help")
    assert list(table["verdict"]) == ["pending", "running", *["pending"] * 4]
    assert table["fid.final"].isna().all()


def test_a_run_that_the_plan_dropped_is_counted_and_left_out(
    journal: Path, store: str, plan: Callable[..., Event]
) -> None:
    Journal(journal).append(plan(seeds=2, protocol={"samples": 5}))
    sync(journal, store)
    found = results(store, "does-noise-help")
    assert len(found.rows) == 4 and found.outside == 2
    assert list(found.protocols) == [digest(plan()["protocol"])], "the protocol the rows were scored with"


def test_a_run_of_two_protocols_names_both(
    tmp_path: Path, store: str, plan: Callable[..., Event], life: Callable[..., list[Event]]
) -> None:
    """In its row and among the protocols, each with its document."""
    path, first, second = tmp_path / "journal.jsonl", plan()["protocol"], {"samples": 5}
    events = life("run-0-0", {"fid": 3.0})
    middle = [event["type"] for event in events].index("image") + 1
    Journal(path).append(plan(), *events[:middle], plan(protocol=second), *events[middle:])
    sync(path, store)
    found = results(store, "does-noise-help")
    names = sorted([digest(first), digest(second)])
    assert found.rows["protocol"].dropna().tolist() == [" ".join(names)]
    assert found.protocols == {digest(first): first, digest(second): second}


def test_importing_the_record_and_the_reports_costs_nothing_heavy() -> None:
    program = (
        "import sys, bench.rows, bench.stats, bench.tracking, bench.verdict, bench.reports.comparison\n"
        "heavy = {'mlflow', 'pandas', 'scipy', 'sqlalchemy', 'torch'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"imported before anybody needs it: {ended.stderr}"
