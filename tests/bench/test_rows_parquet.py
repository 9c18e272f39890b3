"""An export that was edited or shuffled: refused in a line, or the same results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawn_results import made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.export import KEY, write
from bench.problems import UserError
from bench.reports.comparison import markdown
from bench.reports.comparison_csv import comma_separated
from bench.reports.page import Page
from bench.rows import Results
from bench.rows_parquet import read

Change = Callable[[pa.Table], pa.Table]


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    write(made(arms=3, seeds=3), tmp_path / "x.parquet")
    return tmp_path / "x.parquet"


def _saying(**changes: Any) -> Change:
    """A table that tells something else of the study."""

    def change(table: pa.Table) -> pa.Table:
        about = json.loads(table.schema.metadata[KEY]) | changes
        return table.replace_schema_metadata({KEY: json.dumps(about)})

    return change


def _cell(column: str, value: Any) -> Change:
    """A table whose first row has another value there."""

    def change(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index(column)
        values = [value, *table[column].to_pylist()[1:]]
        return table.set_column(at, column, pa.array(values, table[column].type))

    return change


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            _cell("verdict", "helthy"),
            "'verdict', arm 'non_saturating': unknown verdict 'helthy'; did",
        ),
        (_cell("protocol", "q"), "'protocol', arm 'non_saturating': unknown protocol 'q'; valid: "),
        (_cell("seed", 1), "'seed', arm 'non_saturating': the seed 1 is there twice"),
        (_cell("seed", 9), "'seed', arm 'non_saturating': the plan has no seed 9"),
        (_cell("seconds", -5.0), "'seconds', arm 'non_saturating': -5 is no time in seconds"),
        (_cell("fid.final", 1e308), "'fid.final', arm 'non_saturating': 1e+308 is beyond"),
        (_cell("run_id", None), "'run_id', arm 'non_saturating': one is missing"),
        (_cell("arm", None), "the column 'arm': one is missing"),
        (_saying(oracle={"fid": float("inf")}), "what it says of the study: oracle.fid must be finite"),
        (_saying(logged=[1]), "what it says of the study: logged.0 must be text, not 1"),
    ],
)
def test_what_cannot_be_is_one_line(exported: Path, change: Change, line: str) -> None:
    """As in a comparison.csv: the same rules, the column and the arm instead of a line."""
    pq.write_table(change(pq.read_table(exported)), exported)
    with pytest.raises(UserError) as caught:
        read(exported)
    assert str(caught.value).startswith(f"{exported}: ") and line in str(caught.value)
    assert "\n" not in str(caught.value)


def _plan_with(**changes: Any) -> Change:
    """A table whose plan's second arm is another one."""

    def change(table: pa.Table) -> pa.Table:
        about = json.loads(table.schema.metadata[KEY])
        about["plan"]["arms"][1].update(changes)
        return table.replace_schema_metadata({KEY: json.dumps(about)})

    return change


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (_plan_with(id="a0"), "plan.arms.1, arm: 'a0' is another arm's id too"),
        (
            _plan_with(name="non_saturating"),
            "plan.arms.1, arm_name: 'non_saturating' is another arm's name too",
        ),
        (
            _plan_with(levels={"trick": "of"}),
            "unknown level 'of'; did you mean 'off'?",
        ),
        (_plan_with(levels={"trick": "off"}), "all levels are those of 'non_satur"),
        (_plan_with(runs=[{"id": "x"}]), "what it says of the study: plan.arms.1.runs.0.seed is missing"),
    ],
)
def test_arms_that_cannot_be_are_one_line(exported: Path, change: Change, line: str) -> None:
    """Ids, names and levels tell arms apart."""
    pq.write_table(change(pq.read_table(exported)), exported)
    with pytest.raises(UserError) as caught:
        read(exported)
    assert line in str(caught.value) and "\n" not in str(caught.value)


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_permuting_rows_changes_nothing(tmp_path: Path, random: Random) -> None:
    """Not the tables, not the page with its curves and pictures, byte for byte."""
    source, shuffled, expected = (tmp_path / name for name in ("x.parquet", "y.parquet", "expected"))
    if not source.exists():
        write(made(arms=3, seeds=3, folder=tmp_path / "png"), source, "all")
        expected.write_bytes(_page(read(source), tmp_path / "one"))
    table = pq.read_table(source)
    order = list(range(table.num_rows))
    random.shuffle(order)
    pq.write_table(table.take(order), shuffled)
    one, other = read(source), read(shuffled)
    for report in (markdown, comma_separated):
        assert report(one) == report(other)
    runs = [str(run) for run in one.rows["run_id"]]
    for ask in ("pictures", "every_picture"):
        assert list(getattr(one, ask)(runs)) == list(getattr(other, ask)(runs)) != []
    assert list(other.histories(runs, ["score/fid"])) == runs
    assert _page(other, tmp_path / "other") == expected.read_bytes()


def _page(found: Results, folder: Path) -> bytes:
    (path,) = Page().write(found, folder)
    return path.read_bytes()
