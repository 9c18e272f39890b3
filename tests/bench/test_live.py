"""What a person at a terminal, or a program, sees while a study runs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import told_journals as told
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from study_runs import planned, text
from told_journals import T0, begun, driver, end, reached, score, study, trouble

from bench.frame import frame
from bench.journal import Event
from bench.json_view import JsonView
from bench.live import Screen
from bench.standing import Standing, standing
from bench.tasks import Member, Place, Scoring, Task
from bench.tracking import Standing as Record


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A cohort of two runs of the study in `tmp_path / "told"`."""
    plan = planned(text(seeds=2))
    data = plan.runs[0].recipe.data
    members = tuple(Member(r.id, r.arm, "hinge", r.seed, r.recipe, r.params) for r in plan.runs)
    scoring = Scoring(data, plan.study.metrics, 100, 10, tmp_path)
    return Task("c", members, scoring, Place(), tmp_path / "told", "protocol")


def busy(workers: int, names: list[str], steps: int = 5000) -> Standing:
    """A study with so many workers at as many cohorts, scores, verdicts and a warning."""
    events = [study([names[i % len(names)] for i in range(workers + 3)]), driver(devices=["cpu"] * workers)]
    for i, verdict in enumerate(("healthy", "failed", "collapsed", "diverged", "undertrained", "vanished")):
        events.append(end(f"a{i // 2}s{i % 2}", verdict))
    for i in range(workers):
        runs = [f"a{i + 3}s{seed}" for seed in range(2)]
        more: dict[str, object] = {"worker": f"worker {i}", "device": f"cuda:{i}", "attempt": 1 + i % 2}
        events += begun(f"c{i}", runs, names[(i + 3) % len(names)], steps=steps, **more)
        events += [score(run, 500, modes=2.0, fid=1234.5) for run in runs]
        events.append(reached(f"c{i}", 500, 1.0))
    return standing([*events, trouble(None, "mlflow")])


NAMES = [
    "hinge",
    "wasserstein + instance_noise(sigma=0.3, until=0.8) + r1(gamma=0.3)",
    "数据 + 🎲🎲",
    "a\n\x1b[31mb",
]
BEHIND = Record("sqlite", 1234, "Connection refused\nand more", T0, None)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("height", [6, 12, 24])
@pytest.mark.parametrize("workers", [0, 1, 3, 16])
def test_the_picture_fits(width: int, height: int, workers: int) -> None:
    """However narrow and low the terminal, however many workers and however long their names."""
    lines = frame(busy(workers, NAMES), BEHIND, T0 + 60, width, height)
    assert 3 <= len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    assert all("\n" not in line.plain and "\x1b" not in line.plain for line in lines)
    if height >= 12 and width >= 40:
        said = "\n".join(line.plain for line in lines)
        assert "6 of " in said and "failed 1" in said and "MLflow: does not answer" in said


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=3), st.integers(1, 120), st.integers(3, 30))
def test_the_picture_fits_whatever_the_arms_are_called(names: list[str], width: int, height: int) -> None:
    """Any letter there is: a line is a line, of at most so many columns, and cannot steer the terminal."""
    for line in frame(busy(2, names), BEHIND, T0, width, height):
        assert line.cell_len <= width
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]", line.plain)


def test_columns_stand_beneath_each_other() -> None:
    """Names of wide letters move nothing: every worker's line is as wide as the header."""
    header, *rows = frame(busy(3, NAMES), None, T0, 120, 24)[1:5]
    assert header.plain.split() == ["worker", "cohort", "runs", "step", "steps/s", "modes", "↑", "FID", "↓"]
    assert {cell_len(row.plain) for row in rows} == {cell_len(header.plain)}


def test_workers_that_do_not_fit_are_summed_up() -> None:
    """Sixteen workers on twelve lines: some, and the rest in one line, none twice."""
    lines = [line.plain for line in frame(busy(16, ["hinge"]), None, T0, 100, 12)]
    (rest,) = [line for line in lines if "more worker" in line]
    shown = [line for line in lines if "500/5,000" in line]
    n = 16 - len(shown)
    assert rest == f"and {n} more workers, 10% to 10% done, {n * 500:,} steps/s together"


def test_a_screen(task: Task) -> None:
    """Warnings stay above, the picture is drawn anew; at the end it says what became of the runs."""
    folder = told.write(task.folder.parent, [study(), driver(), *begun("c", ["a0s0", "a0s1"])])
    file, clock = io.StringIO(), Clock()
    console = Console(file=file, width=80, height=24, force_terminal=True, color_system=None)
    view = Screen(console, clock)
    view.say("Starting.")
    view.begin([task], ["modes"])
    view.note("[red]hinge: killed[/red]")
    told.write(folder.parent, [reached("c", 50, 10.0), end("a0s0"), end("a0s1", "collapsed")])
    view.ended(task, None)
    view.end()
    shown = file.getvalue()
    assert "Starting." in shown and "[red]hinge: killed[/red]" in shown, "no word of a message is markup"
    assert "2 of 4 runs" in shown.rsplit("killed", 1)[1]
    assert "healthy 1 · collapsed 1" in shown.rsplit("killed", 1)[1]


def test_a_screen_is_drawn_four_times_a_second_at_most(task: Task) -> None:
    """However often the driver asks: it has workers to answer."""
    told.write(task.folder.parent, [study(), driver(), *begun("c", ["a0s0"])])
    clock, file = Clock(), io.StringIO()
    view = Screen(Console(file=file, width=80, height=24, force_terminal=True), clock)
    view.begin([task], [])
    sizes = set()
    for _ in range(100):
        clock.now += 0.01
        view.tick()
        sizes.add(file.tell())
    view.end()
    assert 3 <= len(sizes) <= 5


def test_an_interrupted_start_leaves_the_terminal_alone() -> None:
    """A view that never began ends without a word."""
    file = io.StringIO()
    Screen(Console(file=file, force_terminal=True)).end()
    assert "\x1b[?25l" not in file.getvalue()


def test_json(task: Task) -> None:
    """Begin, progress at every score, each end with its verdict, warnings, notes: an object a line."""
    told.write(task.folder.parent, [study(), driver(), end("a1s0")])
    file, clock = io.StringIO(), Clock()
    clock.now = T0
    view = JsonView(file, clock)
    view.say("Starting.")
    view.begin([task], ["modes"])
    events: list[Event] = [*begun("c", ["a0s0"]), reached("c", 5, 1.0), score("a0s0", 10, modes=2.0)]
    more = [reached("c", 10, 2.0), trouble("c"), end("a0s0", "collapsed", final={"modes": 2.0}, onset=10)]
    told.write(task.folder.parent, [*events, *more])
    view.tick()
    view.end()
    found = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [one["event"] for one in found] == ["note", "begin", "progress", "progress", "warning", "run"]
    _, begin, first, second, warning, run = found
    assert (begin["runs"], begin["done"], begin["workers"]) == (4, 1, ["cpu", "cpu"])
    assert (first["step"], second["step"], second["scores"]["modes"]) == (0, 10, 2.0), "no news between"
    assert (warning["kind"], warning["cohort"]) == ("lost", "c")
    assert (run["run"], run["name"], run["verdict"], run["onset"]) == (
        "a0s0",
        "hinge · seed 0",
        "collapsed",
        10,
    )
    assert run["scores"] == {"modes": 2.0} and all("time" in one for one in found)
