"""The append-only record: what is written is read, repeats and torn lines are not."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bench.journal import Journal

event = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["start", "train", "score", "image", "end", "oracle"]),
        "run": st.sampled_from("ab"),
        "step": st.integers(1, 3),
        "note": st.text(max_size=5),
    }
)


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
