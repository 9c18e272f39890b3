"""A study's file that was changed after it was last run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.announce import study_event
from bench.plan import plan
from bench.study import parse
from bench.unrecorded import told, unrecorded

TEXT = """\
question: q
base: {data: ring, steps: 10}
factors:
  r1: [off, on]
  loss: [non_saturating, hinge]
seeds: 3
metrics: [modes, fid]
compare: {alpha: 0.05}
"""
OUTPUTS: dict[str, Any] = {
    "modes": {"metric": "modes", "headline": True, "direction": "higher"},
    "frechet": {"metric": "fid", "headline": True, "direction": "lower"},
}


def recorded(text: str) -> dict[str, Any]:
    return study_event(plan(parse(text, Path("x.yaml"))), OUTPUTS, {})


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        ("question: q", "question: p", ["question"]),
        ("seeds: 3", "seeds: 4", ["seeds"]),
        ("[off, on]", "[off, on, {gamma: 2}]", ["factors"]),
        ("{alpha: 0.05}", "{alpha: 0.01}", ["compare"]),
        ("{alpha: 0.05}", "{metric: fid}", ["compare"]),
        ("{alpha: 0.05}", "{family: all_pairs}", ["compare"]),
        ("{alpha: 0.05}", "{family: [{r1: on}]}", ["compare"]),
        ("seeds: 3", "seeds: 4\nprofile: short\ndesign: add_one", ["design", "seeds", "profile"]),
        ("{alpha: 0.05}", "{}", []),
        ("{alpha: 0.05}", "{metric: modes, family: all_vs_baseline}", []),
    ],
)
def test_every_change_is_named_and_nothing_else(old: str, new: str, keys: list[str]) -> None:
    """What was written otherwise and means the same is no change."""
    assert unrecorded(parse(TEXT.replace(old, new), Path("x.yaml")), recorded(TEXT)) == keys


def test_a_record_that_declares_nothing() -> None:
    """Of an earlier version: the declaration is no change of the file."""
    plan_ = {key: value for key, value in recorded(TEXT).items() if key != "compare"}
    assert unrecorded(parse(TEXT, Path("x.yaml")), plan_) == []


def test_the_note_says_what_to_do() -> None:
    assert told("x.yaml", ["seeds", "compare"]) == (
        "Note: x.yaml was changed since it was last run (seeds, compare); this shows what was recorded. "
        "`ganbench run x.yaml` takes the change over."
    )
