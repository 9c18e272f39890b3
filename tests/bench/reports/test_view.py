"""Shaping a comparison: other columns, order, arms, decimals, two ways; never other numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from factor_studies import study

from bench.problems import UserError
from bench.reports._tables import main_table
from bench.reports._view import view
from bench.reports.base import AS_IT_IS, Shape
from bench.reports.comparison import markdown
from bench.rows import Results


@pytest.fixture
def found() -> Results:
    """Three losses with and without noise; one arm fails once, one does not apply."""
    values = {"ns": 3.0, "hinge": 2.0, "w": 9.0}

    def score(levels: dict[str, str], seed: int) -> float | str:
        if levels["loss"] == "w" and seed == 2:
            return "diverged"
        return values[levels["loss"]] - (levels["noise"] != "off") + seed / 8 * (levels["loss"] == "hinge")

    factors = {"loss": ["ns", "hinge", "w"], "noise": ["off", "on"]}
    return study(factors, score, declined={("w", "on"): "w | has no noise"})  # type: ignore[arg-type]


def rows(text: str) -> list[list[str]]:
    """The first table."""
    (table, *_) = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]


def test_columns_in_their_order(found: Results) -> None:
    """Of arms, factors, verdicts and outputs; then it is one table, without the ones behind it."""
    text = markdown(found, Shape(columns=("noise", "fid", "fid.best", "diverged", "d_z")))
    assert rows(text)[0] == ["arm", "noise", "FID ↓ final", "FID ↓ best", "diverged", "d_z"]
    assert rows(text)[1] == ["---", "---", "---:", "---:", "---:", "---:"]
    assert rows(text)[2][0] == "*oracle (real data)*" and "## More of" not in text
    last = rows(markdown(found, Shape(columns=("fid", "arm"))))
    assert last[0] == ["FID ↓ final", "arm"] and last[2] == ["—", "*oracle (real data)*"]


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [("fid", "hinge + on", "w"), ("-fid", "w", "hinge + on"), ("arm", "**hinge + on**", "w")],
)
def test_rows_are_sorted_and_the_oracle_stays_first(found: Results, sort: str, first: str, last: str) -> None:
    """Equal ones stay in the plan's order."""
    names = [row[0].strip("*") for row in rows(markdown(found, Shape(sort=sort)))[2:]]
    assert names[0] == "oracle (real data)" and names[-1] == last
    if sort != "arm":
        assert names[1] == first


def test_what_has_no_value_comes_last(found: Results) -> None:
    """In both directions: the baseline has no difference to itself."""
    for sort in ("difference", "-difference"):
        assert rows(markdown(found, Shape(sort=sort)))[-1][0] == "ns"


def test_choosing_arms_changes_no_number(found: Results) -> None:
    """Families, marks and ranks are about all arms; the report says how many it leaves out."""
    whole = {row[0]: row for row in rows(markdown(found))}
    part = markdown(found, Shape(arms=("ns*", "w")))
    assert [row[0] for row in rows(part)[3:]] == ["ns", "ns + on", "w"]
    assert all(row == whole[row[0]] for row in rows(part)[3:])
    assert "3 arms of 6 not shown" in part and "Holm-corrected for 4 comparisons" in part
    assert "not shown" not in markdown(found, Shape(arms=("*",)))


def test_decimals(found: Results) -> None:
    """As many as are asked for, in every score."""
    (cell,) = [row[3] for row in rows(markdown(found, Shape(precision=4))) if row[0] == "ns + on"]
    assert cell == "2.0000 [2.0000, 2.0000]"


def test_two_ways(found: Results) -> None:
    """Means where two factors meet; failures are marked, arms that do not apply say why."""
    text = markdown(found, Shape(pivot=("loss", "noise")))
    assert rows(text)[0] == ["loss \\\\ noise", "off", "on"]
    assert rows(text)[2][1:] == ["3.0 [3.0, 3.0] (6/6)", "2.0 [2.0, 2.0] (6/6)"]
    assert rows(text)[4][1:] == ["9.0 [9.0, 9.0] (5/6) ‡", "n/a: w \\| has no noise"]
    assert rows(markdown(found, Shape(pivot=("loss", "noise"), arms=("ns*",))))[3][1] == "not shown"


def test_two_ways_average_several_arms_within_a_seed() -> None:
    """Over the seeds that all of them have."""
    factors = {"a": ["x", "y"], "b": ["x", "y"], "c": ["x", "y"]}

    def score(levels: dict[str, str], seed: int) -> float | str:
        if (levels["c"], seed) == ("y", 0):
            return "failed"
        return float(10 * (levels["c"] == "y") + seed)

    found = study(factors, score, seeds=4)  # type: ignore[arg-type]
    text = markdown(found, Shape(pivot=("a", "b")))
    assert rows(text)[2][1] == "7.0 [4.5, 9.5] (7/8) ‡", "5 more than the mean of seeds 1, 2 and 3"


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (Shape(columns=("fdi",)), "--columns: unknown column 'fdi'; did you mean 'fid'?"),
        (Shape(columns=("fid.bst",)), "--columns: unknown column of fid 'bst'; did you mean 'best'?"),
        (Shape(columns=("fd.best",)), "--columns: fd.best: unknown output 'fd'; did you mean 'fid'?"),
        (
            Shape(columns=("xyz",)),
            "rank, failures, fid; of another output: fid.best and the like",
        ),
        (Shape(sort="-medan"), "--sort: unknown column 'medan'; did you mean 'median'?"),
        (Shape(arms=("ns", "hing")), "--arms: unknown arm 'hing'; did you mean 'hinge'?"),
        (Shape(pivot=("loss", "nois")), "--pivot: unknown factor 'nois'; did you mean 'noise'?"),
        (Shape(pivot=("loss", "loss")), "--pivot: loss twice"),
        (Shape(precision=-1), "--precision: -1 decimals"),
    ],
)
def test_what_there_is_not_is_said_with_the_nearest(found: Results, shape: Shape, said: str) -> None:
    """In one line."""
    with pytest.raises(UserError) as caught:
        markdown(found, shape)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_metric_names_the_output_that_it_is_known_by(found: Results) -> None:
    """As in a study, where `metrics: [fid]` has an output that may be called otherwise."""
    outputs = {"frechet": {**found.plan["outputs"]["fid"], "metric": "fid"}}
    renamed = found.rows.rename(columns=lambda name: name.replace("fid.", "frechet."))
    other = replace(found, rows=renamed, plan=found.plan | {"outputs": outputs, "primary": "frechet"})
    by_metric = markdown(other, Shape(columns=("arm", "fid", "fid.best"), sort="fid"))
    assert by_metric == markdown(other, Shape(columns=("arm", "frechet", "frechet.best"), sort="frechet"))


def test_tables_are_blocks_that_others_can_use(found: Results) -> None:
    """Header and rows without any format."""
    grid = main_table(view(found, AS_IT_IS))
    assert [cell.text for cell in grid.header][:3] == ["arm", "n", "healthy"]
    assert {len(row) for row in grid.rows} == {len(grid.header)} and grid.oracles == 1
    assert [row[0].text for row in grid.rows if row[0].bold] == ["hinge + on"]
