"""What `ganbench clean` finds, and what it never touches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.alone import alone
from bench.cli import app
from bench.journal import Journal
from bench.litter import mirrored, search

COHORTS = {"aaa": ["a1", "a2"], "bbb": ["b1", "b2"], "ccc": ["c1"]}
VERDICTS = {"a1": "healthy", "a2": "collapsed", "c1": "failed", "b1": "healthy"}
FILES = {
    "cohort-aaa.pt": "checkpoint",
    "cohort-aaa.before.pt": "checkpoint",
    "cohort-aaa.pt.1f2e.writing": "leftover",
    "cohort-bbb.pt.damaged": "leftover",
    "cohort-bbb.pt": None,
    "cohort-ccc.pt": None,
    "a1.pt": "weights",
    "b1.pt": "weights",
    "c1.pt": None,
    "notes.txt": None,
}
"""Two runs of aaa have ended, b2 has not, and c1 has failed."""


def journal(folder: Path) -> None:
    starts = [{"type": "start", "run": run, "cohort": c} for c, runs in COHORTS.items() for run in runs]
    ends = [{"type": "end", "run": run, "verdict": verdict} for run, verdict in VERDICTS.items()]
    Journal(folder / "journal.jsonl").append(*starts, *ends)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results" / "tiny"
    for place in (folder, folder / "reproduced" / "a1-1"):
        journal(place)
        (place / "checkpoints").mkdir()
        for name in FILES:
            (place / "checkpoints" / name).write_bytes(b"x" * 1000)
    return tmp_path / "results"


def run(results: Path, *options: str, answer: str | None = None) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["clean", *options, "--results", str(results)], input=answer)
    return found.exit_code, found.output


def left(results: Path) -> list[str]:
    return sorted(path.name for path in (results / "tiny" / "checkpoints").iterdir())


def complete(results: Path) -> None:
    size = (results / "tiny" / "journal.jsonl").stat().st_size
    (results / "tiny" / "mirror.json").write_text(json.dumps({"sqlite": {"offset": size}}))


@pytest.mark.parametrize("weights", [False, True])
def test_what_can_go(results: Path, weights: bool) -> None:
    """Checkpoints of cohorts that are over, leftovers, weights if asked for; in reproductions too."""
    found = search(results / "tiny", weights)
    wanted = {name: kind for name, kind in FILES.items() if kind and (weights or kind != "weights")}
    for place in (results / "tiny", results / "tiny" / "reproduced" / "a1-1"):
        assert {f.path.name: f.kind for f in found.litter if f.path.parent.parent == place} == wanted
    assert {path.name for path in found.kept} == {"cohort-bbb.pt", "cohort-ccc.pt"}


def test_it_removes_what_it_says(results: Path) -> None:
    """And nothing else; the second time there is nothing."""
    before = {path for path in results.rglob("*") if path.is_file()}
    code, output = run(results, "--yes", "tiny")
    assert code == 0 and "4 files, 0.0 MB: checkpoints of cohorts whose runs have all ended" in output
    gone = before - {path for path in results.rglob("*") if path.is_file()}
    assert {path.name for path in gone} == {
        name for name, kind in FILES.items() if kind in ("checkpoint", "leftover")
    }
    assert "nothing to remove" in run(results, "--yes", "tiny")[1]


def test_without_a_terminal_it_needs_yes(results: Path) -> None:
    """Nobody can answer: one line, exit status 2, nothing is removed."""
    code, output = run(results)
    assert code == 2 and "add --yes" in output and output.count("\n") == 1
    assert left(results) == sorted(FILES)


@pytest.mark.parametrize(("answer", "gone"), [("n\n", False), ("\n", False), ("y\n", True)])
def test_it_asks(results: Path, answer: str, gone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a yes removes anything."""
    monkeypatch.setattr("bench.upkeep_commands._watched", lambda: True)
    code, output = run(results, answer=answer)
    assert code == 0 and "Remove them?" in output
    assert ("cohort-aaa.pt" not in left(results)) == gone


def test_weights_only_where_mlflow_has_them(results: Path) -> None:
    """Until the whole journal is mirrored they are all there is of a finished run."""
    code, output = run(results, "--yes", "--weights")
    assert code == 2 and "MLflow does not have the whole record" in output
    assert left(results) == sorted(FILES)
    complete(results)
    assert mirrored(results / "tiny")
    assert run(results, "--yes", "--weights")[0] == 0
    assert left(results) == sorted(name for name, kind in FILES.items() if kind is None)
    Journal(results / "tiny" / "journal.jsonl").append({"type": "driver"})
    assert not mirrored(results / "tiny")


def test_never_while_it_runs(results: Path) -> None:
    """A study that is running is refused if it is named, and passed over if all are meant."""
    with alone(results / "tiny", "ganbench run tiny.yaml"):
        code, output = run(results, "--yes", "tiny")
        assert code == 2 and "is in use" in output
        code, output = run(results, "--yes")
        assert code == 0 and "left alone" in output
    assert left(results) == sorted(FILES)


def test_links_are_not_followed(results: Path, tmp_path: Path) -> None:
    """A link to a file, to a folder, or in the place of the study's own folders leads nowhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("cohort-aaa.pt", "x.writing"):
        (outside / name).write_bytes(b"precious")
    checkpoints = results / "tiny" / "checkpoints"
    (checkpoints / "cohort-aaa.pt").unlink()
    (checkpoints / "cohort-aaa.pt").symlink_to(outside / "cohort-aaa.pt")
    journal(results / "other")
    (results / "other" / "checkpoints").symlink_to(outside)
    (results / "linked").symlink_to(results / "tiny")
    code, output = run(results, "--yes")
    assert code == 0 and output.count("is a link, which is not followed") == 3
    assert sorted(path.name for path in outside.iterdir()) == ["cohort-aaa.pt", "x.writing"]
    assert (checkpoints / "cohort-aaa.pt").is_symlink()
