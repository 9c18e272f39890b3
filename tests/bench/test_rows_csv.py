"""A comparison.csv read back gives the same rows, and they the same files, byte for byte."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from edited_files import Table, rewrite, study_of_four, written
from edited_files import page as page_of_reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports.hostile import NAMES, hostile

from bench.problems import UserError
from bench.reports.comparison import markdown
from bench.reports.comparison_csv import ComparisonCsv, comma_separated
from bench.reports.comparison_html import page
from bench.reports.comparison_tex import tex
from bench.rows import Results, framed
from bench.rows_csv import read

NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def again(found: Results, folder: Path) -> Results:
    (path,) = ComparisonCsv().write(found, folder)
    return read(path)


def assert_same(found: Results, back: Results) -> None:
    pd.testing.assert_frame_equal(back.rows, found.rows)
    assert (back.plan, back.oracle, back.protocols) == (found.plan, found.oracle, found.protocols)
    for report in (markdown, page, tex, comma_separated):
        assert report(back) == report(found)


def test_everything_comes_back_whatever_it_is_called(tmp_path: Path) -> None:
    """Names that are traps for any format."""
    found = hostile()
    assert_same(found, again(found, tmp_path))


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAME, min_size=2, max_size=4, unique=True), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_random_studies_come_back(tmp_path: Path, names: list[str], seeds: int, seed: int) -> None:
    """Any names, any values, any of them missing; with runs that have not started."""
    found, rng = hostile(names, seeds), np.random.default_rng(seed)
    rows = found.rows.copy()
    for column in rows.columns:
        if rows[column].dtype == "float64":
            rows[column] = np.where(rng.random(len(rows)) < 0.4, np.nan, rng.normal(size=len(rows)))
    rows["seconds"], rows["scoring_seconds"] = rows["seconds"].abs(), rows["scoring_seconds"].abs()
    rows["fid.best_step"] = pd.array(rng.integers(0, 9, len(rows)), dtype="Int64")
    rows.loc[0, ["verdict", "protocol", "reason"]] = ["pending", None, None]
    lines = rows.astype(object).where(rows.notna(), None).to_dict("records")
    found = Results(framed(found.plan, lines), found.oracle, found.protocols, found.plan, found.outside)
    assert_same(found, again(found, tmp_path))


def test_a_factor_named_like_a_column_of_the_file_comes_back(tmp_path: Path) -> None:
    """It gets a column of its own."""
    found = hostile(NAMES[:3])
    for name in ("planned", "healthy", "seeds", "fid.p", "kind"):
        plan = {**found.plan, "factors": {name: found.plan["factors"]["f"]}}
        plan["arms"] = [{**arm, "levels": {name: arm["levels"]["f"]}} for arm in plan["arms"]]
        renamed = Results(
            found.rows.rename(columns={"f": name}), found.oracle, found.protocols, plan, found.outside
        )
        assert_same(renamed, again(renamed, tmp_path))


def _changed(path: Path, line: int, column: str, value: str) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    if line == 1:
        header[header.index(column)] = value
    else:
        rows[line - 2][header.index(column)] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


@pytest.mark.parametrize(
    ("line", "column", "value", "said"),
    [
        (1, "runs.verdict", "runs.verdicts", "column `runs.verdict`: unknown column 'runs.verdict'; did you"),
        (1, "kind", "sort", "column `kind`: no line is the `study` that"),
        (1, "fid.n", "fid.p", "column `fid.p` is there twice"),
        (2, "study", "{", "column `study`: is not the plan"),
        (2, "study", '{"plan": {}}', "column `study`: is not the plan"),
        (4, "kind", "arms", "column `kind`: unknown kind of line 'arms'; did you mean 'arm'?"),
        (4, "fid.final.values", "1.0;x;2.0", "column `fid.final.values`: holds something that is no number"),
        (4, "fid.final.values", "1.0;2.0", "column `fid.final.values`: 2 values for 3 seeds"),
        (4, "runs.onset", ";;a", "column `runs.onset`: holds something that is no whole number"),
        (4, "seeds", "0;;2", "column `seeds`: a seed is missing"),
        (3, "fid.final.mean", "much", "column `fid.final.mean`: 'much' is no number"),
    ],
)
def test_what_is_amiss_is_one_line_with_its_place(
    tmp_path: Path, line: int, column: str, value: str, said: str
) -> None:
    """File, line, column, and the nearest name that there is."""
    (path,) = ComparisonCsv().write(hostile(["a", "b"]), tmp_path)
    _changed(path, line, column, value)
    with pytest.raises(UserError) as caught:
        read(path)
    assert said in str(caught.value) and str(caught.value).startswith(f"{path}:")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1\n", b'kind,study\n"x', b"kind\nstudy\n"])
def test_no_such_file_is_one_line_too(tmp_path: Path, content: bytes) -> None:
    """Empty, not text, not a table, torn."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"x\.csv"):
        read(path)
    with pytest.raises(UserError, match="No such file"):
        read(tmp_path / "y.csv")


def _shuffled(table: Table, random: Random) -> Table:
    """The lines in any order, and of every arm its runs."""
    header, *lines = table
    several = [at for at, name in enumerate(header) if name == "seeds" or name.endswith(".values")]
    several += [at for at, name in enumerate(header) if name.startswith("runs.")]
    for line in lines:
        order = list(range(len(line[header.index("seeds")].split(";"))))
        random.shuffle(order)
        for at in several:
            pieces = line[at].split(";")
            if line[at]:
                line[at] = ";".join(pieces[place] for place in order)
    random.shuffle(lines)
    return [header, *lines]


@pytest.mark.parametrize(
    "changes",
    [
        {"declined": {("relativistic", "on"): "no targets"}},
        {"compare": {"metric": "fid", "arms": ["arm0", "arm1", "arm2", "arm3"]}},
    ],
    ids=["one declined", "declared"],
)
@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_permuting_lines_and_runs_changes_nothing(
    tmp_path: Path, changes: dict[str, Any], random: Random
) -> None:
    """Not the table, not the file that is written again, not the page, byte for byte."""
    found = study_of_four(**changes)
    path, table = written(found, tmp_path)
    expected = tmp_path / "expected"
    if not expected.exists():
        expected.write_bytes(page_of_reports(read(path), tmp_path / "one"))
    rewrite(path, _shuffled(table, random))
    told: list[str] = []
    back = read(path, told.append)
    assert told == []
    for report in (markdown, comma_separated):
        assert report(back) == report(found)
    assert page_of_reports(back, tmp_path / "other") == expected.read_bytes()


def test_the_plan_says_ids_only_where_nothing_else_has_the_order() -> None:
    """A study that declares its comparison and in which all arms apply is written as it has always been."""
    arms = [f"arm{index}" for index in range(4)]
    for found, said in ((study_of_four(), True), (study_of_four(compare={"arms": arms}), False)):
        told = json.loads(list(csv.reader(comma_separated(found).splitlines()))[1][1])
        assert [("id" in arm) for arm in told["plan"]["arms"]] == [said] * 4
