"""Published numbers in a study's file: what they mean, what is refused, and that they reach the record."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench.announce import study_event
from bench.checking import overview
from bench.plan import plan
from bench.study import StudyError, parse
from bench.tracking.fold import ORACLE, Chunk, Fold

TEXT = """\
question: Which of these?
base: {data: ring}
arms:
  vanilla: {loss: minimax}
  hinge: {loss: hinge}
factors:
  d_steps: [1, 5]
seeds: 2
metrics: [modes]
baseline: {d_steps: 5}
profile: "short: 1/20 of the iterations"
published:
  - {output: modes, mean: 6.3, standard_error: 0.5, n: 10, source: "table 1"}
  - {arm: {arm: hinge, d_steps: 1}, output: reverse_kl, mean: 1, source: a blog}
"""


def mistakes(text: str) -> list[str]:
    """Of the file, or of the plan where the file has none."""
    with pytest.raises(StudyError) as caught:
        plan(parse(text, Path("x.yaml")))
    return [str(problem) for problem in caught.value.problems]


def test_an_arm_is_named_as_the_baseline_is() -> None:
    """A factor that is left out is at its baseline level."""
    first, second = parse(TEXT, Path("x.yaml")).published
    assert first.levels == {"arm": "vanilla", "d_steps": "5"}
    assert second.levels == {"arm": "hinge", "d_steps": "1"}
    assert (second.mean, second.standard_error, second.n) == (1.0, None, None)


def test_they_travel_with_the_plan_into_the_record() -> None:
    """Each with the id of its arm, and the profile beside them; a study without any says nothing of it."""
    planned = plan(parse(TEXT, Path("x.yaml")))
    outputs = {
        "modes": {"metric": "modes", "headline": True, "label": "modes", "digits": 1, "direction": "higher"}
    }
    event = {**study_event(planned, outputs, {}), "time": 0.0}
    (hinge,) = [arm.id for arm in planned.arms if arm.levels == {"arm": "hinge", "d_steps": "1"}]
    number = {"arm": hinge, "output": "reverse_kl", "mean": 1.0, "source": "a blog"}
    assert event["published"][1] == {**number, "standard_error": None, "n": None}
    assert event["published"][0]["arm"] == planned.baseline
    chunk = Chunk()
    Fold(Path()).apply(event, chunk)
    kept = json.loads(str(chunk.entries[ORACLE].files["plan.json"]))
    assert kept["published"] == event["published"]
    assert kept["profile"] == "short: 1/20 of the iterations"
    bare = plan(parse(TEXT.partition("profile:")[0], Path("x.yaml")))
    assert not {"published", "profile"} & study_event(bare, outputs, {}).keys()
    assert [run.id for run in bare.runs] == [run.id for run in planned.runs], "what others say changes no run"


def test_check_says_what_will_be_compared() -> None:
    """How many numbers, and from where."""
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(overview(plan(parse(TEXT, Path("x.yaml"))), []))
    text = console.export_text()
    assert "2 numbers from table 1; a blog" in text and "short: 1/20 of the iterations" in text


KEYS = "arm, output, mean, standard_error, n, source"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "mean: 6.3,",
            "maen: 6.3,",
            "13:21: unknown key of a published number: 'maen'; did you mean 'mean'?",
        ),
        ("mean: 6.3,", "", "13:5: a published number needs mean"),
        ("mean: 6.3", "mean: high", "13:27: `mean` must be a number, not 'high'"),
        ("mean: 6.3", "mean: inf", "13:27: `mean` must be finite, not inf"),
        ("error: 0.5", "error: -0.5", "13:48: `standard_error` must be at least 0, not -0.5"),
        ("n: 10", "n: 1", "13:56: `n` must be at least 2 where there is a standard error, not 1"),
        ("n: 10", "n: 0", "13:56: `n` must be at least 1, not 0"),
        ('"table 1"', '""', "13:68: `source` must not be blank"),
        ("arm: hinge,", "arm: hing,", "14:17: unknown arm 'hing'; did you mean 'hinge'?"),
        (
            "d_steps: 1}",
            "d_step: 1}",
            "14:24: unknown factor of this study 'd_step'; did you mean 'd_steps'?",
        ),
        (
            "d_steps: 1}",
            "d_steps: 2}",
            "14:33: the level of `d_steps` must be one of its levels '1', '5', not '2'",
        ),
        (
            "reverse_kl",
            "reverse_lk",
            "14:45: unknown output of this study's metrics 'reverse_lk'; did you mean",
        ),
        ("{arm: {arm: hinge, d_steps: 1}, o", "{o", None),
        (
            "seeds: 2",
            "seeds: 2\ndesign: add_one",
            "15:11: the design add_one has no arm with arm hinge, d_steps 1",
        ),
        (
            "  - {arm: {arm: hinge, d_steps: 1}, output: reverse_kl, mean: 1, source: a blog}",
            "  - 3",
            f"14:5: a published number must be a mapping of {KEYS}, not 3",
        ),
        (
            "  - {arm: {arm: hinge, d_steps: 1}, output: reverse_kl, mean: 1, source: a blog}",
            '  - {output: modes, mean: 6.3, standard_error: 0.5, n: 10, source: "table 1"}',
            "14:5: this published number is there twice",
        ),
        ('profile: "short: 1/20 of the iterations"', "profile: ''", "11:10: `profile` must not be blank"),
        ("published:", "publishd:", "12:1: unknown key 'publishd'; did you mean 'published'?"),
    ],
)
def test_a_mistake_has_its_place(old: str, new: str, expected: str | None) -> None:
    """One line, where it is; None: it is no mistake."""
    text = TEXT.replace(old, new)
    assert text != TEXT
    if expected is None:
        assert plan(parse(text, Path("x.yaml"))).study.published
        return
    (found,) = mistakes(text)
    assert found.startswith(f"x.yaml:{expected}")


def test_an_empty_list_is_a_mistake() -> None:
    """Like any list that must hold something."""
    text = TEXT.partition("published:")[0] + "published: []\n"
    assert mistakes(text) == ["x.yaml:12:12: `published` must hold at least one number"]
