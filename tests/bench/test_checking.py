"""What `ganbench check` prints."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bench.checking import overview
from bench.plan import cohorts, plan
from bench.study import parse
from bench.study_keys import DEFAULT_METRICS
from gan.recipe import Recipe

TEXT = """\
question: Does R1 help [really]?
base: {data: ring, steps: 100}
factors: {loss: [hinge, minimax], r1: [off, {gamma: 3}]}
seeds: 3
metrics: [modes, {fid: {extractor: vgg16}}]
"""


def printed(text: str, reasons: dict[str, str], width: int = 200, together: bool = True) -> str:
    """The overview, with the losses in `reasons` not applicable."""

    def why_not(recipe: Recipe) -> str | None:
        return reasons.get(recipe.loss.name)

    found = plan(parse(text, Path("x.yaml")), why_not)
    file = io.StringIO()
    groups = cohorts(found.runs, lambda recipe: 2)
    Console(file=file, width=width, highlight=False).print(overview(found, groups, together))
    return file.getvalue()


def test_an_overview() -> None:
    """The question, the factors, how runs are scored, every arm with its runs, and the totals."""
    lines = [" ".join(line.split()) for line in printed(TEXT, {}).splitlines()]
    assert "Does R1 help [really]?" in lines, "brackets in a question are no markup"
    assert "loss hinge | minimax (baseline: hinge)" in lines
    assert "r1 off | gamma=3 (baseline: off)" in lines
    assert "scored by modes, fid(extractor=vgg16) of 2,500 samples every 10 steps; primary: modes" in lines
    assert "hinge (baseline) 3 yes" in lines
    assert "minimax + r1(gamma=3) 3 yes" in lines
    assert "factorial: 4 arms, 3 seeds, 12 runs in 8 cohorts" in lines
    assert "3 seeds, 12 runs\n" in printed(TEXT, {}, together=False), "where nothing is left to run"


def test_what_does_not_apply() -> None:
    """An arm that does not apply stays in the table, with its reason and no runs."""
    lines = [" ".join(line.split()) for line in printed(TEXT, {"minimax": "too old"}).splitlines()]
    assert "minimax + r1(gamma=3) 0 not applicable: too old" in lines
    assert "factorial: 4 arms (2 not applicable), 3 seeds, 6 runs in 4 cohorts" in lines
    assert not any("baseline does not apply" in line for line in lines)


def test_a_baseline_that_does_not_apply() -> None:
    """Without its baseline a study compares nothing, which one wants to know before it runs."""
    assert "The baseline does not apply" in printed(TEXT, {"hinge": "too sharp"})


def test_cautions() -> None:
    """Each is a line of its own, and brackets in it are no markup."""
    found = plan(parse(TEXT, Path("x.yaml")), lambda recipe: None)
    warned = replace(found, cautions=("fid: ask for [more]", "modes: few"))
    file = io.StringIO()
    Console(file=file, width=200, highlight=False).print(overview(warned, []))
    lines = [line.strip() for line in file.getvalue().splitlines()]
    assert "caution: fid: ask for [more]" in lines and "caution: modes: few" in lines
    assert "caution" not in printed(TEXT, {})


def test_samples_that_the_data_does_not_have() -> None:
    """What a score really takes is said beside what was asked for."""
    found = plan(parse("question: q\nbase: {data: digits, steps: 1}\nseeds: 1\n", Path("x.yaml")))
    file = io.StringIO()
    Console(file=file, width=300, highlight=False).print(overview(found, []))
    assert "of 898 samples (no more are held out, 2,500 were asked for) every" in file.getvalue()


def test_metrics_that_nobody_named() -> None:
    """What is scored is spelled out all the same."""
    text = "question: q\nbase: {data: ring, steps: 1}\nseeds: 1\n"
    words = " ".join(printed(text, {}).split())
    assert f"scored by {', '.join(DEFAULT_METRICS)} of 2,500 samples" in words and "primary: modes" in words


def test_one_arm() -> None:
    """A study without factors is one arm; numbers of one are singular; a narrow terminal is wide enough."""
    text = "question: q\nbase: {data: ring, steps: 1}\nseeds: 1\nmetrics: [modes]\n"
    words = " ".join(printed(text, {}, width=60).split())
    assert "base (baseline) 1 yes" in words
    assert "every 1 step;" in words
    assert "1 arm, 1 seed, 1 run in 1 cohort" in words


def test_when_runs_stop_early() -> None:
    """It says so, in words; a study that lets every run go on says nothing of it."""
    rule = "stop_when: {diverged: on, collapsed_for: 2}\n"
    (told,) = [line for line in printed(TEXT + rule, {}).splitlines() if line.startswith("stopped")]
    assert " ".join(told.split()) == "stopped runs once diverged or collapsed for 2 evaluations"
    assert "runs once" not in printed(TEXT, {})
