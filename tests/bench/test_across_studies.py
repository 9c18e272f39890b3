"""Arms over several studies: one scale, failures worst, nobody judged only where it is easy."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from made_results import Scores, made
from scipy import stats

from bench import side_tables
from bench.across_studies import AcrossStudies, across_studies
from bench.rows import Results
from bench.side_by_side import compare
from bench.sides import Side, sides

BASE = [10.0, 11.0, 10.0, 11.0]
"""Mean 10.5; real data have 0.5: on the scale a score of x is at (10.5 - x) / 10."""
BETTER = [8.5, 6.5, 4.5, 0.5]
OTHER = [10.5, 7.5, 5.5, 12.5]


def two(one: Scores, other: Scores, **more: Scores) -> dict[str, Results]:
    return {
        "one": made("one", {"a": BASE, "b": one, **more}),
        "two": made("two", {"a": BASE, "b": other}, data="grid"),
    }


def every(studies: dict[str, Results]) -> list[Side]:
    return sides([f"{name}:*" for name in studies], None, studies.__getitem__)


def fid(studies: dict[str, Results]) -> AcrossStudies:
    found = across_studies(every(studies), {"fid": "lower"})
    assert found is not None
    return found


def test_runs_of_all_studies_are_summed_up_on_one_scale() -> None:
    """IQM as SciPy's trimmed mean of the rescaled runs; profile as the mean of the studies' shares."""
    found = fid(two(BETTER, OTHER))
    first, second = found.outputs["fid"]
    assert (first.arm, second.arm, second.runs, second.failed) == ("a", "b", (4, 4), 0)
    rescaled = (10.5 - np.array(BETTER + OTHER)) / 10.0
    assert second.iqm.mean == pytest.approx(stats.trim_mean(rescaled, 0.25))
    assert second.iqm.low is not None and second.iqm.high is not None
    assert second.iqm.low < second.iqm.mean < second.iqm.high
    assert second.profile.share.tolist() == [(4 / 4 + 3 / 4) / 2, (2 / 4 + 1 / 4) / 2, (1 / 4 + 0 / 4) / 2]
    assert first.iqm.mean == pytest.approx(0.0), "the baseline is where the scale begins"


def test_failures_are_worst() -> None:
    """Three of eight failures are more than the quarter left out; two are not, and change the mean."""
    many = fid(two([None, None, 4.5, 0.5], [None, 7.5, 5.5, 12.5])).outputs["fid"][1]
    assert many.failed == 3 and many.iqm.mean == -np.inf
    few = fid(two([None, 6.5, 4.5, 0.5], [None, 7.5, 5.5, 12.5])).outputs["fid"][1]
    ordered = sorted((10.5 - np.array([6.5, 4.5, 0.5, 7.5, 5.5, 12.5])) / 10.0)
    assert few.iqm.mean == pytest.approx(np.mean(ordered[:4])), "survivors alone would begin at the second"
    assert few.profile.share[0] == (3 / 4 + 2 / 4) / 2, "what failed reaches nothing"


def test_an_arm_is_not_judged_where_it_has_not_run() -> None:
    """Neither one that only some studies have, nor one whose runs are all to come in one of them."""
    found = fid(two(BETTER, ["pending"] * 4, c=BETTER))
    assert [standing.arm for standing in found.outputs["fid"]] == ["a", "b"]
    assert found.notes == ("not in every study, so not summed up over them: c",)
    waiting = found.outputs["fid"][1]
    assert waiting.runs == (4, 0) and waiting.iqm.n == 0 and waiting.profile.n == 0


def test_without_a_scale_it_is_said() -> None:
    """The baseline is as good as real data, or failed altogether; one study, or no common arm, has none."""
    studies = two(BETTER, OTHER)
    perfect = replace(studies["two"], oracle={"fid": 10.5})
    found = fid({**studies, "two": perfect})
    assert found.outputs == {} and "no scale over the studies: in two the baseline" in found.notes[0]
    failed = made("two", {"a": [None] * 4, "b": OTHER}, data="grid")
    assert fid({**studies, "two": failed}).outputs == {}
    assert across_studies(every({"one": studies["one"]}), {"fid": "lower"}) is None
    strangers = made("two", {"x": BASE, "y": OTHER}, data="grid")
    assert across_studies(every({**studies, "two": strangers}), {"fid": "lower"}) is None


def test_the_order_of_rows_changes_nothing() -> None:
    studies = two(BETTER, OTHER)
    turned = {name: replace(study, rows=study.rows.iloc[::-1]) for name, study in studies.items()}
    for one, other in zip(fid(studies).outputs["fid"], fid(turned).outputs["fid"], strict=True):
        assert one.iqm == other.iqm and one.profile.share.tolist() == other.profile.share.tolist()
        assert one.profile.low is not None and other.profile.low is not None
        assert one.profile.low.tolist() == other.profile.low.tolist()


def test_every_format_tells_of_it() -> None:
    """The table, what it means, and what has no scale (every run has all modes)."""
    found = compare(every(two(BETTER, OTHER)))
    centre = stats.trim_mean((10.5 - np.array(BETTER + OTHER)) / 10.0, 0.25)
    text = side_tables.markdown(found)
    assert (
        "## FID over one, two (0 baseline, 1 real data)" in text and f"| 4 + 4 | 0 | {centre:.2f} [" in text
    )
    assert "bootstrap of the runs within each study" in text and "Modes has no scale over" in text
    assert r"\caption{FID over one{,} two" in side_tables.latex(found)
    lines = list(csv.DictReader(io.StringIO(side_tables.comma_separated(found))))
    told = [line["across.iqm.mean"] for line in lines if line["output"] == "fid" and line["name"] == "two: b"]
    assert [float(cell) for cell in told] == [pytest.approx(centre)]
    assert all(line["across.iqm.mean"] == "" for line in lines if line["output"] == "modes")
