"""Studies that are run, stopped, killed and resumed, in real processes."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
import study_runs
import torch
from rich.console import Console
from study_runs import Elsewhere, Stopper, ends, events, planned, scores, tensors

from bench.alone import NotAlone, NotWritable, alone
from bench.compare import output_of
from bench.journal import Event
from bench.progress import Lines
from bench.runner import Outcome
from bench.tasks import Task
from gan.data.errors import DataError
from gan.recipe import digest


@pytest.fixture(scope="module")
def content() -> str:
    """Two cohorts of four runs, with all tricks that fit."""
    return study_runs.text(
        f"steps: 40, {study_runs.company()}", "loss: [non_saturating, minimax], lr: [1e-3, 1e-4]", seeds=2
    )


@pytest.fixture(scope="module")
def undisturbed(content: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    results = tmp_path_factory.mktemp("undisturbed")
    return results, study_runs.run(content, results)


@pytest.fixture(scope="module")
def disturbed(content: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Outcome]]:
    """The same study: Ctrl-C in its first cohort, SIGKILL in its second, then left in peace."""
    # The name has a space in it, as people's folders have.
    results = tmp_path_factory.mktemp("disturbed study")
    interrupted = study_runs.run(content, results, Stopper())
    assert not events(results, "end"), "the test came too late: a run had ended already"
    driver = Elsewhere(content, results)
    driver.until(lambda found: len(_ended(found)) == 4 and bool(_late(found)))
    driver.kill()
    assert len(events(results, "end")) == 4, "the test came too late: the second cohort had ended"
    return results, [interrupted, study_runs.run(content, results)]


def _ended(found: Sequence[Event]) -> set[str]:
    return {event["run"] for event in found if event["type"] == "end"}


def _late(found: Sequence[Event]) -> list[Event]:
    """Scores of step 20 of runs that are still under way."""
    ended = _ended(found)
    return [e for e in found if e["type"] == "score" and e["step"] == 20 and e["run"] not in ended]


def test_every_run_ends_once(content: str, undisturbed: tuple[Path, Outcome]) -> None:
    """Every planned run ends exactly once, with a score at every evaluation."""
    results, outcome = undisturbed
    runs = [run.id for run in planned(content).runs]
    assert outcome == Outcome(ran=8, left=0, interrupted=False)
    assert sorted(event["run"] for event in events(results, "end")) == sorted(runs)
    assert set(scores(results)) == {(run, step) for run in runs for step in (10, 20, 30, 40)}
    assert {event["cohort_size"] for event in events(results, "start")} == {4}


def test_the_journal_begins_with_the_plan(undisturbed: tuple[Path, Outcome]) -> None:
    """The plan and the oracle come before any run, and every file that is named is there."""
    found = events(undisturbed[0])
    assert [event["type"] for event in found[:3]] == ["study", "oracle", "driver"]
    for event in found:
        named = [
            event[key] for key in ("path", "checkpoint") if event["type"] in ("image", "end") and key in event
        ]
        assert all((undisturbed[0] / "tiny" / name).exists() for name in named)
    assert not list(undisturbed[0].glob("tiny/checkpoints/cohort-*")), "finished cohorts leave no checkpoint"


def test_scores_and_starts_say_how(undisturbed: tuple[Path, Outcome], content: str) -> None:
    """Every score names the plan's protocol, every start whether averaged or raw weights are sampled."""
    (study,) = events(undisturbed[0], "study")
    assert {event["protocol"] for event in events(undisturbed[0], "score")} == {digest(study["protocol"])}
    assert study["protocol"]["data"]["name"] == "ring" and "averaged" in study["protocol"]["generator"]
    assert "ema: on" in content
    assert {event["generator"] for event in events(undisturbed[0], "start")} == {"averaged"}


def test_running_again_does_nothing(content: str, undisturbed: tuple[Path, Outcome]) -> None:
    """A finished study starts no process and writes nothing."""
    results, _ = undisturbed
    before = (results / "tiny" / "journal.jsonl").read_bytes()
    children = multiprocessing.active_children()
    assert study_runs.run(content, results) == Outcome(ran=0, left=0, interrupted=False)
    assert multiprocessing.active_children() == children
    assert (results / "tiny" / "journal.jsonl").read_bytes() == before


def test_ctrl_c_stops_at_a_checkpoint(disturbed: tuple[Path, list[Outcome]]) -> None:
    """Ctrl-C ends the driver by itself, with all runs left to do, and says that it was interrupted."""
    assert disturbed[1][0] == Outcome(ran=0, left=8, interrupted=True)


def test_a_resumed_study_ends_where_an_undisturbed_one_does(
    content: str, undisturbed: tuple[Path, Outcome], disturbed: tuple[Path, list[Outcome]]
) -> None:
    """After Ctrl-C and SIGKILL: the same scores, verdicts and final states, bit for bit."""
    left, right = undisturbed[0], disturbed[0]
    assert disturbed[1][1] == Outcome(ran=4, left=0, interrupted=False)
    assert scores(left) == scores(right)
    assert ends(left) == ends(right)
    for run in planned(content).runs:
        pairs = list(zip(tensors(left, run.id), tensors(right, run.id), strict=True))
        assert pairs and all(torch.equal(a, b) for a, b in pairs), "a final state differs"


def test_a_resumed_study_resumes(disturbed: tuple[Path, list[Outcome]]) -> None:
    """What had been trained before a kill is not trained again: nothing but the last stretch repeats."""
    lines = (disturbed[0] / "tiny" / "journal.jsonl").read_text().count('"type": "score"')
    assert lines <= 32 + 3 * 4, "more than one evaluation of a cohort was repeated"


class Killer(Lines):
    """Kills the worker as soon as it has said how far it is; only the first time, or always."""

    def __init__(self, always: bool = False) -> None:
        super().__init__(Console(file=io.StringIO()))
        self.always = always
        self.killed = 0

    def heard(self, task: Task, events: list[Event]) -> None:
        super().heard(task, events)
        (worker,) = multiprocessing.active_children()
        mine = not self.killed or (self.always and task.members[0].recipe.loss.name == "hinge")
        if mine and worker.pid is not None:
            self.killed += 1
            os.kill(worker.pid, signal.SIGKILL)


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    """What it was doing is done again from its checkpoint; the journal tells of it, and no run has failed."""
    content = study_runs.text(factors="loss: [hinge, minimax]", seeds=2)
    assert study_runs.run(content, tmp_path, Killer()) == Outcome(ran=4, left=0, interrupted=False)
    assert "failed" not in {end["verdict"] for end in ends(tmp_path).values()}
    (trouble,) = events(tmp_path, "trouble")
    assert trouble["kind"] == "lost" and trouble["cohort"] == events(tmp_path, "task")[0]["cohort"]
    killed = "the worker process was killed by SIGKILL (out of memory?)"
    assert trouble["sentence"] == f"{killed}; tried again (1 of 3 times)"
    assert sorted(event["attempt"] for event in events(tmp_path, "task")) == [1, 1, 2]


def test_a_worker_that_is_killed_again_and_again(tmp_path: Path) -> None:
    """After the last retry its runs have failed, with the reason and the log; the others go on."""
    content = study_runs.text(factors="loss: [hinge, minimax]", seeds=2)
    view = Killer(always=True)
    assert study_runs.run(content, tmp_path, view, retries=1).left == 0
    assert view.killed == 2, "the first time and one retry"
    found = [ends(tmp_path)[run.id] for run in planned(content).runs]
    failed = [end for end in found if end["verdict"] == "failed"]
    assert len(failed) == 2 and len(found) == 4
    assert {end["reason"] for end in failed} == {"the worker process was killed by SIGKILL (out of memory?)"}
    assert all("attempt 2" in end["log"][-1] for end in failed), "the worker's last lines"
    assert all(end["final"]["modes"] is None for end in failed)
    assert all(end["final"]["modes"] is not None for end in found if end["verdict"] != "failed")


def test_a_failure_is_a_row_and_a_traceback(tmp_path: Path) -> None:
    """An exception in a worker fails its runs, in one line each; the log has the traceback."""
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "samples").write_text("in the way of the pictures")
    outcome = study_runs.run(study_runs.text(seeds=2), tmp_path)
    assert outcome == Outcome(ran=2, left=0, interrupted=False)
    for end in events(tmp_path, "end"):
        assert end["verdict"] == "failed"
        assert end["reason"].startswith(("NotADirectoryError: ", "FileExistsError: "))
        assert any("Traceback" in line for line in end["log"]), "it can be understood without repeating it"
    assert events(tmp_path, "score"), "what was found out before the failure is kept"

    assert study_runs.run(study_runs.text(seeds=2), tmp_path).ran == 0, "a failure is an end"
    (tmp_path / "tiny" / "samples").unlink()
    outcome = study_runs.run(study_runs.text(seeds=2), tmp_path, retry_failed=True)
    assert outcome == Outcome(ran=2, left=0, interrupted=False)
    assert {end["verdict"] for end in ends(tmp_path).values()} == {"collapsed"}, "tried again, and done"


def test_more_levels_and_a_diverging_one(tmp_path: Path) -> None:
    """An added level runs alone; a run that diverges keeps its place, its neighbours their health."""
    first = study_runs.text(metrics="fid", seeds=2)
    assert study_runs.run(first, tmp_path).ran == 2
    before = ends(tmp_path)
    more = study_runs.text(factors="lr: [1e-3, 1e30, 1e-4]", metrics="fid", seeds=2)
    assert study_runs.run(more, tmp_path) == Outcome(ran=4, left=0, interrupted=False)
    found = ends(tmp_path)
    assert {run: found[run] for run in before} == before, "finished runs are left alone"
    sizes = [event["cohort_size"] for event in events(tmp_path, "start")]
    assert sizes == [2, 2, 4, 4, 4, 4], "the diverging runs shared a cohort with healthy ones"
    for run in planned(more).runs:
        end = found[run.id]
        wild = run.recipe.generator_lr > 1
        assert end["verdict"] == ("diverged" if wild else "healthy")
        assert (end["final"]["frechet"] is None) == wild
        if wild:
            assert 1 <= end["onset"] <= 20 and end["reason"] == f"not finite since step {end['onset']}"


def test_data_that_is_not_there(tmp_path: Path) -> None:
    """Missing files are found before any run begins, and leave no run behind."""
    content = study_runs.text().replace("data: ring", "data: mnist")
    with pytest.raises(DataError):
        study_runs.run(content, tmp_path, data_root=tmp_path / "nowhere")
    assert events(tmp_path) == []
    assert not multiprocessing.active_children()


def test_one_driver_at_a_time(tmp_path: Path) -> None:
    """A second driver of the same study is refused before it starts anything."""
    with alone(tmp_path / "tiny", "ganbench run"), pytest.raises(NotAlone, match="has been running since"):
        study_runs.run(study_runs.text(), tmp_path)
    with alone(tmp_path / "tiny", "ganbench run"):
        assert events(tmp_path) == []


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    """A results folder that cannot be made is a user's mistake, in one line."""
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match=r"cannot write results to .*tiny: "):
        study_runs.run(study_runs.text(), tmp_path / "file")


def test_the_primary_output() -> None:
    """A metric's first headline stands for it; one that has none is stood for by its first output."""
    outputs = {
        "other": {"metric": "fid", "headline": True},
        "aside": {"metric": "modes", "headline": False},
        "modes": {"metric": "modes", "headline": True},
        "kid": {"metric": "kid", "headline": False},
    }
    assert output_of("modes", outputs) == "modes"
    assert output_of("kid", outputs) == "kid"
    assert output_of("aside", outputs) == "aside", "an output may be named itself"
