"""A recorded run trained again: the same bit for bit from the record alone, and told where it is not."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import study_runs
import torch
from rich.console import Console
from study_runs import events, planned
from typer.testing import CliRunner

from bench.again import Way, original
from bench.cli import app
from bench.find_run import find
from bench.journal import Event, Journal
from bench.problems import UserError
from bench.progress import Lines
from bench.reproduce import Reproduction, reproduce
from bench.tasks import Task

TEXT = study_runs.text("steps: 20", "loss: [non_saturating], lr: [1e-3, 1e-4, 1e30]", seeds=2)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of six runs, two of which diverge."""
    found = tmp_path_factory.mktemp("results")
    study_runs.run(TEXT, found)
    return found


@pytest.fixture(autouse=True)
def threads() -> None:
    """Whatever a run was trained with, the next test has one."""
    torch.set_num_threads(1)


def quiet() -> Lines:
    return Lines(Console(file=io.StringIO()))


def again(results: Path, run: str, **way: bool) -> Reproduction:
    return reproduce(original(find(results, run)), replace(Way(), **way), quiet())


def test_it_is_the_same_bit_for_bit(results: Path) -> None:
    """In its cohort, without the study's file: scores, verdict, weights. The study stays as it was."""
    before = {path: path.read_bytes() for path in (results / "tiny").rglob("*") if path.is_file()}
    run = planned(TEXT).runs[1].id
    found = again(results, run)
    assert found.likeness.same and found.likeness.weights is True
    assert found.likeness.evaluations == 2 and found.reasons == ()
    assert [member.run for member in found.task.members] == events(results, "task")[0]["runs"]
    assert found.folder == results / "tiny" / "reproduced" / f"{run}-1"
    assert {path: path.read_bytes() for path in before} == before
    last = list(Journal(found.folder / "journal.jsonl").read())[-1]
    assert last["type"] == "reproduction" and last["of"] == run and last["same"] is True
    again_ = again(results, run)
    assert again_.folder.name == f"{run}-2", "each has a folder of its own"


def test_alone_its_numbers_drift_and_it_says_why(results: Path) -> None:
    """By itself it is a cohort of one; whatever comes out, the other company is named."""
    found = again(results, planned(TEXT).runs[0].id, alone=True)
    assert len(found.task.members) == 1
    assert found.reasons == ("cohort: of 6 runs -> alone; in other company numbers drift",)


def test_a_diverged_run(results: Path) -> None:
    """It diverges again, at the same step."""
    run = next(run for run in planned(TEXT).runs if run.params["generator_lr"] == "1e+30")
    result = CliRunner().invoke(app, ["reproduce", run.id, "--results", str(results)])
    assert result.exit_code == 0, result.output
    assert "Recorded: diverged: not finite since step" in result.output
    assert "This time: diverged: not finite since step" in result.output


class Interrupter(Lines):
    def heard(self, task: Task, events: list[Event]) -> None:
        if any(event["type"] == "score" for event in events):
            raise KeyboardInterrupt


def test_one_that_is_interrupted_goes_on(results: Path) -> None:
    """In the same folder, from its checkpoint, to the same end."""
    known = original(find(results, planned(TEXT).runs[4].id))
    with pytest.raises(KeyboardInterrupt):
        reproduce(known, Way(), Interrupter(Console(file=io.StringIO())))
    found = reproduce(known, Way(), quiet())
    assert found.folder.name.endswith("-1") and found.likeness.same and found.likeness.weights


@pytest.fixture
def elsewhere(results: Path, tmp_path: Path) -> Path:
    """The journal alone, of another machine, with a score that is none of this run's."""
    run, folder = planned(TEXT).runs[0].id, tmp_path / "tiny"
    folder.mkdir()
    lines = []
    for line in (results / "tiny" / "journal.jsonl").read_text().splitlines():
        event = json.loads(line)
        event.pop("crc", None)
        if event["type"] == "start":
            event["environment"] = {**event["environment"], "torch": "1.0"}
        if event["type"] == "score" and (event["run"], event["step"]) == (run, 20):
            event["metrics"]["high_quality"] += 0.25
        lines.append(json.dumps(event))
    (folder / "journal.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_what_is_different_is_told(elsewhere: Path) -> None:
    """Where the difference begins, how large it is, and what is not as it was; the exit status is 1."""
    result = CliRunner().invoke(app, ["reproduce", planned(TEXT).runs[0].id, "--results", str(elsewhere)])
    assert result.exit_code == 1, result.output
    assert "Different from step 20 on; 2 evaluations compared." in result.output
    assert "high_quality from step 20 on, most at step 20" in result.output and "0.25 apart" in result.output
    assert f"torch: 1.0 -> {torch.__version__}" in result.output or "torch: 1.0 ->" in result.output
    assert "Final weights: not compared: a file is not there." in result.output


def test_what_cannot_be_reproduced(results: Path, tmp_path: Path) -> None:
    """A run without an end, or recorded before scoring was, is a user's mistake in one line."""
    (tmp_path / "tiny").mkdir()
    kept = [e for e in events(results) if e["type"] != "end"]
    Journal(tmp_path / "tiny" / "journal.jsonl").append(*kept)
    with pytest.raises(UserError, match="has not ended"):
        again(tmp_path, planned(TEXT).runs[0].id)
    old = [{k: v for k, v in e.items() if k != "scoring" or e["type"] == "study"} for e in events(results)]
    (tmp_path / "tiny" / "journal.jsonl").unlink()
    Journal(tmp_path / "tiny" / "journal.jsonl").append(*old)
    with pytest.raises(UserError, match="earlier version"):
        again(tmp_path, planned(TEXT).runs[0].id)
