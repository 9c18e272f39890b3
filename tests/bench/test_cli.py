"""The `ganbench` command, as a shell sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app

STUDY = """\
question: Does smoothing help?
base: {data: ring, steps: 10}
factors: {loss: [minimax, hinge], label_smoothing: [off, on]}
seeds: 2
metrics: [modes]
"""


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


def test_help(runner: CliRunner) -> None:
    """The commands are named."""
    result = runner.invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(command in result.stdout for command in ("list", "check"))


def test_version(runner: CliRunner) -> None:
    """The version is the installed distribution's."""
    result = runner.invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"ganbench {version('ganbench')}\n")


@pytest.mark.parametrize("words", [["list"], ["list", "tricks"], ["list", "trick", "r1"]])
def test_list(runner: CliRunner, words: list[str]) -> None:
    """All kinds, one kind, one component."""
    result = runner.invoke(app, words)
    assert result.exit_code == 0
    assert "Zero-centred gradient penalty on real samples." in result.stdout


def test_check(runner: CliRunner, tmp_path: Path) -> None:
    """A study is planned by the components themselves, and nothing runs."""
    path = tmp_path / "x.yaml"
    path.write_text(STUDY)
    result = runner.invoke(app, ["check", str(path)])
    assert result.exit_code == 0, result.stderr
    assert "factorial: 4 arms (1 not applicable), 2 seeds, 6 runs" in result.stdout
    assert list(tmp_path.iterdir()) == [path], "checking writes nothing"


def test_a_users_mistakes_are_lines_on_stderr(runner: CliRunner, tmp_path: Path) -> None:
    """Each mistake is one line, the exit status is 2, and there is no traceback."""
    path = tmp_path / "x.yaml"
    path.write_text(STUDY.replace("hinge", "hing").replace("seeds: 2", "seeds: 0"))
    result = runner.invoke(app, ["check", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"{path}:3:27: unknown loss 'hing'; did you mean 'hinge'?",
        f"{path}:4:8: `seeds` must be at least 1, not 0",
    ]


def test_a_metric_that_does_not_fit_is_a_users_mistake(runner: CliRunner, tmp_path: Path) -> None:
    """What only the components know is reported like any other mistake."""
    path = tmp_path / "x.yaml"
    path.write_text(
        STUDY.replace("ring", "digits").replace("[modes]", "[modes, {fid: {extractor: ganbench-mnist}}]")
    )
    result = runner.invoke(app, ["check", str(path)])
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{path}:5:18: metric fid does not fit the data digits: ")


def test_an_unknown_name(runner: CliRunner) -> None:
    """A name that is not listed is one line and exit status 2."""
    result = runner.invoke(app, ["list", "trick", "r2"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "unknown trick 'r2'; did you mean 'r1'?\n"


@pytest.mark.parametrize(
    "words", [[], ["lst"], ["check"], ["list", "--nope"], ["check", "x", "--cohort-size", "0"]]
)
def test_bad_usage(runner: CliRunner, words: list[str]) -> None:
    """A command line that cannot be understood exits with 2."""
    result = runner.invoke(app, words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [["--help"], ["list"], ["list", "metrics"], ["list", "trick", "r1"]])
def test_looking_around_imports_nothing_heavy(words: list[str]) -> None:
    """Help and lists come at once: no torch, no mlflow, no pandas, no optuna."""
    code = (
        "import sys\n"
        f"sys.argv = ['ganbench', *{words!r}]\n"
        "from bench.cli import main\n"
        "try:\n    main()\nexcept SystemExit as error:\n    assert not error.code, error.code\n"
        "heavy = {'torch', 'mlflow', 'pandas', 'optuna', 'torch_fidelity', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_terminal_without_greek_letters() -> None:
    """Formulas lose their letters on a terminal that has none; the command does not fail."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.cli", "list", "trick", "r1"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert b"Weight ? of the penalty." in done.stdout


def test_reading_a_study_imports_no_torch(tmp_path: Path) -> None:
    """Mistakes in numbers and names are found before anything heavy is imported."""
    path = tmp_path / "x.yaml"
    path.write_text(STUDY)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from bench.study import load\nfrom bench.plan import cohorts, plan\n"
        f"runs = plan(load(Path({str(path)!r})), lambda recipe: None).runs\n"
        "assert len(cohorts(runs, lambda recipe: 4)) == 4\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
