"""Published numbers beside ours: the difference, its interval, and no stronger words than it allows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from bench.journal import Event
from bench.reporting import Call, write
from bench.reports._published import AGREES, CANNOT_TELL, DIFFERS, beside, comma_separated
from bench.reports._terminal import render
from bench.reports.comparison import Comparison, markdown
from bench.rows import Results, tabulate
from bench.stats import difference_to
from bench.tracking import Record, Recorded

NAN = math.nan


def results_of(
    plan: Callable[..., Event], values: list[float], numbers: list[dict[str, Any]], **changes: Any
) -> Results:
    """One arm's finals (NaN: a run without a score) and the published numbers of it."""
    study = plan(seeds=len(values))
    arm = {**study["arms"][0], "name": "vanilla|"}
    published = [
        {
            "arm": arm["id"],
            "output": "modes_10pct",
            "standard_error": None,
            "n": None,
            "source": "x",
            **number,
        }
        for number in numbers
    ]
    study |= {"arms": [arm], "published": published, **changes}
    runs = [
        Record(
            run_id=run["id"],
            arm=arm["id"],
            seed=run["seed"],
            verdict="healthy",
            onset=None,
            reason=None,
            protocol="p",
            hardware="a machine",
            date="2026-01-02",
            metrics={} if math.isnan(value) else {"modes_10pct.final": value},
        )
        for run, value in zip(arm["runs"], values, strict=True)
    ]
    return tabulate(Recorded(study, {"p": {}}, {}, tuple(runs)))


def test_every_number_has_a_row_with_a_verdict(plan: Callable[..., Event]) -> None:
    """An interval that holds 0 says how far off it may be; the label of a short protocol stands above."""
    numbers = [
        {"mean": 6.3, "standard_error": 0.5, "n": 10, "source": "A [1], table 1"},
        {"mean": 7.9, "standard_error": 0.1, "n": 10},
        {"mean": 0.0},
    ]
    found = results_of(plan, [6.0, 7.0, 5.0, NAN], numbers, profile="short: a | twentieth")
    text = markdown(found)
    assert text.index("**Profile — short: a \\| twentieth**") < text.index("| arm |")
    section = text.partition("## Published numbers\n")[2].partition("\n## ")[0]
    assert "Our runs — short: a \\| twentieth. A difference may come from that alone." in section
    rows = [line for line in section.splitlines() if line.startswith("| vanilla")]
    # By hand: se² = 1/3 and 1/4, df = (7/12)² / ((1/3)²/2 + (1/4)²/9) = 5.445, t = 2.509, t √(7/12) = 1.916.
    assert rows[0] == (
        "| vanilla\\| | modes | A \\[1\\], table 1 | 6.3 ± 0.5 (10) | 6.0 ± 0.6 (3/4) | [3.5, 8.5] "
        "| -0.3 [-2.2, +1.6] | agrees within ±2.2 |"
    )
    assert rows[1].endswith("| agrees within ±4.3 |"), "three runs cannot exclude much, and it says so"
    assert rows[2].split(" | ")[3] == "0.0" and rows[2].endswith("| differs |")
    assert [line.verdict for line in beside(found)] == [AGREES, AGREES, DIFFERS]
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(render(found))
    said = console.export_text()
    assert "profile: short: a | twentieth" in said
    assert "beside published numbers: 2 agrees, 1 differs" in said


@pytest.mark.parametrize("values", [[7.0, NAN], [NAN, NAN]])
def test_fewer_than_two_scores_tell_nothing(plan: Callable[..., Event], values: list[float]) -> None:
    """Neither for nor against the source."""
    found = results_of(plan, values, [{"mean": 7.0, "standard_error": 0.1, "n": 10}])
    (line,) = beside(found)
    assert line.verdict == CANNOT_TELL and line.within is None
    assert "| cannot tell |" in markdown(found)
    (record,) = csv.DictReader(io.StringIO(comma_separated(found)))
    assert (record["difference.low"], record["within"], record["verdict"]) == ("", "", "cannot tell")


def test_the_csv_has_full_precision(plan: Callable[..., Event]) -> None:
    """The numbers of the table before anybody rounded them."""
    values = [1 / 3, 2 / 3, 0.1]
    found = results_of(plan, values, [{"mean": 0.2, "standard_error": 0.01, "n": 5}], profile="short")
    (record,) = csv.DictReader(io.StringIO(comma_separated(found)))
    gap = difference_to(np.array(values), 0.2, 0.01, 5)
    assert (float(record["difference.low"]), float(record["difference.high"])) == (gap.low, gap.high)
    assert (record["published.n"], record["ours.n"], record["profile"]) == ("5", "3", "short")


def test_a_study_without_published_numbers_has_no_trace_of_them(
    plan: Callable[..., Event], tmp_path: Path
) -> None:
    """Nor the file of an earlier version of it."""
    with_one = results_of(plan, [1.0, 2.0], [{"mean": 1.0}])
    assert [path.name for path in Comparison().write(with_one, tmp_path)][1:] == ["published.csv"]
    without = results_of(plan, [1.0, 2.0], [])
    write(without, Call([Comparison], tmp_path))
    assert not (tmp_path / "published.csv").exists()
    assert "Published" not in markdown(without) and "Profile" not in markdown(without)
