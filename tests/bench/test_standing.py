"""How a study stands, by its journal."""

from __future__ import annotations

import json
import os
import random
import socket
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import told_journals as told
from hypothesis import given, settings
from hypothesis import strategies as st
from told_journals import T0, begun, driver, end, reached, score, start, study, trouble

from bench.alone import Holder, _begun
from bench.driving import driving
from bench.journal import Event, Journal
from bench.journal_tail import Tail
from bench.standing import read, standing

RUNS = [f"a{i}s{s}" for i in range(2) for s in range(2)]


def test_a_study_under_way() -> None:
    """Who is at what, how far, how fast since its last word, and the mean of its runs' last scores."""
    found = standing(
        [
            study(),
            driver(),
            *begun("c", ["a0s0", "a0s1"]),
            score("a0s0", 50, modes=2.0, fid=None),
            score("a0s1", 50, modes=3.0, fid=9.0),
            reached("c", 50, 10.0, at=11.0),
            reached("c", 60, 11.0, at=12.0),
        ]
    )
    (work,) = found.working.values()
    assert (work.title, work.worker, work.step, work.steps, work.rate) == ("hinge", "worker 0", 60, 100, 10.0)
    assert [work.mean(name) for name in found.outputs] == [2.5, 9.0], "the primary first, no secondary output"
    assert (found.planned, found.done, found.progress()) == (4, 0, pytest.approx(1.2))


def test_ends_count_once_and_a_retried_failure_is_open_again() -> None:
    """A repeated end changes nothing; a failed run that starts again has no outcome until its next end."""
    events = [study(), *begun("c", ["a0s0"]), end("a0s0", "failed"), end("a0s0", "failed")]
    assert standing(events).counts() == {"failed": 1}
    again = standing([*events, start("a0s0", "c")])
    assert (again.counts(), again.done, again.interrupted) == ({}, 0, 1)
    over = standing([*events, start("a0s0", "c"), end("a0s0")])
    assert (over.counts(), over.interrupted) == ({"healthy": 1}, 0)


def test_a_worker_is_idle_when_its_runs_have_ended_or_it_is_lost() -> None:
    """It leaves the picture; the driver's end empties it; a warning that is no loss leaves it in."""
    events = [study(), driver(), *begun("c", ["a0s0", "a0s1"])]
    assert standing([*events, end("a0s0")]).working
    assert not standing([*events, end("a0s0"), end("a0s1")]).working
    assert not standing([*events, trouble("c")]).working
    assert standing([*events, trouble("c", "disk"), trouble(None, "mlflow")]).working
    assert standing([*events, driver("end", how="interrupted")]).interrupted == 2
    killed = standing([*events, driver(at=5.0)])
    assert not killed.working, "what a killed driver's workers did is over"


def test_runs_that_are_no_longer_planned_do_not_count() -> None:
    """Nor do their verdicts; they do again once they are planned again."""
    events = [study(), end("a0s0"), end("a1s0", "collapsed"), study(["hinge"])]
    assert standing(events).counts() == {"healthy": 1}
    assert standing([*events, study()]).counts() == {"healthy": 1, "collapsed": 1}


def test_trials_of_a_search_are_runs_too() -> None:
    """A trial adds its runs to the plan, once, also when it was tried before."""
    trial: Event = {"time": T0, "type": "trial", "arm": "a0", "number": 0, "runs": ["t0", "t1"]}
    found = standing([study(), trial, trial, end("t0")])
    assert (found.planned, found.done, len(found.trials)) == (6, 1, 1)
    assert standing([study(), trial, study()]).planned == 6


def test_no_time_is_told_without_a_basis() -> None:
    """Nothing until a step was taken or a run has ended; nothing when nobody is at work."""
    events = [study(), driver(), *begun("c", ["a0s0"])]
    assert standing(events).time_left(T0) is None
    assert standing([*events, reached("c", 10, 1.0)]).time_left(T0) is not None
    assert standing([*events, end("a0s1")]).time_left(T0) is not None
    assert standing([*events, reached("c", 10, 1.0), driver("end", how="done")]).time_left(T0) is None


def test_time_left_by_hand() -> None:
    """Two workers; arm 0 costs 10 s + 2 s of scoring a run, arm 1 by its own pace 0.5 s a step."""
    events = [
        study(seeds=4),
        driver(),
        end("a0s0", seconds=10.0, scoring_seconds=2.0),
        *begun("c", ["a1s0"], "r1"),
        score("a1s0", 20, seconds=2.0),
        reached("c", 20, 8.0, at=10.0),
    ]
    # Left: 3 runs of arm 0; one of arm 1 under way, 80 steps of 0.5 s; three of arm 1, of which none has
    # ended, at the mean of what has.
    assert standing(events).time_left(T0 + 10.0) == pytest.approx((3 * 12 + 40 + 3 * 12) / 2)
    assert standing(events).time_left(T0 + 20.0) == pytest.approx((3 * 12 + 30 + 3 * 12) / 2), "it runs down"
    alone = [study(["hinge"], seeds=1), driver(), *begun("c", ["a0s0"]), reached("c", 50, 10.0)]
    assert standing(alone).time_left(T0) == pytest.approx(10.0), "one cohort is not done by two workers"


def test_a_run_cut_short_tells_nothing_of_time() -> None:
    """Failed and diverged runs took less than the others will."""
    for verdict in ("failed", "diverged"):
        events = [study(), driver(), *begun("c", ["a1s0"]), end("a0s0", verdict, seconds=0.1)]
        assert standing(events).time_left(T0) is None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(RUNS), st.sampled_from(["start", "healthy", "failed"])), max_size=30)
)
def test_costs_are_what_counting_anew_gives(story: list[tuple[str, str]]) -> None:
    """Whatever happens in whatever order: the running total is the sum over what is left."""
    plan = [study(), driver(), *begun("other", ["x0"]), reached("other", 1, 0.0)]
    events = [
        start(run, "c") if what == "start" else end(run, what, seconds=4.0 + len(run)) for run, what in story
    ]
    found = standing([*plan, *events])
    outcome: dict[str, str] = {}
    costs: dict[str, list[float]] = {"a0": [], "a1": []}
    for run, what in story:
        if what == "start":
            if outcome.get(run) == "failed":
                del outcome[run]
        elif run not in outcome:
            outcome[run] = what
            if what != "failed":
                costs[run[:2]].append(8.0)
    known = [cost for spent in costs.values() for cost in spent]
    left = sum(run not in outcome for run in RUNS)
    assert found.counts() == dict(Counter(outcome.values()))
    expected = None if not known else left * 8.0 / 2
    assert found.time_left(T0) == (None if expected is None else pytest.approx(expected))


def test_it_is_the_journals_own_reading(tmp_path: Path) -> None:
    """Repeats of a resumed run and all, it gives what the events of `Journal.read` give."""
    again = [*begun("c", ["a0s0"]), score("a0s0", 10, modes=1.0)]
    folder = told.write(tmp_path, [study(), driver(), *again, *again, end("a0s0"), end("a0s0")])
    whole = standing(Journal(folder / "journal.jsonl").read())
    found, _ = read(folder / "journal.jsonl")
    assert (found.counts(), found.done) == (whole.counts(), whole.done) == ({"healthy": 1}, 1)


def test_lines_that_are_torn_wait_and_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    """An event is read once its line is whole, and only once."""
    path = tmp_path / "journal.jsonl"
    tail = Tail(path)
    assert list(tail.news()) == [], "there is no journal yet"
    line = json.dumps(end("a0s0")).encode()
    path.write_bytes(b'not json\n[1]\n{"type": 3}\n' + line[:10])
    assert list(tail.news()) == []
    with path.open("ab") as file:
        file.write(line[10:] + b"\n")
    assert [event["run"] for event in tail.news()] == ["a0s0"]
    assert list(tail.news()) == []


def test_only_what_is_needed_is_parsed(tmp_path: Path) -> None:
    """Curves and pictures, most of a journal, are passed over."""
    bulk: list[Event] = [{"time": T0, "type": kind, "run": "x", "step": 1} for kind in ("train", "image")]
    folder = told.write(tmp_path, [study(), *bulk, end("a0s0")])
    assert [event["type"] for event in Tail(folder / "journal.jsonl").news()] == ["study", "end"]


def test_an_event_costs_the_same_in_a_large_study() -> None:
    """Twenty times the runs take no more than some sixty times as long: quadratic would be four hundred."""

    def seconds(runs: int) -> float:
        plan = study([f"arm {i}" for i in range(runs // 10)], seeds=10)
        ids = [run["id"] for arm in plan["arms"] for run in arm["runs"]]
        random.Random(0).shuffle(ids)
        events = [plan, driver(), *(event for run in ids for event in [*begun("c" + run, [run]), end(run)])]
        before = time.process_time()
        found = standing(events)
        found.time_left(T0)
        return time.process_time() - before

    small = min(seconds(200) for _ in range(3))
    assert seconds(4000) < 60 * small + 0.05


def test_who_drives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds the folder; else the last that said so was killed, or is on an unseen machine."""
    monkeypatch.setattr("platform.node", lambda: "box")
    events = [study(), driver()]
    me = Holder(socket.gethostname(), os.getpid(), T0, _begun(os.getpid()), "ganbench run x.yaml")
    starting = driving(standing([study()]), me)
    assert starting.state == "running" and starting.pid == os.getpid(), "before it has said anything"
    assert driving(standing(events), replace(me, host="far away")).state == "elsewhere"
    gone = driving(standing([*events, reached("c", 1, 1.0, at=60.0)]), None)
    assert gone.state == "gone" and "was killed; last word 2 min ago" in gone.sentence(T0 + 180.0)
    monkeypatch.setattr("platform.node", lambda: "laptop")
    there = driving(standing(events), None)
    assert there.state == "elsewhere" and there.sentence(T0).startswith(
        "running, or killed, on box, process 7"
    )
    for how in ("done", "interrupted", "failed"):
        over = driving(standing([*events, driver("end", at=9.0, how=how)]), None)
        assert over.state == how and not over.going
    assert driving(standing([study()]), None).state == "unknown"
