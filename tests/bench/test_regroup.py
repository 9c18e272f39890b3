"""Cohorts that were interrupted go on as they were; everything else is grouped anew."""

from __future__ import annotations

from pathlib import Path

from study_runs import planned, text

from bench.announce import start_event
from bench.journal import Journal
from bench.ledger import Ledger
from bench.plan import Run
from bench.regroup import groups
from bench.tasks import Member, Place, Scoring, Task
from gan.recipe import Choice, digest

PLAN = planned(text(factors="loss: [hinge, minimax]", seeds=3))


def _interrupted(folder: Path, runs: list[Run]) -> Ledger:
    """A ledger in which these runs have started as one cohort, with a checkpoint."""
    data = PLAN.study.base["data"]
    assert isinstance(data, Choice)
    members = tuple(Member(r.id, r.arm, "an arm", r.seed, r.recipe, r.params) for r in runs)
    scoring = Scoring(data, PLAN.study.metrics, 100, 10, folder)
    task = Task("before", members, scoring, Place(threads=3, compiled=True), folder, "protocol")
    journal = Journal(folder / "journal.jsonl")
    journal.append(*(start_event(task, member) for member in members))
    task.checkpoint.parent.mkdir()
    task.checkpoint.touch()
    return Ledger(journal)


def test_without_a_checkpoint_everything_is_grouped_by_structure(tmp_path: Path) -> None:
    """Two losses, two programs; nothing is said about where."""
    found = groups(PLAN, PLAN.runs, Ledger(Journal(tmp_path / "none")), tmp_path, lambda recipe: 8)
    assert [len(group.members) for group in found] == [3, 3]
    assert [group.place for group in found] == [None, None]


def test_an_interrupted_cohort_goes_on_whole(tmp_path: Path) -> None:
    """Same members in the same order, same place; the others are grouped around it."""
    hinges = [run for run in PLAN.runs if run.recipe.loss.name == "hinge"][::-1]
    ledger = _interrupted(tmp_path, hinges)
    first, *rest = groups(PLAN, PLAN.runs, ledger, tmp_path / "checkpoints", lambda recipe: 2)
    assert [member.run for member in first.members] == [run.id for run in hinges]
    assert first.id == "before" and first.place == Place(threads=3, compiled=True)
    assert [member.recipe for member in first.members] == [run.recipe for run in hinges]
    assert [len(group.members) for group in rest] == [2, 1]


def test_runs_no_longer_planned_go_on_with_their_cohort(tmp_path: Path) -> None:
    """A checkpoint holds all replicas or none: leaving one out would start the others over."""
    hinges = [run for run in PLAN.runs if run.recipe.loss.name == "hinge"]
    ledger = _interrupted(tmp_path, hinges)
    fewer = planned(text(factors="loss: [hinge]", seeds=2))
    (only,) = groups(fewer, fewer.runs, ledger, tmp_path / "checkpoints", lambda recipe: 8)
    assert [member.run for member in only.members] == [run.id for run in hinges]


def test_without_its_checkpoint_a_cohort_starts_over(tmp_path: Path) -> None:
    """Nothing was kept, so nothing has to stay together."""
    hinges = [run for run in PLAN.runs if run.recipe.loss.name == "hinge"]
    ledger = _interrupted(tmp_path, hinges)
    (tmp_path / "checkpoints" / "cohort-before.pt").unlink()
    found = groups(PLAN, hinges, ledger, tmp_path / "checkpoints", lambda recipe: 1)
    assert [len(group.members) for group in found] == [1, 1, 1]


def test_a_part_without_a_checkpoint_of_its_own(tmp_path: Path) -> None:
    """It begins from that of the cohort that was too large, and nothing larger than a part is made again."""
    hinges = [run for run in PLAN.runs if run.recipe.loss.name == "hinge"]
    ledger = _interrupted(tmp_path, hinges)
    ids = [run.id for run in hinges]
    ledger.take({"type": "split", "cohort": "before", "into": [ids[:2], ids[2:]]})
    found = groups(PLAN, PLAN.runs, ledger, tmp_path / "checkpoints", lambda recipe: 8)
    assert [[member.run for member in group.members] for group in found[:2]] == [ids[:2], ids[2:]]
    assert [group.origin for group in found] == ["before", "before", None]
    assert [group.id for group in found[:2]] == [digest(ids[:2]), digest(ids[2:])]
    (tmp_path / "checkpoints" / "cohort-before.pt").unlink()
    again = groups(PLAN, PLAN.runs, ledger, tmp_path / "checkpoints", lambda recipe: 8)
    assert [len(group.members) for group in again] == [2, 1, 3]
