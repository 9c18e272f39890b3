"""`ganbench status` and `ganbench logs`, as a shell sees them; and what `ganbench run` says to programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import told_journals as told
from study_runs import text
from told_journals import begun, driver, end, reached, score, study, trouble
from typer.testing import CliRunner, Result

from bench.cli import app
from bench.journal_lines import written
from bench.tracking import notes

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs the command line on `tmp_path / "results"`; wide, so that nothing is cut off."""
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--results", str(tmp_path / "results")])

    return invoke


@pytest.fixture
def told_study(tmp_path: Path) -> Path:
    """A study whose driver was killed in its second cohort, on another machine; its folder."""
    events = [study(), driver(host="elsewhere"), *begun("c0", ["a0s0", "a0s1"])]
    events += [score(run, step, modes=step / 10, fid=1.0) for step in (10, 20) for run in ("a0s0", "a0s1")]
    events += [reached("c0", 20, 2.0), trouble("c0", sentence="the worker died; tried again")]
    events += [*begun("c0", ["a0s0", "a0s1"], attempt=2, worker="worker 1"), reached("c0", 100, 10.0)]
    events += [end("a0s0", at=60.0), end("a0s1", "failed", at=60.0, reason="OSError: no space")]
    events += [*begun("c1", ["a1s0", "a1s1"], "r1", at=61.0), reached("c1", 50, 10.0, at=71.0)]
    folder = told.write(tmp_path / "results", events)
    (folder / "logs").mkdir()
    (folder / "logs" / "cohort-c0.log").write_text("worker 0: 2 runs\n    indented \x1b[31mred\x1b[0m\n")
    return folder


def test_status(call: Call, told_study: Path) -> None:
    """Runs, who drives, workers with their scores, verdicts, warnings, MLflow, the command that goes on."""
    notes.tell(told_study, "sqlite", 0, None, None)
    done = call("status", "told.yaml")
    assert done.exit_code == 0, done.stderr
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert lines[0] == "told: Does it help?"
    assert lines[1].startswith("running, or killed, on elsewhere, process 7, since 2023-11-")
    assert lines[3].startswith("2 of 4 runs  ━") and lines[3].endswith(" left")
    assert lines[4].split() == ["worker", "cohort", "runs", "step", "steps/s", "modes", "↑", "FID", "↓"]
    assert lines[5].split() == ["0", "r1", "2", "50/100", "5", "—", "—"]
    assert lines[6] == "healthy 1 · failed 1 · 1 warning"
    assert lines[7].startswith("MLflow: ") and lines[7].endswith(" events behind")
    assert lines[9].endswith("hinge: the worker died; tried again")
    assert lines[10] == f"Go on with: ganbench run told.yaml --results {told_study.parent}"


@pytest.mark.parametrize("given", ["told", "told.yaml", "studies/told.yml", "FOLDER"])
def test_the_name_is_enough(call: Call, told_study: Path, given: str) -> None:
    """The study's file may be gone, broken or changed: the journal has it all."""
    done = call("status", str(told_study) if given == "FOLDER" else given, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["study"], found["runs"], found["done"], found["verdicts"]) == (
        "told",
        4,
        2,
        {"healthy": 1, "failed": 1},
    )
    assert found["workers"][0]["step"] == 50 and found["driver"]["state"] == "elsewhere"
    assert found["mlflow"] is None and found["next"].startswith("ganbench run ")


def test_a_study_that_never_ran(call: Call, tmp_path: Path) -> None:
    """Says so, with the command to start it; broken or not, it is not read."""
    file = tmp_path / "fresh.yaml"
    file.write_text("question: [")
    done = call("status", str(file))
    command = f"ganbench run {file} --results {tmp_path / 'results'}"
    assert (done.exit_code, done.stdout) == (0, f"fresh has never been run. Start it with: {command}\n")
    assert json.loads(call("status", str(file), "--json").stdout)["next"] == command


@pytest.mark.parametrize("given", ["tald", "tald.yaml", "x/tald"])
def test_an_unknown_study(call: Call, told_study: Path, given: str) -> None:
    """One line with the nearest name, exit status 2."""
    done = call("status", given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "did you mean 'told'?" in done.stderr


def test_a_finished_study_needs_nothing(call: Call, tmp_path: Path) -> None:
    """No command where nothing is left; with failures, the one that tries them again."""
    runs = ["a0s0", "a0s1", "a1s0", "a1s1"]
    told.write(
        tmp_path / "results", [study(), driver(), *(end(run) for run in runs), driver("end", how="done")]
    )
    assert json.loads(call("status", "told", "--json").stdout)["next"] is None
    assert "Go on with" not in call("status", "told").stdout
    told.write(tmp_path / "results", [study(name="worse"), *(end(run, "failed") for run in runs)], "worse")
    found = json.loads(call("status", "worse", "--json").stdout)
    assert found["next"] == f"ganbench run --retry failed worse.yaml --results {tmp_path / 'results'}"


def test_what_was_typed_is_typed_again(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all its options, if it is of these results; moved ones have a command of their own."""
    results = tmp_path / "results"
    typed = f"ganbench run sub/told.yaml --workers 3 --results {results} --tracking-uri sqlite:////x.db"
    told.write(results, [study(), driver(command=typed)])
    assert json.loads(call("status", "told", "--json").stdout)["next"] == typed
    elsewhere = tmp_path / "moved"
    results.rename(elsewhere)
    found = CliRunner().invoke(app, ["status", "told", "--json", "--results", str(elsewhere)])
    assert json.loads(found.stdout)["next"] == f"ganbench run told.yaml --results {elsewhere}"


@pytest.mark.parametrize("local", [True, False])
def test_what_mlflow_lacks_is_left_to_do(call: Call, tmp_path: Path, local: bool) -> None:
    """All runs have ended: the record is completed, where it was kept."""
    runs = ["a0s0", "a0s1", "a1s0", "a1s1"]
    folder = told.write(
        tmp_path / "results", [study(), driver(), *(end(run) for run in runs), driver("end", how="done")]
    )
    address = f"sqlite:///{tmp_path / 'results' / 'mlflow.db'}" if local else "http://***@mlflow.example"
    notes.tell(folder, address, 0, "nothing listens there", 1.0)
    onward = json.loads(call("status", "told", "--json").stdout)["next"]
    assert onward.startswith(f"ganbench sync told --results {tmp_path / 'results'}")
    assert ("--tracking-uri" in onward) is not local
    assert f"Go on with: {onward[:40]}" in call("status", "told").stdout


def test_a_damaged_line_is_nobodys_traceback(call: Call, told_study: Path) -> None:
    """Whatever it was, it still is JSON: what watches passes it over, as the driver does."""
    journal = told_study / "journal.jsonl"
    whole = [written(json.loads(line)) for line in journal.read_bytes().splitlines()]
    for index, line in enumerate(whole):
        for before, after in (
            (b'"metrics"', b'"mEtrics"'),
            (b'"verdict"', b'"vErdict"'),
            (b'"runs"', b'"rUns"'),
        ):
            broken = [*whole[:index], line.replace(before, after), *whole[index + 1 :]]
            if broken == whole:
                continue
            journal.write_bytes(b"".join(broken))
            for words in (("status", "told"), ("status", "told", "--json"), ("logs", "hinge · seed 1")):
                done = call(*words)
                assert done.exit_code in (0, 2), (line, done.exception)


@pytest.mark.parametrize(
    "notes_of_a_stranger", ['{"now": {}}', '{"now": 3}', "[]", '{"now": {"offset": "x"}}']
)
def test_notes_that_say_nothing(call: Call, told_study: Path, notes_of_a_stranger: str) -> None:
    """They only save work."""
    (told_study / notes.NOTES).write_text(notes_of_a_stranger)
    assert call("status", "told").exit_code == 0
    assert notes.noted_offset(told_study, "now") == 0


def test_watching_ends_with_the_study(call: Call, told_study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--watch` shows it until the driver has said that it ended, then stops by itself."""
    looks = []

    def wait(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            told.write(told_study.parent, [driver("end", how="interrupted", at=99.0)])

    monkeypatch.setattr("bench.watch_commands._wait", wait)
    done = call("status", "told", "--watch", "--json")
    states = [json.loads(line)["driver"]["state"] for line in done.stdout.splitlines()]
    assert states == ["elsewhere", "elsewhere", "interrupted"]


@pytest.mark.parametrize("given", ["a0s0", "hinge · seed 0", "hinge seed 0", "hinge, seed 0"])
def test_logs(call: Call, told_study: Path, given: str) -> None:
    """The story in order, the scores by step, then its cohorts' logs; nothing in them steers the terminal."""
    done = call("logs", given)
    assert done.exit_code == 0, done.stderr
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert lines[0] == "hinge · seed 0  a0s0, of told"
    story = [line[18:] for line in lines[1:5]]
    assert story == [
        "begins on worker 0 (cpu, elsewhere): cohort c0, with 1 other run",
        "lost: the worker died; tried again",
        "begins on worker 1 (cpu, elsewhere), attempt 2: cohort c0, with 1 other run",
        "ends healthy (trained for 10 s)",
    ]
    assert [line.split() for line in lines[6:9]] == [
        ["step", "modes", "↑", "FID", "↓"],
        ["10", "1.0", "1.00"],
        ["20", "2.0", "1.00"],
    ]
    assert lines[-3].startswith("Log of cohort c0: ") and lines[-1] == "    indented red"
    assert "\x1b" not in done.stdout


def test_logs_of_a_failure(call: Call, told_study: Path) -> None:
    """The verdict and why."""
    assert "ends failed: OSError: no space" in call("logs", "hinge · seed 1").stdout


def test_logs_of_a_run_that_waits(call: Call, told_study: Path) -> None:
    """A planned run is known before it starts."""
    told.write(told_study.parent, [study(["hinge", "r1", "late"])])
    assert "has not started" in call("logs", "a2s0").stdout


def test_unknown_and_ambiguous_runs(call: Call, told_study: Path) -> None:
    """Unknown: one line with the nearest. Ambiguous: the candidates. Both are mistakes."""
    done = call("logs", "hinge · seed 7")
    assert done.exit_code == 2 and done.stderr.count("\n") == 1
    assert "did you mean 'hinge · seed 1'?" in done.stderr
    assert "did you mean 'hinge · seed 0'?" in call("logs", "hing").stderr
    done = call("logs", "a0")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[1:] == [
        "  a0s0  hinge · seed 0  (told)",
        "  a0s1  hinge · seed 1  (told)",
    ]


def test_runs_of_other_studies(call: Call, told_study: Path) -> None:
    """All studies are searched, or the one that is named."""
    told.write(told_study.parent, [study(["hinge"], name="other"), end("a0s0", "collapsed")], "other")
    done = call("logs", "hinge · seed 0")
    assert done.exit_code == 2 and "(other)" in done.stderr and "(told)" in done.stderr
    assert "collapsed" in call("logs", "hinge · seed 0", "--study", "other").stdout
    assert "no run is known" in CliRunner().invoke(app, ["logs", "x", "--results", "nowhere"]).stderr


def test_following_ends_with_the_run(call: Call, told_study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--follow` prints what is added to the story and to the log, and stops when the run has ended."""
    looks = []

    def wait(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 1:
            (told_study / "logs" / "cohort-c1.log").write_text("news\nhalf a li")
            told.write(told_study.parent, [score("a1s0", 60, modes=4.0, fid=2.0)])
        else:
            told.write(told_study.parent, [end("a1s0", "collapsed", at=99.0, onset=60)])

    monkeypatch.setattr("bench.watch_commands._wait", wait)
    done = call("logs", "a1s0", "--follow")
    assert done.exit_code == 0 and len(looks) == 2
    tail = done.stdout.splitlines()[-4:]
    assert tail[0] == "step 60: modes 4.0  fid 2.00" and tail[1] == "news" and tail[3] == "half a li"
    assert "ends collapsed since step 60" in tail[2]


def test_watching_imports_nothing_heavy(told_study: Path) -> None:
    """Whoever looks takes nothing from the workers: no torch, no mlflow, no numpy."""
    for words in (["status", "told"], ["logs", "a0s0"]):
        code = (
            "import sys\n"
            f"sys.argv = ['ganbench', *{words!r}, '--results', {str(told_study.parent)!r}]\n"
            "from bench.cli import main\n"
            "try:\n    main()\nexcept SystemExit as error:\n    assert not error.code, error.code\n"
            "heavy = {'torch', 'mlflow', 'pandas', 'optuna', 'numpy', 'scipy'} & set(sys.modules)\n"
            "assert not heavy, heavy\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_two_voices_are_a_mistake(call: Call, tmp_path: Path) -> None:
    """`--quiet` and `--json` exclude each other."""
    done = call("run", str(tmp_path / "x.yaml"), "--quiet", "--json")
    assert (done.exit_code, done.stderr) == (2, "--quiet and --json: choose one\n")


def test_a_mistake_in_json(call: Call, tmp_path: Path) -> None:
    """The last line says so, too; the line for a person stands on stderr."""
    done = call("run", str(tmp_path / "x.yaml"), "--json")
    (last,) = map(json.loads, done.stdout.splitlines())
    assert done.exit_code == 2 and done.stderr.count("\n") == 1
    assert (last["event"], last["status"], last["how"], last["next"]) == ("end", 2, "mistake", None)
    assert last["sentences"] == done.stderr.splitlines()


@pytest.mark.slow
def test_a_real_study(tmp_path: Path) -> None:
    """Limited, in JSON, then to its end, quietly; what is seen beside it is the same."""
    file = tmp_path / "tiny.yaml"
    file.write_text(text(factors="loss: [hinge, minimax]"))

    def shell(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bench.cli", *words, "--results", str(tmp_path / "results")]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "100"})

    done = shell("run", str(file), "--json", "--limit", "1", "--workers", "1")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [one["event"] for one in found if one["event"] != "note"]
    assert kinds[0] == "begin" and kinds[-2:] == ["run", "end"] and "progress" in kinds
    assert (found[-1]["status"], found[-1]["left"], found[-1]["ran"]) == (0, 1, 1)
    assert found[-1]["next"].startswith(f"ganbench run {file} --json --limit 1")
    half = json.loads(shell("status", str(file), "--json").stdout)
    assert (half["done"], half["runs"], half["driver"]["state"]) == (1, 2, "done")
    (run,) = [one for one in found if one["event"] == "run"]
    assert f"ends {run['verdict']}" in shell("logs", run["run"]).stdout
    done = shell("run", str(file), "--quiet", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("2 runs with an outcome: ")
