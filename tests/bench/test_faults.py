"""Whole studies on disks that fill up, lose bits, or are another machine's: they end as if undisturbed."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import study_runs
import torch
from disks import fill, mounted
from rich.console import Console
from study_runs import Stopper, ends, events, planned, scores, tensors

from bench.journal import Event, Journal
from bench.progress import Lines
from bench.runner import Outcome
from bench.tasks import Task
from bench.tracking.entries import Chunk
from bench.tracking.fold import Fold
from bench.tracking.lines import events as numbered

CONTENT = study_runs.text("steps: 40, ema: on, spectral_norm: on", "lr: [1e-3, 1e-4]", seeds=2)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("undisturbed")
    assert study_runs.run(CONTENT, results) == Outcome(ran=4, left=0, interrupted=False)
    return results


class Later(Stopper):
    """Presses Ctrl-C at the second evaluation: then there are two checkpoints."""

    def heard(self, task: Task, events: list[Event]) -> None:
        if any(event["type"] == "score" and event["step"] >= 20 for event in events):
            super().heard(task, events)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("interrupted")
    assert study_runs.run(CONTENT, results, Later()) == Outcome(ran=0, left=4, interrupted=True)
    assert len(list(results.glob("tiny/checkpoints/cohort-*.pt"))) == 2, "two are kept"
    return results


def same(left: Path, right: Path) -> bool:
    """The same scores, verdicts and final states, bit for bit."""
    states = (zip(tensors(left, r.id), tensors(right, r.id), strict=True) for r in planned(CONTENT).runs)
    equal = all(torch.equal(a, b) for pairs in states for a, b in pairs)
    return equal and scores(left) == scores(right) and ends(left) == ends(right)


def moved(interrupted: Path, folder: Path) -> Path:
    """The interrupted study as a copy in another place."""
    results = folder / "another machine" / "results"
    shutil.copytree(interrupted, results)
    return results


class Reader(Lines):
    """Keeps what the user reads."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO()))
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        super().note(text)
        self.notes.append(text)


def test_a_study_goes_on_in_a_copy(undisturbed: Path, interrupted: Path, tmp_path: Path) -> None:
    """Under another path, as on another machine, with another machine's lock in it."""
    results = moved(interrupted, tmp_path)
    lock = {"host": "elsewhere", "pid": 1, "since": 1e9, "begun": None, "command": "ganbench run"}
    (results / "tiny" / "driver.lock").write_text(json.dumps(lock))
    assert study_runs.run(CONTENT, results) == Outcome(ran=4, left=0, interrupted=False)
    assert same(undisturbed, results)
    steps = [e["step"] for e in map(json.loads, _lines(results)) if e["type"] == "score"]
    assert steps.count(10) == 4, "it went on from its checkpoint"
    written = (results / "tiny" / "journal.jsonl").read_text()
    assert str(tmp_path) not in written and str(interrupted) not in written, "paths are relative"
    named = [e["path"] for e in events(results, "image")] + [e["checkpoint"] for e in events(results, "end")]
    assert len(named) == 20 and all((results / "tiny" / name).is_file() for name in named)


def _lines(results: Path) -> list[str]:
    return (results / "tiny" / "journal.jsonl").read_text().splitlines()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 8
    path.write_bytes(content)


@pytest.mark.parametrize(
    "both", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["the newest", "both"]
)
def test_damaged_checkpoints(both: bool, undisturbed: Path, interrupted: Path, tmp_path: Path) -> None:
    """The study says so, in the record and to the user, and ends the same."""
    results = moved(interrupted, tmp_path)
    newest, *older = sorted(results.glob("tiny/checkpoints/cohort-*.pt"), key=lambda p: "before" in p.name)
    for path in (newest, *older) if both else (newest,):
        _flip(path)
    reader = Reader()
    assert study_runs.run(CONTENT, results, reader).left == 0
    assert same(undisturbed, results)
    (trouble,) = events(results, "trouble")
    assert trouble["kind"] == "checkpoint" and newest.name in trouble["sentence"]
    assert ("from scratch" if both else older[0].name) in trouble["sentence"]
    assert any(trouble["sentence"] in note for note in reader.notes)
    assert not list(results.glob("tiny/checkpoints/cohort-*")), "finished cohorts leave nothing"


LOST: dict[str, Callable[[Event], bool]] = {
    "an end": lambda event: event["type"] == "end",
    "a start": lambda event: event["type"] == "start",
    "the plan": lambda event: event["type"] == "study",
    "a score": lambda event: event["type"] == "score",
}


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[pytest.mark.slow] if k == "an end" else []) for k in LOST]
)
def test_a_damaged_line_of_a_finished_study(kind: str, undisturbed: Path, tmp_path: Path) -> None:
    """It is told; a run whose end is lost is run again, and ends the same; nobody crashes."""
    results = moved(undisturbed, tmp_path)
    lines = [line + "\n" for line in _lines(results)]
    index = next(i for i, line in enumerate(lines) if LOST[kind](json.loads(line)))
    lines[index] = lines[index][:40] + "\0" * 20 + "\n"
    (results / "tiny" / "journal.jsonl").write_text("".join(lines))
    reader = Reader()
    outcome = study_runs.run(CONTENT, results, reader)
    assert outcome == Outcome(ran=1 if kind == "an end" else 0, left=0, interrupted=False)
    assert any(f"line {index + 1} (" in note for note in reader.notes)
    if kind == "the plan":
        assert len(events(results, "study")) == 1, "it is written anew"
    assert ends(results).keys() == ends(undisturbed).keys()


def test_a_damaged_line_of_a_study_under_way(undisturbed: Path, interrupted: Path, tmp_path: Path) -> None:
    """A checkpoint lies beyond the lost score: what was under way begins anew, once, and ends the same."""
    results = moved(interrupted, tmp_path)
    lines = [line + "\n" for line in _lines(results)]
    index = next(i for i, line in enumerate(lines) if LOST["a score"](json.loads(line)))
    # Still JSON, still an event: its checksum alone tells.
    lines[index] = lines[index].replace('"metrics"', '"mEtrics"')
    (results / "tiny" / "journal.jsonl").write_text("".join(lines))
    assert study_runs.run(CONTENT, results, Later()).interrupted
    assert len(list(results.glob("tiny/checkpoints/cohort-*.pt"))) == 2, "it came as far as it had been"
    assert study_runs.run(CONTENT, results) == Outcome(ran=4, left=0, interrupted=False)
    assert same(undisturbed, results)
    (trouble,) = events(results, "trouble")
    assert (trouble["kind"], trouble["lines"]) == ("damage", [index + 1])


class Filler(Reader):
    """Fills the disk at the first scores, and empties it when the user is told."""

    def __init__(self, ballast: Path) -> None:
        super().__init__()
        self.ballast = ballast
        self.filled = False

    def heard(self, task: Task, events: list[Event]) -> None:
        super().heard(task, events)
        if not self.filled and any(event["type"] == "score" for event in events):
            self.filled = True
            fill(self.ballast)

    def note(self, text: str) -> None:
        super().note(text)
        if "no space left" in text:
            self.ballast.unlink(missing_ok=True)


def test_a_disk_that_fills_up(undisturbed: Path, tmp_path: Path) -> None:
    """In the middle of a study: whoever writes waits and says so, nothing is killed, the end is the same."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as disk:
        filler = Filler(disk / "ballast")
        outcome = study_runs.run(CONTENT, disk, filler)
        assert outcome == Outcome(ran=4, left=0, interrupted=False)
        assert any("free some space" in note for note in filler.notes)
        assert any("can be written to again" in note for note in filler.notes)
        assert same(undisturbed, disk)
        assert not list(disk.glob("tiny/**/*.writing")), "no half file is left"


def _folded(journal: Journal) -> Chunk:
    chunk, fold = Chunk(), Fold(journal.path.parent)
    for _, event in numbered(journal.path):
        fold.apply(event, chunk)
    return chunk


def test_the_mirror_and_a_clock_that_is_set_back(
    plan: Callable[..., Event], life: Callable[..., list[Event]], tmp_path: Path
) -> None:
    """Points keep the times that were recorded; an arm's last summary is the latest of its step."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append({**plan(), "time": 1e9})
    nothing: dict[str, Any] = {"modes_10pct": None, "fid": None, "seen": None}
    journal.append(*life("run-0-0", nothing, "failed", at=1e9))
    journal.append(*life("run-0-0", {**nothing, "fid": 3.0}, "healthy", at=9e8))
    chunk = _folded(journal)
    of_run = chunk.entries[("run", "run-0-0")]
    assert {point.time for point in of_run.points if point.key == "fid.final"} == {round((9e8 + 7) * 1000)}
    (arm,) = [entry for key, entry in chunk.entries.items() if key[0] == "arm" and entry.points]
    shares = [point for point in arm.points if point.key == "healthy_share"]
    assert max(shares, key=lambda point: (point.step, point.time)).value == 1.0


@pytest.mark.parametrize("lost", ["start", "study", "oracle"])
def test_the_mirror_misses_only_what_was_lost(
    lost: str, plan: Callable[..., Event], life: Callable[..., list[Event]], tmp_path: Path
) -> None:
    """A run whose start is gone is found in the plan; what comes before the first plan waits for it."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append({**plan(), "time": 1e9}, {"type": "oracle", "time": 1e9, "scores": {"fid": 1.0}})
    journal.append(*life("run-0-0", {"modes_10pct": 8.0, "fid": 2.0, "seen": 1e3}, "healthy", at=1e9))
    whole = _folded(journal)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines = [b"?" + line if f'"type": "{lost}"'.encode() in line else line for line in lines]
    # Without its beginning no part of it is an event.
    lines = [line.replace(b'{"time"', b"?") if line.startswith(b"?") else line for line in lines]
    journal.path.write_bytes(b"".join(lines))
    if lost == "study":
        journal.append({**plan(), "time": 1e9})
    found = _folded(journal)
    assert found.entries.keys() == whole.entries.keys() and "no event" not in (journal.damage or "")
    key = ("run", "run-0-0")
    assert set(map(str, found.entries[key].points)) == set(map(str, whole.entries[key].points))
    assert found.entries[key].tags["ganbench.arm"] == whole.entries[key].tags["ganbench.arm"]
