"""A search that really runs, in worker processes, from YAML to the table."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
import study_runs
from rich.console import Console
from study_runs import Elsewhere, events, planned

from bench.commands import Request, run
from bench.errands import Wish
from bench.journal import Event, Journal
from bench.ledger import Ledger
from bench.rows import results
from bench.runner import Options, Outcome
from bench.tracking import resolve_uri
from bench.tuning.search import settled
from bench.voice import Aloud

TEXT = (
    f"question: q\nbase: {{{study_runs.BASE}, steps: 20}}\nfactors: {{r1: [off, on]}}\nseeds: 3\n"
    "design: search\nsearch: {trials: 4, batch: 2, knobs: {lr: [1e-4, 1e-2]}}\n"
    "metrics: [modes, sliced_wasserstein]\nprimary: sliced_wasserstein\nevaluate_every: 10\nsamples: 100\n"
)
TRIALS, RUNS = 8, 6
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder, study_runs.run(TEXT, folder)


def proposals(folder: Path) -> dict[tuple[str, int], tuple[object, object]]:
    return {(e["arm"], e["number"]): (e["knobs"], e["runs"]) for e in events(folder, "trial")}


def test_every_trial_and_every_winner_ends_once(undisturbed: tuple[Path, Outcome]) -> None:
    """Trials train on their own seed, in cohorts of a batch; winners on the study's."""
    folder, outcome = undisturbed
    assert outcome == Outcome(ran=TRIALS + RUNS, left=0, interrupted=False)
    assert len({event["run"] for event in events(folder, "end")}) == TRIALS + RUNS
    starts = events(folder, "start")
    tried = {run for event in events(folder, "trial") for run in event["runs"]}
    assert {event["seed"] for event in starts if event["run"] in tried} == {100}
    assert {event["seed"] for event in starts if event["run"] not in tried} == {0, 1, 2}
    assert {event["cohort_size"] for event in starts if event["run"] in tried} == {2}
    assert len(events(folder, "winner")) == 2


def test_what_is_to_be_tried_is_journaled_before_it_is(undisturbed: tuple[Path, Outcome]) -> None:
    """And a winner's knobs stand in the plan before its runs begin, in their parameters too."""
    found = events(undisturbed[0])
    begun: set[str] = set()
    known: set[str] = set()
    for event in found:
        if event["type"] == "trial":
            known |= set(event["runs"])
        elif event["type"] == "study":
            known |= {run["id"] for arm in event["arms"] for run in arm["runs"]}
        elif event["type"] == "start":
            assert event["run"] in known
            begun.add(event["run"])
    (*_, last) = (event for event in found if event["type"] == "study")
    for arm in last["arms"]:
        knobs = last["search"]["arms"][arm["id"]]["knobs"]
        for planned_run in arm["runs"]:
            assert {name: float(planned_run["params"][name]) for name in knobs} == knobs
            assert planned_run["id"] in begun


def test_a_search_that_was_killed_ends_as_one_that_was_not(
    undisturbed: tuple[Path, Outcome], tmp_path: Path
) -> None:
    """SIGKILL while the second batch trains: the same trials, the same winners, the same scores."""
    driver = Elsewhere(TEXT, tmp_path)
    driver.until(_in_second_batch)
    driver.kill()
    assert not events(tmp_path, "winner"), "the test came too late"
    study_runs.run(TEXT, tmp_path)
    assert proposals(tmp_path) == proposals(undisturbed[0])
    assert study_runs.scores(tmp_path) == study_runs.scores(undisturbed[0])
    assert study_runs.ends(tmp_path) == study_runs.ends(undisturbed[0])


def _in_second_batch(found: Sequence[Event]) -> bool:
    second = {run for event in found if event["type"] == "trial" and event["batch"] for run in event["runs"]}
    return any(event["type"] == "start" and event["run"] in second for event in found)


def test_only_the_winners_enter_the_table(tmp_path: Path) -> None:
    """From YAML to reports, which say how knobs were chosen; MLflow has the trials too, as trials."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TEXT)
    folder = tmp_path / "results"
    request = Request(planned(TEXT).study, Wish(workers=1), Options(results=folder), (), None)
    said = io.StringIO()
    assert run(request, Aloud(Console(file=said, width=200))) == 0
    assert "8 runs of trials and 6 to compare: 14 runs in" in said.getvalue()
    found = results(resolve_uri(None, folder), "tiny")
    ledger = Ledger(Journal(folder / "tiny" / "journal.jsonl"))
    winners = settled(planned(TEXT), ledger).runs
    assert sorted(found.rows["run_id"]) == sorted(run.id for run in winners)
    assert set(found.rows["verdict"]) - {"pending", "running"} == set(found.rows["verdict"])
    assert found.outside == 0
    for name in ("comparison.md", "comparison.html", "comparison.tex", "report.html"):
        told = (folder / "tiny" / name).read_text()
        assert "4 trials an arm, TPE, training seed 100" in told.replace("{,}", ","), name
    for won in ledger.winners.values():
        rate = f"{won['knobs']['discriminator_lr']:g}"
        assert f"discriminator_lr={rate}" in (folder / "tiny" / "comparison.md").read_text().replace("\\", "")
    assert _kinds(resolve_uri(None, folder)) == {"oracle": 1, "arm": 2, "run": RUNS, "trial": TRIALS}


def _kinds(uri: str) -> dict[str, int]:
    """Kind of MLflow run -> how many there are."""
    from bench.tracking.client import all_runs, connect

    client = connect(uri)
    (experiment,) = (e for e in client.search_experiments() if e.name.endswith("tiny"))
    kinds = [run.data.tags["ganbench.kind"] for run in all_runs(client, experiment.experiment_id)]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
