"""What a user sees while a study runs."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from study_runs import planned, text

from bench.plan import cohorts
from bench.progress import Latest, Lines, Quiet, Rate, View, title
from bench.tasks import Member, Place, Scoring, Task


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    """Two cohorts of two runs of 20 steps."""
    plan = planned(text(factors="loss: [hinge, minimax]", seeds=2))
    names = {arm.id: arm.name for arm in plan.arms}
    (data,) = {run.recipe.data.name: run.recipe.data for run in plan.runs}.values()
    scoring = Scoring(data, plan.study.metrics, 100, 10, tmp_path)
    return [
        Task(
            cohort.id,
            tuple(Member(r.id, r.arm, names[r.arm], r.seed, r.recipe, r.params) for r in cohort.runs),
            scoring,
            Place(),
            tmp_path,
            "protocol",
        )
        for cohort in cohorts(plan.runs, lambda recipe: 2)
    ]


def play(view: View, tasks: list[Task]) -> None:
    """One cohort to its end, another that fails in mid-way."""
    first, second = tasks
    view.begin(tasks, ["modes"])
    for task in tasks:
        view.heard(task, [{"type": "cohort", "step": 0, "seconds": 0.0}])
    metrics = {"fid": 7.0, "modes": 3.0}
    scored = [{"type": "score", "run": m.run, "step": 10, "metrics": metrics} for m in first.members]
    view.heard(first, [*scored, {"type": "cohort", "step": 10, "seconds": 2.0}])
    for member in first.members:
        view.heard(first, [{"type": "done", "run": member.run}])
    view.ended(first, None)
    view.ended(second, "OSError: [no] space")
    view.tick()


def test_lines(tasks: list[Task]) -> None:
    """Without a terminal: a line an evaluation and an end, each with a time; failures count as ended."""
    file = io.StringIO()
    view = Lines(Console(file=file, width=40))
    play(view, tasks)
    view.end()
    lines = file.getvalue().splitlines()
    assert all(line[2] == line[5] == ":" for line in lines), "no line is broken, however narrow"
    assert [line[10:] for line in lines] == [
        "4 runs in 2 cohorts",
        "hinge (2 runs): step 10 of 20, 5 steps/s, modes 3",
        "1 of 4 runs done",
        "2 of 4 runs done",
        "minimax (2 runs) failed: OSError: [no] space",
        "4 of 4 runs done",
    ]


def test_a_line_has_room_for_three_scores(tasks: list[Task]) -> None:
    """The first three of those that are to be shown."""
    file = io.StringIO()
    view = Lines(Console(file=file, width=40))
    view.begin(tasks, ["a", "b", "c", "d"])
    scored = {"type": "score", "run": "x", "step": 10, "metrics": {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}}
    view.heard(tasks[0], [scored, {"type": "cohort", "step": 10, "seconds": 2.0}])
    assert file.getvalue().splitlines()[-1].endswith(", a 1  b 2  c 3")


def test_quiet(tasks: list[Task]) -> None:
    """Nothing but what went wrong."""
    file = io.StringIO()
    view = Quiet(Console(file=file, width=40))
    view.say("Starting the workers.")
    play(view, tasks)
    view.end()
    (line,) = file.getvalue().splitlines()
    assert line[10:] == "minimax (2 runs) failed: OSError: [no] space"


def test_a_title_is_short(tasks: list[Task]) -> None:
    """A cohort is named by its arm, by the first of several, and never at great length."""
    first, second = tasks
    assert title(first) == "hinge (2 runs)"
    both = replace(first, members=(*first.members, *second.members))
    assert title(both) == "hinge and 1 more (4 runs)"
    assert title(both, most=10) == "hinge and… (4 runs)"


def test_rates_are_recent() -> None:
    """Steps a second since the last word; nothing where nothing was done."""
    rate = Rate()
    assert rate.hear({"step": 0, "seconds": 0.0}) == ""
    assert rate.hear({"step": 10, "seconds": 5.0}) == "2 steps/s"
    assert rate.hear({"step": 30, "seconds": 6.0}) == "20 steps/s"
    assert rate.hear({"step": 30, "seconds": 6.0}) == ""


def test_the_latest_scores() -> None:
    """Those asked for, in that order, averaged over the runs that have one; a dash where none has."""
    latest = Latest(["b", "a"])
    assert not latest.hear([{"type": "train"}])
    scores = [{"c": 9.0, "a": v, "b": None} for v in (1.0, 2.0, None)]
    assert latest.hear([{"type": "score", "metrics": values} for values in scores])
    assert latest.text == "b –  a 1.5"
