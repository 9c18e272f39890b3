"""The hand-written scores against the product's, and the benchmark that compares their cost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from direct_scores import Direct
from scoring_cases import CASES, DEFAULT, peak, recipes, scorer_of
from scoring_data import Ready, images, points
from scoring_speed import main

from bench.placement import cohort_size
from bench.plan import cohorts, plan
from bench.study import load
from bench.study_keys import DEFAULT_METRICS

STUDIES = Path(__file__).parents[1] / "studies"


@pytest.mark.parametrize("make", [images, points])
@pytest.mark.parametrize("change", ["healthy", "copies", "few"])
def test_the_scores_are_those_that_one_would_write_down(make: type, change: str) -> None:
    """Every number of the default set, on samples that are healthy, partly copied, and of little variety."""
    ready: Ready = make(300)
    data, samples, fake = ready
    scorer = scorer_of(ready, DEFAULT, 300)
    if change == "copies":
        fake = torch.cat([scorer.train[40:90], fake[50:]])
    elif change == "few":
        fake = fake[torch.arange(300) % 40] + 1e-4 * torch.randn(
            fake.shape, generator=torch.Generator().manual_seed(7)
        )
    ours, theirs = scorer.score(fake), Direct(data, samples, 300).score(fake)
    assert set(theirs) >= set(ours), "nothing of the default set goes unchecked"
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], rel=1e-6, abs=1e-9), name


def test_what_is_measured_is_what_is_asked_for() -> None:
    """The default metrics, and cohorts of the published studies as the planner makes them."""
    assert DEFAULT == DEFAULT_METRICS
    for study, (recipe, size) in recipes().items():
        planned = plan(load(STUDIES / f"{study}.yaml"))
        found = [group.runs for group in cohorts(planned.runs, cohort_size("cpu"))]
        (mine,) = [runs for runs in found if replace(runs[0].recipe, seed=0) == recipe]
        assert len(mine) == size


PROCESSES = pytest.param("memory", marks=pytest.mark.slow)


@pytest.mark.parametrize("case", [*(case for case in CASES if case != "memory"), PROCESSES])
def test_the_benchmark_measures_every_case(case: str, tmp_path: Path) -> None:
    """A smoke run: each line has a positive cost, stands in the file, and a reference costs itself."""
    threads = torch.get_num_threads()
    try:
        main(
            [
                "--quick",
                "--case",
                case,
                "--json",
                str(tmp_path / "x.json"),
                "--markdown",
                str(tmp_path / "x.md"),
            ]
        )
    finally:
        torch.set_num_threads(threads)
    content = json.loads((tmp_path / "x.json").read_text())
    lines, text = content["lines"], (tmp_path / "x.md").read_text()
    assert lines and all(f"| {line['case']} | {line['contestant']} |" in text for line in lines)
    if case == "memory":
        assert all(line["cost"] >= 0.0 and " MB |" in text for line in lines)
        return
    assert all(line["cost"] > 0.0 and line["milliseconds"] > 0.0 for line in lines)
    if case == "training":
        assert all(line["cost"] < 1.0 for line in lines), "a share"
    else:
        firsts = {line["case"]: line for line in reversed(lines)}
        assert all(line["cost"] == 1.0 for line in firsts.values()), "the reference against itself"


@pytest.mark.parametrize("what", ["images", "points"])
def test_memory_is_measured_in_megabytes(what: str) -> None:
    """Above what the process took before, which for a handful of samples is next to nothing."""
    assert 0.0 <= peak(what, 60) < 500.0
