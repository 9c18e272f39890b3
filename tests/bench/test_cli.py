"""The `ganbench` command, as a shell sees it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

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
    # A narrow terminal breaks the line after the words that fit.
    assert "Zero-centred gradient penalty on real samples." in " ".join(result.stdout.split())


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


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("{discrete: {length: 2, symbols: 2, modes: 16}}", "discrete: 2 symbols make 4 words of length 2"),
        ("{celeba: {side: 128, crop: 108}}", "celeba: `crop` 108 is less than `side` 128"),
    ],
)
def test_data_that_cannot_be_are_found_before_anything_runs(
    runner: CliRunner, tmp_path: Path, data: str, reason: str
) -> None:
    """Every arm says why, and one line says that nothing is left; no file is looked for."""
    path = tmp_path / "x.yaml"
    path.write_text(STUDY.replace("ring", data).replace("metrics: [modes]", ""))
    result = runner.invoke(app, ["check", str(path)])
    assert result.exit_code == 2
    assert " ".join(result.stdout.split()).count(f"not applicable: {reason}") == 4
    assert result.stderr == "There is nothing to run: no arm of this study applies.\n"


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


def test_weights_that_cannot_be_read_are_found_before_anything_runs(
    runner: CliRunner, tmp_path: Path
) -> None:
    """At the metric's line and column: weights that a bundled network has no use for, and a missing file."""
    path = tmp_path / "x.yaml"
    metrics = "[{fid: {weights: no.pth}}, {kid: {extractor: vgg16, weights: no.pth}}]"
    path.write_text(STUDY.replace("ring", "digits").replace("[modes]", metrics))
    result = runner.invoke(app, ["check", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    first, second = result.stderr.splitlines()
    assert first.startswith(f"{path}:5:11: metric fid ") and "leave `weights` empty" in first
    assert second.startswith(f"{path}:5:37: metric kid ") and "no.pth: no such file" in second


def test_an_unknown_name(runner: CliRunner) -> None:
    """A name that is not listed is one line and exit status 2."""
    result = runner.invoke(app, ["list", "trick", "dragn"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "unknown trick 'dragn'; did you mean 'dragan'?\n"


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
    assert b"R? = ?/2" in done.stdout


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


def _scored(runner: CliRunner, samples: Path, *words: str) -> Result:
    return runner.invoke(app, ["score", str(samples), "--metrics", "modes", *words])


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """A hundred samples of the ring."""
    import numpy as np

    from gan.data.ring import Ring

    np.save(tmp_path / "points.npy", Ring().load(tmp_path).x[:100].numpy())
    return tmp_path / "points.npy"


def test_score(runner: CliRunner, points: Path) -> None:
    """A table with the real data beside, the protocol, a verdict; what was assumed stands on stderr."""
    result = _scored(runner, points, "--against", "ring", "--samples", "50")
    assert result.exit_code == 0, result.stderr
    first, *_, last = result.stdout.splitlines()
    assert first.strip() == "50 samples against ring"
    assert last.startswith("Verdict: healthy")
    assert "98" in next(line for line in result.stdout.splitlines() if "high quality" in line), "its ceiling"
    assert "the first 50 training samples" in result.stdout
    expected = "Note: 100 samples were given; a random 50 of them are scored, as --samples says\n"
    assert result.stderr == expected


def test_score_in_json(runner: CliRunner, points: Path) -> None:
    """One object on stdout and nothing else, notes or not."""
    result = _scored(runner, points, "--against", "ring", "--samples", "50", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["data"], found["n"], found["verdict"]) == ("ring", 50, "healthy")
    assert found["scores"]["modes"] == found["oracle"]["modes"] == 8.0
    assert found["ceilings"]["high_quality"] == pytest.approx(0.9889, abs=1e-4)
    assert result.stdout.count("\n") == 1
    assert result.stderr.splitlines() == [f"Note: {note}" for note in found["notes"]] != []


def test_score_says_diverged_and_that_is_no_mistake(runner: CliRunner, points: Path) -> None:
    """Exit status 0, in words and in JSON."""
    import numpy as np

    x = np.load(points)
    x[3, 1] = np.nan
    np.save(points, x)
    words = _scored(runner, points, "--against", "ring")
    assert words.exit_code == 0
    assert words.stdout.splitlines()[-1] == "Verdict: diverged: 1 of 100 samples are not finite"
    found = json.loads(_scored(runner, points, "--against", "ring", "--json").stdout)
    assert found["verdict"] == "diverged" and set(found["scores"].values()) == {None}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--against", "rng"], "--against:1:1: unknown data 'rng'; did you mean 'ring'?"),
        (["--against", "digits"], "points.npy holds 100 x 2 values; this data needs images, N x 1 x 8 x 8"),
        (["--against", "ring", "--metrics", "mods"], "--metrics:1:1: unknown metric 'mods'; did you mean"),
        (["--against", "ring", "--device", "gpu"], "unknown device 'gpu'"),
        (["--against", "ring", "--pixels", "zero-to-one"], "--pixels is about images of floats, and"),
    ],
)
def test_mistakes_of_score(runner: CliRunner, points: Path, words: list[str], line: str) -> None:
    """One line on stderr, exit status 2, nothing on stdout."""
    result = _scored(runner, points, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert line in result.stderr and result.stderr.count("\n") == 1


def test_samples_without_a_name_are_not_this_folder(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty word on the command line is a mistake, wherever one stands."""
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, ["score", "", "--against", "digits"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "the samples have no name; samples are a folder of PNGs, or a file .npy, .npz or .pt\n"
    )


def test_train_classifier(runner: CliRunner, tmp_path: Path) -> None:
    """A file that `score` looks through by its path."""
    path = tmp_path / "mine.safetensors"
    result = runner.invoke(app, ["train-classifier", "digits", "--output", str(path), "--epochs", "1"])
    assert result.exit_code == 0, result.stderr
    first, second, third = result.stdout.splitlines()
    assert first.startswith("1,797 images of 1 x 8 x 8, 10 classes: 0 178, 1 182")
    assert second.startswith("held-out accuracy 0.")
    assert third == f"{path}: {path.stat().st_size:,} bytes, sha256 {_sha256(path)}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["digts", "--output", "x.safetensors"], "did you mean 'digits'?"),
        (["", "--output", "x.safetensors"], "the images have no name"),
        (["digits", "--output", "x.pt"], "x.pt must end in .safetensors"),
    ],
)
def test_mistakes_of_train_classifier(runner: CliRunner, words: list[str], line: str) -> None:
    """One line on stderr, exit status 2, before anything is trained."""
    result = runner.invoke(app, ["train-classifier", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert line in result.stderr and result.stderr.count("\n") == 1


def test_scoring_imports_nothing_that_it_does_not_need(points: Path) -> None:
    """No MLflow, no Optuna, no pandas; and torch-fidelity only for a metric of its own."""
    code = (
        "import sys\n"
        f"sys.argv = ['ganbench', 'score', {str(points)!r}, '--against', 'ring', '--metrics', 'modes']\n"
        "from bench.cli import main\n"
        "try:\n    main()\nexcept SystemExit as error:\n    assert not error.code, error.code\n"
        "heavy = {'mlflow', 'pandas', 'optuna', 'torch_fidelity', 'torchvision'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
