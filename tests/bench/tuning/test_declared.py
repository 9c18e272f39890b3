"""What a study's file says of its search, and every mistake in it at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from searches import planned

from bench.problems import StudyError
from bench.study import parse
from bench.tuning.declared import Declared

HEAD = "question: q\nbase: {data: ring}\nseeds: [0, 1, 100]\nmetrics: [modes]\nfactors: {r1: [off, on]}\n"


def declared(search: str) -> Declared | None:
    return parse(HEAD + search, Path("x.yaml")).search


def test_all_of_it_may_be_left_out() -> None:
    """Then trials train on the first seed from 100 on that the winners do not have."""
    found = declared("design: search")
    assert found == Declared(trials=20, batch=5, sampler="tpe", seeds=(101,))


def test_it_says_what_it_says() -> None:
    """A range of `lr` is one of both learning rates."""
    all_of_it = "{trials: 4, batch: 2, sampler: random, seeds: [7, 8], knobs: {lr: [1e-4, 1]}}"
    found = declared(f"design: search\nsearch: {all_of_it}")
    ranges = dict.fromkeys(("generator_lr", "discriminator_lr"), (1e-4, 1.0))
    assert found == Declared(4, 2, "random", (7, 8), ranges)


MISTAKES = [
    ("search: {}", "6:1: `search` does nothing in design factorial; write `design: search`"),
    ("design: search\nsearch: 5", "7:9: `search` must be a mapping, not 5"),
    ("design: search\nsearch: {trails: 5}", "7:10: unknown key of a search 'trails'; did you mean 'trials'?"),
    ("design: search\nsearch: {trials: 0}", "7:18: `trials` must be at least 1, not 0"),
    (
        "design: search\nsearch: {sampler: tpee}",
        "7:19: `sampler` must be one of tpe, random, not 'tpee'; did you mean 'tpe'?",
    ),
    (
        "design: search\nsearch: {seeds: [7, 100]}",
        "7:21: seed 100 is one of `seeds` too: knobs that were picked on a seed look better on it than they "
        "are; give trials seeds of their own",
    ),
    ("design: search\nsearch: {seeds: []}", "7:17: `seeds` must hold at least one seed"),
    ("design: search\nsearch: {seeds: [7, 7]}", "7:21: seed 7 is there twice"),
    (
        "design: search\nsearch: {knobs: {lr: 5}}",
        "7:22: the range of `lr` must be [lowest, highest] or off, not 5",
    ),
    (
        "design: search\nsearch: {knobs: {lr: [1, 0.1]}}",
        "7:22: the range of `lr` must rise, not go from 1 to 0.1",
    ),
    (
        "design: search\nsearch: {knobs: {lr: [0.1, 1], generator_lr: [0.1, 1]}}",
        "7:32: `lr` sets `generator_lr` too; give one of them",
    ),
]


@pytest.mark.parametrize(("search", "mistake"), MISTAKES)
def test_a_mistake_is_told_at_its_place(search: str, mistake: str) -> None:
    """In one line with what to do about it."""
    with pytest.raises(StudyError) as caught:
        declared(search)
    assert [str(problem) for problem in caught.value.problems] == [f"x.yaml:{mistake}"]


MEANINGLESS = [
    ("r1.gama: [1, 2]", "unknown number to search 'r1.gama'; did you mean 'r1.gamma'?"),
    ("r1.gama: off", "unknown number to search 'r1.gama'; did you mean 'r1.gamma'?"),
    ("r1.every: [1, 2]", "unknown number to search 'r1.every'; "),
    ("r1.gamma: [-1, 2]", "the range of `r1.gamma` must lie within 0 to 1000"),
    ("lr: [0, 2]", "the range of `discriminator_lr` must lie above 0"),
    ("dropout.probability: [0, 0.5]", "unknown number to search 'dropout.probability'"),
    (
        "r2.gamma: [1, 2]",
        "`r2.gamma` is searched in no arm: wherever it takes part, a level or a schedule sets it",
    ),
]


@pytest.mark.parametrize(("knobs", "mistake"), MEANINGLESS)
def test_a_range_that_means_nothing_is_a_mistake(knobs: str, mistake: str) -> None:
    """Which only the plan can tell."""
    text = HEAD.replace("r1: [off, on]", "r1: [off, on], r2: [off, {gamma: 1}]")
    with pytest.raises(StudyError) as caught:
        planned(f"{text}design: search\nsearch: {{knobs: {{{knobs}}}}}")
    assert str(caught.value.problems[0]).startswith(f"x.yaml:7:18: {mistake}")
