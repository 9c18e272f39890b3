"""The append-only record: what is written is read, repeats and damaged lines are not; no room loses none."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from disks import fill, mounted
from hypothesis import given
from hypothesis import strategies as st

from bench.journal import Journal
from bench.journal_lines import damaged, lines, whole
from bench.known_times import known_times
from bench.ledger import Ledger
from bench.tracking.lines import events
from gan.room import Room, Stopped

event = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["start", "train", "score", "image", "end", "oracle"]),
        "run": st.sampled_from("ab"),
        "step": st.integers(1, 3),
        "note": st.text(max_size=5),
        # What readers need of events of these types.
        "metrics": st.just({}),
        "scores": st.just({}),
        "path": st.just("x.png"),
    }
).map(lambda drawn: {**drawn, "verdict": "healthy"} if drawn["type"] == "end" else drawn)


@given(st.lists(event, max_size=12), st.integers(0, 200))
def test_a_torn_last_line(found: list[dict[str, object]], torn: int) -> None:
    """However a write was torn, all whole events are read, and after mending new ones are appended whole."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "deep" / "journal.jsonl")
        journal.append(*found)
        whole = list(journal.read())
        if found:
            line = journal.path.read_bytes().splitlines(keepends=True)[-1]
            with journal.path.open("ab") as file:
                file.write(line[: torn % len(line)])
        assert list(journal.read()) == whole, "a torn line is not read"
        journal.mend()
        journal.append({"type": "oracle", "scores": {}})
        assert list(journal.read())[:-1] == whole
        assert list(journal.read())[-1]["type"] == "oracle"


@given(st.lists(event, max_size=12))
def test_repeats_are_left_out(found: list[dict[str, object]]) -> None:
    """Of each (type, run, step) the first is kept; plans, oracles and starts are never repeats.

    An end that tells of a failure holds until its run starts again.
    """
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.jsonl")
        journal.append(*found)
        expected: list[dict[str, object]] = []
        for item in found:
            same = [e for e in expected if all(e.get(k) == item.get(k) for k in ("type", "run", "step"))]
            started = max((i for i, e in enumerate(expected) if _starts(e, item)), default=-1)
            voided = [e for e in same if e.get("verdict") == "failed" and expected.index(e) < started]
            if item["type"] in ("study", "oracle", "start") or len(same) == len(voided):
                expected.append(item)
        assert [{k: v for k, v in e.items() if k != "time"} for e in journal.read()] == expected


def _starts(event: dict[str, object], other: dict[str, object]) -> bool:
    return event["type"] == "start" and event["run"] == other.get("run")


def test_a_failure_is_replaced_once_its_run_starts_again(tmp_path: Path) -> None:
    """Its next end counts, and the end of a run that did not fail never does twice."""
    journal = Journal(tmp_path / "journal.jsonl")
    failed = {"type": "end", "run": "a", "verdict": "failed"}
    healthy = {"type": "end", "run": "a", "verdict": "healthy"}
    start = {"type": "start", "run": "a"}
    journal.append(start, failed, healthy, start, healthy, start, failed)
    kinds = [event.get("verdict", "start") for event in journal.read()]
    assert kinds == ["start", "failed", "start", "healthy", "start"]


def test_an_empty_journal(tmp_path: Path) -> None:
    """Nothing is read from a file that is not there, and nothing is made by appending nothing."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append()
    journal.mend()
    assert list(journal.read()) == [] and not journal.path.exists()


def train(step: int, **more: object) -> dict[str, object]:
    return {"type": "train", "run": "a", "step": step, "metrics": {"d_loss": 0.5}, **more}


def steps(journal: Journal) -> list[int]:
    return [event["step"] for event in journal.read()]


GARBAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "noise": (lambda line: bytes(range(128, 256)) + b"\n", "not JSON"),
    "NULs": (lambda line: bytes(len(line) - 1) + b"\n", "not JSON"),
    "half a line": (lambda line: line[: len(line) // 2] + b"\n", "not JSON"),
    "a flipped digit": (lambda line: line.replace(b"0.5", b"0.7"), "its checksum does not match"),
    "a number": (lambda line: b"42\n", "no event"),
    "a list": (lambda line: b"[1]\n", "no event"),
    "an object": (lambda line: b'{"a": 1}\n', "no event"),
    "no time": (lambda line: b'{"type": "train"}\n', "an event without a time"),
    "a run elsewhere": (
        lambda line: b'{"time": 1, "type": "end", "run": "../../x", "verdict": "v"}\n',
        "its run is none",
    ),
    "a cohort elsewhere": (
        lambda line: b'{"time": 1, "type": "cohort", "cohort": "/etc/x", "step": 1, "seconds": 1}\n',
        "its cohort is none",
    ),
    "a picture elsewhere": (
        lambda line: (
            b'{"time": 1, "type": "image", "run": "a", "step": 1, "path": "samples/../../../etc/passwd"}\n'
        ),
        "its path is none",
    ),
    "a checkpoint elsewhere": (
        lambda line: b'{"time": 1, "type": "end", "run": "a", "verdict": "v", "checkpoint": "/etc/passwd"}\n',
        "its checkpoint is none",
    ),
    "no run": (lambda line: b'{"time": 1, "type": "end"}\n', "an event of type end without its run"),
    "brackets": (lambda line: b"[" * 100_000 + b"\n", "not JSON"),
    "not UTF-8": (lambda line: b'{"time": 1, "type": "\xff"}\n', "not JSON"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_a_damaged_line_in_the_middle(kind: str, tmp_path: Path) -> None:
    """It is told by its number and passed over by every reader; all others are read."""
    journal = Journal(tmp_path / "journal.jsonl")
    for step in (1, 2, 3):
        journal.append(train(step))
    spoil, wrong = GARBAGE[kind]
    first, second, third = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(first + spoil(second) + third)
    assert steps(journal) == [1, 3]
    assert journal.damage == (
        f"{journal.path} has a damaged line, passed over: line 2 ({wrong}). What has ended is kept; a run "
        "whose end was lost is run again, one that was under way begins anew."
    )
    assert not Ledger(journal).ended and not known_times(journal).ended
    assert [event["step"] for _, event in events(journal.path) if event["type"] == "train"] == [1, 3]
    assert [offset for offset, _ in events(journal.path)][-1] == whole(journal.path)
    journal.mend()
    journal.append(train(4))
    assert steps(journal) == [1, 3, 4]


@pytest.mark.parametrize("begin", [b'{"time": 1.0, "type": "trai', bytes(4096)], ids=["half a line", "NULs"])
def test_a_whole_event_behind_a_torn_one_is_read(begin: bytes, tmp_path: Path) -> None:
    """As after a driver that was killed and one that did not mend, or after a loss of power."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(train(1))
    with journal.path.open("ab") as file:
        file.write(begin)
    journal.append(train(2), train(3))
    assert steps(journal) == [1, 2, 3]
    assert (
        journal.damage is not None
        and f"line 2 (its first {len(begin)} bytes are of no event)" in journal.damage
    )


@given(st.lists(event, min_size=1, max_size=6), st.data())
def test_any_flipped_bit_loses_two_lines_at_most(found: list[dict[str, object]], data: st.DataObject) -> None:
    """Two where it was the newline between them; and what is read says what was written."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.jsonl")
        journal.append(*({**item, "number": number, "time": 1.5} for number, item in enumerate(found)))
        before = {event["number"]: event for line in lines(journal.path) if (event := line.event)}
        content = bytearray(journal.path.read_bytes())
        place = data.draw(st.integers(0, 8 * len(content) - 1))
        content[place // 8] ^= 1 << place % 8
        journal.path.write_bytes(content)
        left = [line.event for line in lines(journal.path) if line.event is not None]
        for event in left:
            assert before[event["number"]].items() <= event.items()
        assert len(left) >= len(before) - 2
        assert len(damaged(journal.path)) <= 2


def test_many_damaged_lines_are_one_message(tmp_path: Path) -> None:
    """A page of them would hide what matters."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.path.write_bytes(b"?\n" * 1000)
    assert list(journal.read()) == [] and journal.damage is not None
    assert "1000 damaged lines" in journal.damage and journal.damage.endswith(
        "line 5 (not JSON) and 995 more. What has ended is kept; a run whose end was lost is run again, one "
        "that was under way begins anew."
    )


def test_lines_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """They have no checksum; and it is never part of the event."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.path.write_text(json.dumps({"time": 1.0, **train(1)}) + "\n")
    journal.append({"time": 2.0, **train(2)})
    assert list(journal.read()) == [{"time": 1.0, **train(1)}, {"time": 2.0, **train(2)}]
    assert journal.damage is None and '"crc": "' in journal.path.read_text()


class Full:
    """A disk with room for so many more bytes, and then for none, until it is emptied."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, descriptor: int, data: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = self._write(descriptor, bytes(data[: self.room]))
        self.room -= done
        return done


@pytest.mark.parametrize("room", range(0, 700, 7))
def test_a_full_disk_loses_and_repeats_nothing(
    room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it was torn: while it waits there are whole lines only, and in the end every event once."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(train(0))
    full = Full(monkeypatch, room)
    told: list[str] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        assert journal.path.read_bytes().endswith(b"\n"), "no torn line while it waits"
        full.room = 10**6

    journal.room = Room("the study", tell, pause=0.0)
    journal.append(train(1), train(2), train(3))
    journal.append(train(4))
    assert steps(journal) == [0, 1, 2, 3, 4] and journal.damage is None
    assert not told or told == [
        f"no space left on {tmp_path}: the study waits, free some space",
        f"{tmp_path} can be written to again: the study goes on",
    ]


def test_without_anybody_to_wait_the_error_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the journal holds whole lines."""
    journal = Journal(tmp_path / "journal.jsonl")
    Full(monkeypatch, 130)
    with pytest.raises(OSError, match="No space left"):
        journal.append(train(1), train(2))
    assert steps(journal) == [1] and journal.path.read_bytes().endswith(b"\n")


def test_waiting_ends_when_the_user_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second Ctrl-C must not be needed."""
    journal = Journal(tmp_path / "journal.jsonl", Room("the study", lambda sentence: None, lambda: True))
    Full(monkeypatch, 10)
    with pytest.raises(Stopped):
        journal.append(train(1))
    assert journal.path.read_bytes() == b""


def test_a_real_disk_that_is_full(tmp_path: Path) -> None:
    """On a file system of 64 KB the journal waits until somebody makes room, and misses nothing."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64k", "tmpfs") as disk:
        fill(disk / "ballast")
        told: list[str] = []

        def tell(sentence: str) -> None:
            told.append(sentence)
            (disk / "ballast").unlink(missing_ok=True)

        journal = Journal(disk / "journal.jsonl", Room("the study", tell, pause=0.01))
        journal.append(*(train(step) for step in range(100)))
        assert steps(journal) == list(range(100)) and len(told) == 2


def test_what_reaches_the_disk_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts, scores and ends do; of curves, which are many, a second may be under way."""
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append({"type": "start", "run": "a"})
    at = len(flushed)
    assert at >= 1
    for step in range(20):
        journal.append(train(step))
    assert len(flushed) <= at + 1 or len(flushed) < at + 20
    at = len(flushed)
    journal.append({"type": "score", "run": "a", "step": 1, "metrics": {}})
    journal.append({"type": "end", "run": "a", "verdict": "healthy"})
    assert len(flushed) == at + 2


def test_a_clock_that_is_set_back(tmp_path: Path) -> None:
    """Order in the file is what counts; times are told as they were recorded."""
    journal = Journal(tmp_path / "journal.jsonl")
    start = {"type": "start", "run": "a", "time": 1000.0, "device": "cpu", "recipe": {}}
    score = {"type": "score", "run": "a", "step": 1, "metrics": {"m": 1.0}, "seconds": 2.0, "time": 500.0}
    end = {"type": "end", "run": "a", "verdict": "healthy", "seconds": 3.0, "time": -1.0}
    journal.append(
        {"type": "study", "name": "s", "arms": [], "time": 2000.0, "protocol": {}}, start, score, end
    )
    ledger = Ledger(journal)
    assert ledger.scores["a"] == {1: {"m": 1.0}} and ledger.ended["a"]["time"] == -1.0
    assert known_times(journal).ended == {"a"}


def test_what_is_not_asked_for(tmp_path: Path) -> None:
    """Lines of other types or runs are left out without being parsed; whatever looks unusual is parsed."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append({"type": "study", "name": "s", "arms": []}, train(1), train(1, run="b"))
    with journal.path.open("a") as file:
        file.write('{"time": 1.0, "type": "train", "run": "b", "step": 2, broken\n')
        file.write('{"run": "c", "type": "train", "step": 1, "metrics": {}, "time": 1.0}\n')
    assert [event["type"] for event in journal.read(but=("train",))] == ["study", "train"]
    assert [event["run"] for event in journal.read(but=("study",), of={"a"})] == ["a", "c"]


def test_a_damaged_line_among_those_that_are_not_asked_for(tmp_path: Path) -> None:
    """It is told all the same: its checksum is looked at."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append({"type": "oracle", "scores": {}}, train(1), train(2))
    assert [event["type"] for event in journal.read(but=("train",))] == ["oracle"] and not journal.damage
    journal.path.write_bytes(journal.path.read_bytes().replace(b"0.5", b"0.7", 1))
    assert [event["type"] for event in journal.read(but=("train",))] == ["oracle"]
    assert "line 2 (its checksum does not match)" in (journal.damage or "")
