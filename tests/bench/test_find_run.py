"""A run is found by its id, the beginning of it, or its name; whatever is not clear is asked back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.find_run import find
from bench.journal import Journal
from bench.problems import UserError


def begun(run: str, arm: str, seed: int) -> dict[str, object]:
    name = f"{arm} · seed {seed}"
    return {"type": "start", "run": run, "arm_name": arm, "seed": seed, "name": name}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    one = [begun("abc111", "hinge", 0), begun("abc222", "hinge + r1(gamma=0.1)", 3), begun("fff333", "x", 1)]
    Journal(tmp_path / "one" / "journal.jsonl").append(
        {"type": "study", "name": "one", "arms": []}, *one, one[0]
    )
    Journal(tmp_path / "two" / "journal.jsonl").append(begun("fff333", "x", 1), begun("ddd444", "hinge", 7))
    with (tmp_path / "one" / "journal.jsonl").open("a") as file:
        file.write('{"type": "start", "run": torn')
    return tmp_path


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("abc111", "abc111"),
        ("abc2", "abc222"),
        ("hinge · seed 0", "abc111"),
        ("hinge seed 7", "ddd444"),
        ("hinge + r1(gamma=0.1), seed 3", "abc222"),
    ],
)
def test_what_is_meant(results: Path, text: str, run: str) -> None:
    """Every way of naming it leads to the same run; one that began twice is one run."""
    assert find(results, text).run == run


@pytest.mark.parametrize(
    ("text", "study", "message"),
    [
        ("abc", None, "'abc' may be any of 2 runs:\n  abc111  hinge · seed 0  (one)\n  abc222"),
        ("fff333", None, "'fff333' may be any of 2 runs:"),
        ("abc", "two", "there is no run 'abc'"),
        ("hing · seed 0", None, "there is no run 'hing · seed 0' among the 5 of one, two; did you mean"),
        ("abc111", "tow", "there is no study 'tow'"),
        ("9ab", None, "there is no run '9ab'"),
    ],
)
def test_what_is_not_clear(results: Path, text: str, study: str | None, message: str) -> None:
    """What it may be, or the nearest name."""
    with pytest.raises(UserError) as caught:
        find(results, text, study)
    assert message in str(caught.value)


def test_a_run_that_is_only_planned(results: Path) -> None:
    """There is nothing to make again yet."""
    arm = {"name": "x", "runs": [{"id": "eee555", "seed": 2}]}
    Journal(results / "two" / "journal.jsonl").append({"type": "study", "name": "two", "arms": [arm]})
    with pytest.raises(UserError, match=r"two: x · seed 2 \(eee555\) has not begun"):
        find(results, "eee555")


def test_one_study(results: Path) -> None:
    """Named by its file or its name; an id that two studies have is clear then."""
    for study in ("two", "studies/two.yaml"):
        assert find(results, "fff333", study).folder == results / "two"


def test_nothing_has_run(tmp_path: Path) -> None:
    """Then it says so."""
    with pytest.raises(UserError, match="no run is known in"):
        find(tmp_path, "abc111")
