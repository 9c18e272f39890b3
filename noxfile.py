"""The menu of checks: bare `nox` is the gate. Start it with `uv run nox`, which sets everything up.

Sessions use the environment that uv has made from pyproject.toml: nothing is installed twice.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests", "smoke"]

PYPROJECT = Path("pyproject.toml")
PUBLISHED_STUDIES = (
    "quickstart",
    "digits",
    "noise_and_r1",
    "dirac",
    "textbook_digits",
    "textbook_short",
    "pacgan_ring_short",
    "pacgan_grid_short",
)
"""Those whose results are in the repository: minutes each on two CPU cores."""
PUBLISHED_FILES = ("*.md", "*.csv", "*.tex", "*.html", "*.png", "*.gif", "figures/*.pdf")
"""Of each of them; the page holds its figures itself."""

# So that `.venv/bin/nox`, started without uv, finds the environment's commands and no others.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@nox.session
def lint(session: nox.Session) -> None:
    """Style: ruff's linter and formatter, changing nothing."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types: mypy, strict, on gan and bench."""
    session.run("mypy")


@nox.session
def smoke(session: nox.Session) -> None:
    """The real command line on a tiny study: run, run again, report."""
    with tempfile.TemporaryDirectory() as folder:
        for command in (["check"], ["run"], ["run"], ["report"]):
            session.run("ganbench", *command, "studies/smoke.yaml", "--results", folder)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests that the gate runs, a process a core; arguments go to pytest."""
    workers = ["-n", "auto", "--maxprocesses", "8", "--dist", "worksteal"]
    # Processes share the cores among them; each with threads of its own on all of them is slower.
    session.run(
        "pytest", "-m", "not slow and not gpu", *workers, *session.posargs, env={"OMP_NUM_THREADS": "1"}
    )


@nox.session
def slow(session: nox.Session) -> None:
    """The tests that take minutes; arguments go to pytest."""
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session
def gpu(session: nox.Session) -> None:
    """The tests that need a CUDA device; arguments go to pytest."""
    session.run("pytest", "-m", "gpu", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed of training, scoring, reports, and what a driver costs; arguments (try --quick) go to all."""
    for name in ("speed", "scoring_speed", "report_speed", "done_speed", "overhead"):
        session.run("python", f"tests/{name}.py", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Ten storms of kills, pauses and dead servers over a study, then long outages (an hour)."""
    session.run("python", "tests/chaos.py", "--markdown", "results/chaos/chaos.md", *session.posargs)
    session.run("python", "tests/outages.py", "--markdown", "results/chaos/servers.md")


@nox.session
def latex(session: nox.Session) -> None:
    """Compile the LaTeX table of every study under results/, and of one with hostile names."""
    tables = sorted(map(str, Path("results").glob("*/comparison.tex")))
    session.run("python", "tests/latex.py", *tables)


@nox.session
def calibration(session: nox.Session) -> None:
    """How often verdicts err, into docs/verdicts.md (two hours; MNIST's test files from --data-root)."""
    session.run("python", "tests/calibration.py", "--document", "docs/verdicts.md", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """How often intervals cover and tests err, into docs/statistics.md (minutes)."""
    session.run(
        "python", "tests/coverage_simulation.py", "--document", "docs/statistics.md", *session.posargs
    )


@nox.session
def docs(session: nox.Session) -> None:
    """Write docs/catalogue.md anew from the components' sources."""
    session.run("python", "-m", "bench.catalogue", "docs/catalogue.md")


@nox.session
def screens(session: nox.Session) -> None:
    """Take the screenshots of docs/mlflow.md anew; needs Chromium."""
    session.run("python", "tests/mlflow_screens.py", "docs/mlflow", *session.posargs)


@nox.session
def results(session: nox.Session) -> None:
    """Compute everything under results/ anew, in two hours: studies, which get the arguments, then speed.

    One of the studies needs MNIST's test files: say where they are with `--data-root FOLDER`.
    """
    with tempfile.TemporaryDirectory() as folder:
        for study in PUBLISHED_STUDIES:
            file, made = f"studies/{study}.yaml", Path(folder) / study
            session.run("ganbench", "run", file, "--results", folder, *session.posargs)
            session.run("ganbench", "report", file, "--results", folder, "--format", "all")
            shutil.rmtree(Path("results") / study, ignore_errors=True)
            for path in sorted(path for pattern in PUBLISHED_FILES for path in made.glob(pattern)):
                target = Path("results") / study / path.relative_to(made)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    speed = ["python", "tests/speed.py", "--markdown"]
    session.run(*speed, "results/speed/ratios.md")
    session.run(*speed, "results/speed/compiled.md", "--compiled", "--case", "mlp, points")
    session.run("python", "tests/scoring_speed.py", "--markdown", "results/speed/scoring.md")
    session.run("python", "tests/report_speed.py", "--markdown", "results/speed/reports.md")
    session.run("python", "tests/done_speed.py", "--markdown", "results/speed/done.md")
    session.run("python", "tests/overhead.py", "--markdown", "results/speed/overhead.md")


@nox.session
def pins(session: nox.Session) -> None:
    """Take the newest versions and pin them in pyproject.toml, by name and version alone."""
    session.run("uv", "lock", "--upgrade", external=True)
    exported = subprocess.run(
        [
            "uv",
            "export",
            "--all-groups",
            "--all-extras",
            "--no-hashes",
            "--no-emit-project",
            "--no-header",
            "--no-annotate",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pinned = "".join(f"    {_quoted(line)},\n" for line in exported.splitlines() if line.strip())
    text = PYPROJECT.read_text(encoding="utf-8")
    block = re.compile(r"constraint-dependencies = \[(\n    [^\n]*)*\n?\]")
    PYPROJECT.write_text(
        block.sub(lambda _: f"constraint-dependencies = [\n{pinned}]", text), encoding="utf-8"
    )


def _quoted(requirement: str) -> str:
    return '"' + " ".join(requirement.split()).replace('"', "'") + '"'
