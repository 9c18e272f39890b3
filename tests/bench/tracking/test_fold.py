"""Which protocols, and which of the generator's weights, each MLflow run is tagged with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.journal import Event, Journal
from bench.tracking.entries import Chunk
from bench.tracking.fold import Fold
from bench.tracking.lines import events
from gan.recipe import digest

Plan = Callable[..., Event]
Life = Callable[..., list[Event]]
OTHER = {"samples": 5}


def tags(events: list[Event], run: str, at_once: int) -> dict[str, str]:
    """What MLflow has been told of a run at the end, `at_once` events a chunk."""
    fold, told = Fold(Path()), dict[str, str]()
    for start in range(0, len(events), at_once):
        chunk = Chunk()
        for event in events[start : start + at_once]:
            fold.apply({"time": 1e9, **event}, chunk)
        if ("run", run) in chunk.entries:
            told |= chunk.entries["run", run].tags
    return told


def scored(events: list[Event], protocol: dict[str, Any]) -> list[Event]:
    """The same events, with scores that name their protocol."""
    return [{**e, "protocol": digest(protocol)} if e["type"] == "score" else e for e in events]


@pytest.mark.parametrize("at_once", [1, 4, 100])
def test_a_run_has_the_protocols_of_its_own_scores(plan: Plan, life: Life, at_once: int) -> None:
    """Each once and sorted, however the journal is read; a later plan adds none."""
    first, second = plan()["protocol"], OTHER
    start, train, score, image, *late = life("run-0-0", {"fid": 1.0}, ended=False)
    events = [
        plan(),
        *scored([start, train, score, image], first),
        plan(protocol=second),
        {**start, "cohort": "c1"},
        *scored(late, second),
        *scored(life("run-0-1", {"fid": 1.0}), second),
        plan(protocol={"samples": 6}),
        {**start, "cohort": "c2"},
    ]
    both = " ".join(sorted([digest(first), digest(second)]))
    assert tags(events, "run-0-0", at_once)["ganbench.protocol"] == both
    assert tags(events, "run-0-1", at_once)["ganbench.protocol"] == digest(second)


def test_scores_of_older_journals_have_the_plans_protocol(plan: Plan, life: Life) -> None:
    """Of the plan that was in force when they were made, not of the last one."""
    events = [plan(), *life("run-0-0", {"fid": 1.0}, ended=False), plan(protocol=OTHER)]
    events += life("run-0-0", {"fid": 1.0})[-1:]
    assert tags(events, "run-0-0", 3)["ganbench.protocol"] == digest(plan()["protocol"])


def test_a_run_without_a_score_has_the_studys_protocol(plan: Plan, life: Life) -> None:
    """The present one: nothing of it was ever scored in another way."""
    begun = life("run-0-0", {})[:2]
    for at_once in (1, 100):
        told = tags([plan(), *begun, plan(protocol=OTHER)], "run-0-0", at_once)
        assert told["ganbench.protocol"] == digest(OTHER)


def test_which_weights_were_sampled_is_a_tag(plan: Plan, life: Life) -> None:
    """As the run's start says; older journals say nothing."""
    start, *_ = life("run-0-0", {})
    assert "ganbench.generator" not in tags([plan(), start], "run-0-0", 1)
    told = tags([plan(), {**start, "generator": "averaged"}], "run-0-0", 1)
    assert told["ganbench.generator"] == "averaged"


def test_what_was_told_before_is_learnt_as_it_was(tmp_path: Path, plan: Plan, life: Life) -> None:
    """A fold that skims what MLflow has already goes on as one that had said all of it."""
    before = [plan(), *life("run-0-0", {"fid": 1.0}), *life("run-0-1", {"fid": 1.0}, ended=False)]
    after = [plan(question="another"), *life("run-0-1", {"fid": 1.0}), *life("run-1-0", {"fid": 2.0})]
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(*({"time": 1e9, **event} for event in before))
    skimmed, said = Fold(tmp_path), Fold(tmp_path)
    for _, event in events(journal.path, known=True):
        skimmed.learn(event)
    for _, event in events(journal.path):
        said.apply(event, Chunk())
    told = Chunk(), Chunk()
    for event in after:
        for fold, chunk in zip((skimmed, said), told, strict=True):
            fold.apply({"time": 1e9, **event}, chunk)
    assert told[0] == told[1] and told[0].entries
