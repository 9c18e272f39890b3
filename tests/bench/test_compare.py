"""What a study declares before it runs, and what of it is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench.announce import study_event
from bench.checking import overview
from bench.compare import Compare
from bench.plan import Plan, plan
from bench.study import StudyError, parse
from bench.tracking.fold import ORACLE, Chunk, Fold

TEXT = """\
question: q
base: {data: ring, steps: 10}
factors:
  r1: [off, on]
  loss: [non_saturating, hinge]
seeds: 3
metrics: [modes, fid]
"""
OUTPUTS: dict[str, Any] = {
    "modes": {"metric": "modes", "headline": True, "direction": "higher"},
    "reverse_kl": {"metric": "modes", "headline": True, "direction": "lower"},
    "frechet": {"metric": "fid", "headline": True, "direction": "lower"},
}


def planned(compare: str = "", **changes: str) -> Plan:
    text = TEXT + (f"compare: {compare}\n" if compare else "")
    for old, new in changes.items():
        text = text.replace(old, new)
    return plan(parse(text, Path("x.yaml")))


def declaration(compare: str = "", **changes: str) -> dict[str, Any]:
    found = study_event(planned(compare, **changes), OUTPUTS, {})["compare"]
    assert isinstance(found, dict)
    return found


def test_everything_may_be_left_out() -> None:
    """The primary metric in its own direction, every arm against the baseline, at .05."""
    found = declaration()
    assert planned().study.compare == Compare()
    assert (found["metric"], found["direction"], found["alpha"]) == ("modes", "higher", 0.05)
    assert (found["family"], len(found["arms"])) == ("all_vs_baseline", 4)
    assert {**declaration("{}")} == found, "an empty declaration declares the same"


@pytest.mark.parametrize(
    ("compare", "metric"), [("{metric: fid}", "frechet"), ("{metric: reverse_kl}", "reverse_kl")]
)
def test_a_metric_or_an_output_may_be_named(compare: str, metric: str) -> None:
    """Of a metric its first headline is meant."""
    assert declaration(compare)["metric"] == metric
    assert study_event(planned(compare), OUTPUTS, {})["primary"] == metric


def test_a_family_of_arms() -> None:
    """Each is named by the levels that differ from the baseline, and recorded by its id."""
    found = planned("{family: [{r1: on}, {r1: on, loss: hinge}]}")
    ids = {tuple(arm.levels.values()): arm.id for arm in found.arms}
    chosen = study_event(found, OUTPUTS, {})["compare"]["family"]
    assert sorted(chosen) == sorted([ids["on", "non_saturating"], ids["on", "hinge"]])


@pytest.mark.parametrize(
    ("compare", "changes"),
    [
        ("{metric: fid}", {}),
        ("{alpha: 0.01}", {}),
        ("{family: all_pairs}", {}),
        ("{family: [{r1: on}]}", {}),
        ("", {"seeds: 3": "seeds: 4"}),
        ("", {"[non_saturating, hinge]": "[non_saturating, hinge, minimax]"}),
    ],
)
def test_whatever_conclusions_hang_on_changes_the_digest(compare: str, changes: dict[str, str]) -> None:
    """Metric, level and family, but also seeds and arms that are added when results are known."""
    assert declaration(compare, **changes)["digest"] != declaration()["digest"]
    assert [run.id for run in planned(compare).runs] == [run.id for run in planned().runs], "and no run's id"


def test_what_stood_before_the_first_run_is_kept() -> None:
    """A declaration that is changed after a run has started stays in the record beside the new one."""
    first, fold, chunk = study_event(planned(), OUTPUTS, {}), Fold(Path()), Chunk()
    early, late = (
        study_event(planned(compare), OUTPUTS, {}) for compare in ("{alpha: 0.01}", "{alpha: 0.1}")
    )
    run = planned().runs[0]
    start = {"type": "start", "run": run.id, "arm": run.arm, "seed": 0, "time": 3.0}
    for event in ({**first, "time": 1.0}, {**early, "time": 2.0}, start, {**late, "time": 4.0}):
        fold.apply(event, chunk)
    kept = json.loads(str(chunk.entries[ORACLE].files["plan.json"]))
    assert (kept["declared"]["alpha"], kept["compare"]["alpha"]) == (0.01, 0.1)
    assert chunk.entries[ORACLE].tags["ganbench.declared"] == early["compare"]["digest"]


WRONG = [
    ("[]", "8:10: `compare` must be a mapping, not a list"),
    ("{metrc: fid}", "8:11: unknown key of a comparison 'metrc'; did you mean 'metric'?"),
    ("{metric: fidd}", "8:19: unknown metric or output of this study 'fidd'; did you mean 'fid'?"),
    ("{metric: fid, direction: higher}", "8:35: of frechet lower is better; it cannot be compared as higher"),
    ("{direction: lower}", "8:22: of modes higher is better; it cannot be compared as lower"),
    ("{direction: up}", "8:22: `direction` must be one of lower, higher, not 'up'"),
    ("{alpha: 1}", "8:18: `alpha` must lie between 0 and 1, not 1"),
    ("{alpha: x}", "8:18: `alpha` must be a number, not 'x'"),
    (
        "{family: all_pair}",
        "8:19: `family` must be all_vs_baseline, all_pairs or a list of arms, not 'all_pair'; "
        "unknown family 'all_pair'; did you mean 'all_pairs'?",
    ),
    ("{family: []}", "8:19: `family` must be all_vs_baseline, all_pairs or a list of arms, not a list"),
    ("{family: [r1]}", "8:20: an arm of `family` must be a mapping of factors to levels, not 'r1'"),
    ("{family: [{r2: on}]}", "8:21: unknown factor of this study 'r2'; did you mean 'r1'?"),
    ("{family: [{r1: on}, {r1: on}]}", "8:30: this arm is there twice"),
    ("{family: [{r1: off}]}", "8:20: this is the baseline, which cannot be compared with itself"),
]


@pytest.mark.parametrize(("compare", "line"), WRONG)
def test_a_mistake_is_one_line(compare: str, line: str) -> None:
    """With its place, and the nearest valid name."""
    with pytest.raises(StudyError) as caught:
        planned(compare)
    assert [str(problem) for problem in caught.value.problems] == [f"x.yaml:{line}"]


def test_two_primaries_and_arms_that_do_not_exist() -> None:
    """What contradicts another part of the file is refused too."""
    with pytest.raises(StudyError, match="`primary` names a metric too; give one of them"):
        plan(parse(TEXT + "primary: fid\ncompare: {metric: fid}\n", Path("x.yaml")))
    add_one = TEXT + "design: add_one\ncompare: {family: [{r1: on, loss: hinge}]}\n"
    with pytest.raises(StudyError, match="the design has no arm with r1 on, loss hinge"):
        plan(parse(add_one, Path("x.yaml")))


def test_check_says_what_is_declared() -> None:
    """Before anything has run."""
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(overview(planned("{metric: fid, family: all_pairs}"), []))
    assert "fid, every arm with every other, paired by seed, Holm-corrected at 0.05" in console.export_text()
