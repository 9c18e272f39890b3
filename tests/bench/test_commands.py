"""`ganbench run` as a user types it: which runs, in which words, with which exit status."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
import study_runs
from rich.console import Console
from study_runs import events
from typer.testing import CliRunner, Result

from bench.cli import app
from bench.commands import polite
from bench.problems import MachineError, UserError
from bench.tracking import TrackingError
from bench.voice import chosen


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies") / "tiny.yaml"
    path.write_text(study_runs.text(factors="loss: [hinge, minimax]", seeds=2))
    return path


@pytest.fixture(scope="module")
def first(study: Path) -> Result:
    """One of two arms."""
    return run(study, "--only", "hinge")


def run(study: Path, *options: str) -> Result:
    folder = study.parent / "results"
    return CliRunner().invoke(app, ["run", str(study), "--results", str(folder), "--workers", "1", *options])


def test_only_one_arm(study: Path, first: Result) -> None:
    """The others are left, which is what was asked for, and how to go on is said."""
    assert first.exit_code == 0, first.output
    arms = {event["arm_name"] for event in events(study.parent / "results", "start")}
    assert arms == {"hinge"}
    assert "2 runs left. Go on with: ganbench" in first.stdout


def test_an_arm_that_is_not_there(study: Path, first: Result) -> None:
    """One line with the nearest name; nothing runs."""
    result = run(study, "--only", "hnge")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("--only: unknown arm 'hnge'") and "hinge" in line


def test_a_server_that_dies_at_the_last_moment(
    study: Path, first: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is nobody's mistake: the reports are there, and going on with the study gives them to MLflow."""

    def publish(*what: object) -> None:
        raise TrackingError("nothing listens there")

    monkeypatch.setattr("bench.reporting.publish", publish)
    result = run(study, "--only", "hinge")
    assert result.exit_code == 1, result.output
    reports, onward = result.stdout.splitlines()[-2:]
    assert "has the record and not the reports: nothing listens there" in reports
    assert onward.startswith("Once it answers, add them with: ganbench")


def test_failed_runs_are_tried_again_only_when_asked(study: Path, first: Result) -> None:
    """Exit status 1 as long as a run has failed; `--only` its arm or `--retry failed` runs it again."""
    results = study.parent / "results"
    journal = results / "tiny" / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    # As if the machine had failed both runs: the journal's own lines, with another end.
    ended = [i for i, line in enumerate(lines) if '"type": "end"' in line]
    assert len(ended) == 2
    for index in ended:
        event = json.loads(lines[index])
        del event["crc"]
        lines[index] = json.dumps({**event, "verdict": "failed", "reason": "a test said so"}) + "\n"
    journal.write_text("".join(lines))
    # Another store: to the first one these ends would be repeats.
    other = ("--tracking-uri", str(results / "other"))
    assert run(study, "--limit", "1", *other).exit_code == 1
    again = run(study, "--only", "hinge", *other)
    assert again.exit_code == 0, again.output
    last = {event["run"]: event["verdict"] for event in events(results, "end")}
    assert list(last.values()).count("failed") == 0


def test_a_large_study_is_not_told_anew(
    study: Path, first: Result, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where nothing ran and nothing changed its reports stay; any change makes them again."""
    monkeypatch.setattr("bench.unchanged.MANY", 1)
    store = ("--tracking-uri", str(tmp_path))
    report = study.parent / "results" / "tiny" / "report.html"
    assert run(study, *store).exit_code == 0
    made = report.stat().st_mtime_ns
    again = run(study, *store)
    assert again.exit_code == 0 and "are of this record" in again.stdout
    assert "4 runs with an outcome" in again.stdout and report.stat().st_mtime_ns == made

    study.write_text(study.read_text().replace("question: q", "question: another"))
    assert "are of this record" not in run(study, *store).stdout
    assert report.stat().st_mtime_ns > made
    report.unlink()
    assert "are of this record" not in run(study, *store).stdout and report.exists()


def test_a_polite_kill_is_ctrl_c() -> None:
    """Whatever is being done; afterwards it is what it was."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), polite():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    ("error", "status"), [(MachineError("no memory"), 1), (UserError("no such study"), 2)]
)
def test_in_json_the_last_line_is_the_end(
    error: Exception, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong before there is a study."""
    with pytest.raises(type(error)), chosen(Console(), quiet=False, as_json=True):
        raise error
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["event"], last["status"], last["sentences"]) == ("end", status, [str(error)])
    assert (last["next"] is None) == (status == 2)
