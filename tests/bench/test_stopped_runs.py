"""Studies whose hopeless runs stop, in real processes: one that surely collapses, one that diverges."""

from __future__ import annotations

from pathlib import Path

import pytest
import study_runs
import torch
from study_runs import Elsewhere, Stopper, ends, events, planned, scores, tensors

from bench.plan import Run
from bench.runner import Outcome
from bench.stopping import STOPPED
from bench.study import StudyError

# Scaled down so far, all samples are one; with such a rate nothing stays finite. Both are knobs, so that the
# four arms train as one cohort.
FACTORS = "truncation: [{psi: 8, form: scaled}, {psi: 0.01, form: scaled}], lr: [1e-3, 1e300]"
BASE = "steps: 60, precision: float64, ema: on, lookahead: on"
RULE = "stop_when: {diverged: on, collapsed_for: 2}\n"


def text(rule: str = RULE) -> str:
    return study_runs.text(BASE, FACTORS, metrics="support") + rule


def role(run: Run) -> str:
    if float(run.params["generator_lr"]) > 1.0:
        return "diverging"
    psi = next(trick.knobs["psi"] for trick in run.recipe.tricks if trick.name == "truncation")
    return "collapsed" if psi < 1.0 else "sound"


def roles(content: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"sound": [], "collapsed": [], "diverging": []}
    for run in planned(content).runs:
        found[role(run)].append(run.id)
    return found


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("stopped")
    assert study_runs.run(text(), results) == Outcome(ran=4, left=0, interrupted=False)
    return results


@pytest.fixture(scope="module")
def unstopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("unstopped")
    study_runs.run(text(rule=""), results)
    return results


def test_hopeless_runs_stop(stopped: Path) -> None:
    """A collapsed run ends after two evaluations, a diverged one after one, a sound one at its last."""
    assert {event["cohort_size"] for event in events(stopped, "start")} == {4}
    found, told = ends(stopped), roles(text())
    steps = {name: {found[run]["steps"] for run in runs} for name, runs in told.items()}
    assert steps == {"sound": {60}, "collapsed": {20}, "diverging": {10}}
    (collapsed,), (sound,) = told["collapsed"], told["sound"]
    assert [step for run, step in scores(stopped) if run == collapsed] == [10, 20]
    assert found[collapsed]["stopped"] == "collapsed for 2 evaluations"
    assert {found[run].get("stopped") for run in told["diverging"]} == {"diverged"}
    assert "stopped" not in found[sound]


def test_a_stopped_run_counts_with_its_verdict(stopped: Path) -> None:
    """The verdict is what was seen of it, the reason says that it was stopped, and its last state stands."""
    found, told = ends(stopped), roles(text())
    (collapsed,) = told["collapsed"]
    end = found[collapsed]
    assert end["verdict"] == "collapsed" and end["reason"].endswith(f"; {STOPPED} 20 of 60")
    assert end["final"] == scores(stopped)[collapsed, 20]
    first, last = (scores(stopped)[collapsed, step]["support"] for step in (10, 20))
    mean = (first + last) / 2 * (10 / 50) + last * (40 / 50)
    assert end["area"]["support"] == pytest.approx(mean), "held until step 60, from the first evaluation on"
    for run in told["diverging"]:
        assert found[run]["verdict"] == "diverged" and found[run]["final"] == {
            "support": None,
            "near_duplicates": None,
        }
        assert found[run]["reason"].endswith(f"; {STOPPED} 10 of 60")


def test_those_that_stay_end_as_without_the_others(stopped: Path, unstopped: Path) -> None:
    """In a cohort of one instead of four, from step 20 on: the same weights to 1e-9 in float64."""
    (with_rule,), (without,) = roles(text())["sound"], roles(text(rule=""))["sound"]
    pairs = list(zip(tensors(stopped, with_rule), tensors(unstopped, without), strict=True))
    assert pairs
    for left, right in pairs:
        torch.testing.assert_close(left, right, rtol=1e-9, atol=1e-9)


def test_a_killed_study_ends_where_an_undisturbed_one_does(stopped: Path, tmp_path: Path) -> None:
    """Ctrl-C at the first scores, SIGKILL when the first run has been stopped: bit for bit the same.

    How often a run was found collapsed is remembered over both.
    """
    assert study_runs.run(text(), tmp_path, Stopper()).interrupted
    driver = Elsewhere(text(), tmp_path)
    driver.until(lambda found: any(event["type"] == "end" for event in found))
    driver.kill()
    assert len(events(tmp_path, "end")) < 4, "the test came too late: all runs had ended"
    study_runs.run(text(), tmp_path)
    assert ends(tmp_path) == ends(stopped)
    assert scores(tmp_path) == scores(stopped)
    for run in planned(text()).runs:
        pairs = list(zip(tensors(tmp_path, run.id), tensors(stopped, run.id), strict=True))
        assert pairs and all(torch.equal(a, b) or bool(a.isnan().any()) for a, b in pairs)
    assert not list(tmp_path.glob("tiny/checkpoints/cohort-*"))


def test_the_rule_is_part_of_the_id_only_where_there_is_one() -> None:
    """Runs of studies that never heard of it keep their ids; another rule is another run."""
    rules = ["", "stop_when: diverged\n", "stop_when: {diverged: on}\n", "stop_when: {collapsed_for: 2}\n"]
    none, word, mapping, other = ({run.id for run in planned(text(rule)).runs} for rule in rules)
    assert word == mapping and not none & word and not word & other
    assert none == {run.id for run in planned(text("stop_when: off\n")).runs}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("stop_when: divreged", "not 'divreged'; did you mean diverged?"),
        ("stop_when: collapsed", "did you mean {collapsed_for: 3}?"),
        ("stop_when: [diverged]", "must be diverged, {collapsed_for: K} or"),
        ("stop_when: {colapsed_for: 3}", "did you mean 'collapsed_for'?"),
        ("stop_when: {collapsed_for: 0}", "`collapsed_for` must be at least 1, not 0"),
        ("stop_when: {collapsed_for: off}", "`collapsed_for` must be a whole number"),
        ("stop_when: {diverged: 3}", "`diverged` must be yes or no, not 3"),
        ("stop_when: {diverged: off}", "`stop_when` stops nothing; leave it out"),
        (
            "stop_when: {collapsed_for: 6}",
            "no run can stop early: it has 6 evaluations, the last one at its end",
        ),
    ],
)
def test_mistakes(rule: str, message: str) -> None:
    """One line each, with its place and the nearest valid name."""
    with pytest.raises(StudyError) as caught:
        planned(text(rule + "\n"))
    (problem,) = caught.value.problems
    assert message in problem.message and problem.line == 8


def test_nothing_that_sees_collapse() -> None:
    """Asked to stop what no metric sees, a study is refused: it would be a silent no-op."""
    content = study_runs.text(metrics="fid") + "stop_when: {collapsed_for: 1}\n"
    with pytest.raises(StudyError, match="no metric of this study sees collapse"):
        planned(content)
