"""`ganbench new` writes what `ganbench verify` and everybody's tools accept; neither says a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.cli import app
from bench.plugins import KINDS

ROOT = Path(__file__).parents[2]


def ganbench(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one new component of each kind."""
    folder = tmp_path_factory.mktemp("made") / "my_own"
    for kind in KINDS:
        made = ganbench("new", kind, f"my_{kind}", "--folder", folder)
        assert made.exit_code == 0, made.output
        assert made.stdout.splitlines()[:2] == [
            f"wrote {folder / f'my_{kind}.py'}",
            f"wrote {folder / f'test_my_{kind}.py'}",
        ]
    return folder


def test_what_is_new_is_listed(plugins: Path) -> None:
    """With the file that it comes from; what is not a plug-in is not marked."""
    for kind in KINDS:
        listed = ganbench("list", kind, "--plugins", plugins).stdout
        (line,) = [line for line in listed.splitlines() if line.startswith(f"my_{kind} ")]
        assert "(plug-in" in " ".join(listed.split())
        assert f"my_{kind}" not in ganbench("list", kind).stdout, "only where it is asked for"
        assert line
    one = ganbench("list", "trick", "my_trick", "--plugins", plugins / "my_trick.py")
    assert f"(plug-in {plugins / 'my_trick.py'})" in one.stdout.replace("\n", "")
    assert one.exit_code == 0 and "D(x) → D(x + σ ε)" in one.stdout


BRIEFLY = """\
from bench.contracts import trainings, tricks

trainings.STEPS, tricks.LONG = 8, 3
"""


def test_the_tests_that_are_written_pass(plugins: Path, tmp_path: Path) -> None:
    """Under pytest as they are, the rules of `ganbench verify` among them, here for fewer steps."""
    (tmp_path / "briefly.py").write_text(BRIEFLY)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "briefly",
            "-W",
            "error",
            "--rootdir",
            plugins,
            plugins,
        ],
        capture_output=True,
        text=True,
        cwd=plugins,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{2 * len(KINDS)} passed" in done.stdout


@pytest.mark.parametrize(
    "options", [["--isolated"], ["--config", "lint.isort.known-first-party=['gan','bench']"]]
)
def test_what_is_written_is_in_good_style(plugins: Path, options: list[str]) -> None:
    """By ruff's own rules, and by those of this house."""
    rules = [] if options == ["--isolated"] else ["--config", str(ROOT / "pyproject.toml")]
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        chosen = options if command[0] == "check" or options == ["--isolated"] else []
        ruff = [sys.executable, "-m", "ruff", *command, *rules, *chosen, str(plugins)]
        done = subprocess.run(ruff, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["trik", "x"], "unknown kind 'trik'; did you mean 'trick'?"),
        (["trick", "MyNoise"], "'MyNoise' is no name for a component"),
        (["trick", "my__noise"], "'my__noise' is no name for a component"),
        (["trick", "class"], "'class' is a word of Python's"),
        (["trick", "test_noise"], "'test_noise' would not be read as a component's file"),
        (["trick", "r1"], "r1 is a trick of ganbench; choose another name"),
        (["metric", "ring"], "ring is a data of ganbench"),
        (["trick", "steps"], "steps is a setting of every run"),
        (["trick", "arm"], "arm is a key of every study"),
        (["loss", "factors"], "factors is a key of every study"),
        (["loss", "off"], "off is a YAML value that is no text"),
        (["metric", "nan"], "nan is a YAML value that is no text"),
    ],
)
def test_names_that_cannot_be(words: list[str], line: str, tmp_path: Path) -> None:
    """One line, exit status 2, and nothing is written."""
    made = ganbench("new", *words, "--folder", tmp_path / "mine")
    assert (made.exit_code, made.stdout) == (2, "")
    assert made.stderr.startswith(line) and made.stderr.count("\n") == 1
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("there", ["my_noise.py", "test_my_noise.py"])
def test_nothing_is_overwritten(there: str, tmp_path: Path) -> None:
    """Neither the component nor its test."""
    (tmp_path / there).write_text("mine")
    made = ganbench("new", "trick", "my_noise", "--folder", tmp_path)
    assert made.exit_code == 2 and "is there already" in made.stderr
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "file").write_text("")
    made = ganbench("new", "trick", "my_noise", "--folder", tmp_path / "file")
    assert (made.exit_code, made.stderr.count("\n")) == (2, 1)
    assert made.stderr.startswith(f"cannot write to {tmp_path / 'file'}: ")


def test_verify_says_what_holds(plugins: Path) -> None:
    """Every rule a line, exit status 0."""
    done = ganbench("verify", plugins / "my_data.py")
    assert done.exit_code == 0, done.output
    first, *rules, last = done.stdout.splitlines()
    assert first == f"data my_data, {plugins / 'my_data.py'}"
    assert rules and all(line.startswith("    holds  ") for line in rules)
    assert last == f"All {len(rules)} rules hold."


def test_verify_says_what_fails(tmp_path: Path) -> None:
    """The rule, the reason beneath it, exit status 1."""
    ganbench("new", "data", "my_data", "--folder", tmp_path)
    file = tmp_path / "my_data.py"
    file.write_text(file.read_text().replace("Reference: ", "See ").replace("return (2,)", "return (3,)"))
    done = ganbench("verify", file)
    lines = done.stdout.splitlines()
    assert done.exit_code == 1
    failing = [index for index, line in enumerate(lines) if line.startswith("    FAILS  ")]
    assert len(failing) == 3, done.stdout
    assert lines[failing[0] + 1].endswith("-> no paragraph of the docstring begins with `Reference: `")
    assert lines[-1] == f"{len(lines) - 2 - 2 * 3} of {len(lines) - 2 - 3} rules hold."


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "there is no plug-in folder or file"),
        ("class MyNoise(Trick)\n", "my_noise.py:1:1: is not Python: expected ':'"),
        ("x = 1\n", "my_noise.py:1:1: holds no class MyNoise"),
    ],
)
def test_what_cannot_be_verified(content: str | None, line: str, tmp_path: Path) -> None:
    """One line, exit status 2."""
    file = tmp_path / "my_noise.py"
    if content is not None:
        file.write_text(content)
    done = ganbench("verify", file)
    assert (done.exit_code, done.stdout) == (2, "")
    assert line in done.stderr and done.stderr.count("\n") == 1


def test_a_folder_is_not_verified(tmp_path: Path) -> None:
    """One component at a time."""
    done = ganbench("verify", tmp_path)
    assert (done.exit_code, done.stderr) == (2, f"{tmp_path} is a folder; name one component's file\n")
