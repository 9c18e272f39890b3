"""The append-only record: what is written is read, repeats and torn lines are not."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bench.journal import Journal, identity

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
    """Of each (type, run, step) the first is kept; plans, oracles and starts are never repeats."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.jsonl")
        journal.append(*found)
        expected, seen = [], set()
        for item in found:
            key = identity(item)
            if key is None or key not in seen:
                expected.append(item)
            seen.add(key)
        assert [{k: v for k, v in e.items() if k != "time"} for e in journal.read()] == expected


def test_an_empty_journal(tmp_path: Path) -> None:
    """Nothing is read from a file that is not there, and nothing is made by appending nothing."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append()
    journal.mend()
    assert list(journal.read()) == [] and not journal.path.exists()
