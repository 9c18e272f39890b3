"""What a user types is one arm or several of one study or several, or a line that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from made_results import made

from bench.problems import UserError
from bench.rows import Results
from bench.sides import paired, refuse_mixture, sides, split

STUDIES = {
    "one": made("one", {"hinge": [1.0, 2.0], "hinge + r1": [2.0, 3.0], "a:b": [1.0, 1.0]}),
    "two": made("two", {"hinge": [3.0, 4.0], "wasserstein": [5.0, 6.0]}),
    "single": made("single", {"dcgan": [3.0, 4.0]}),
    "grid": made("grid", {"hinge": [3.0, 4.0]}, data="grid"),
}


def _find(word: str) -> Results:
    return STUDIES[word]


@pytest.mark.parametrize(
    ("words", "arm", "names"),
    [
        (["one:hinge", "one:hinge + r1"], None, ["hinge", "hinge + r1"]),
        (["one:hinge", ":hinge + r1"], None, ["hinge", "hinge + r1"]),
        (["one:*"], None, ["hinge", "hinge + r1", "a:b"]),
        (["one:hinge", "one:hinge*"], None, ["hinge", "hinge + r1"]),
        (["one:a:b", ":hinge"], None, ["a:b", "hinge"]),
        (["one:1bee", ":0beefone"], None, ["hinge + r1", "hinge"]),
        (["one", "two"], "hinge", ["one: hinge", "two: hinge"]),
        (["one:hinge", "single"], None, ["one: hinge", "single: dcgan"]),
    ],
)
def test_arms_are_found(words: list[str], arm: str | None, names: list[str]) -> None:
    """By name, by pattern, by the beginning of an id; a study of one arm needs none; each arm once."""
    assert [side.name for side in sides(words, arm, _find)] == names


@pytest.mark.parametrize(
    ("words", "arm", "line"),
    [
        (["one:hinge", "one:hing"], None, "one: unknown arm 'hing'; did you mean 'hinge'?"),
        (["one:hinge", "two"], None, "two has 2 arms; say which: two:ARM, two:'*' for all, or --arm"),
        (["one:hinge"], None, "there is one arm, 'hinge', and nothing to compare it with"),
        (["one:hinge", ":hinge"], None, "there is one arm"),
        ([":hinge", "one:hinge"], None, "':hinge' names no study; the first one must: STUDY:ARM"),
    ],
)
def test_mistakes(words: list[str], arm: str | None, line: str) -> None:
    with pytest.raises(UserError) as caught:
        sides(words, arm, _find)
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_an_arm_that_does_not_apply_says_why() -> None:
    plan = STUDIES["two"].plan
    arms = [plan["arms"][0], {**plan["arms"][1], "reason": "no targets", "runs": []}]
    declined = replace(STUDIES["two"], plan={**plan, "arms": arms})
    with pytest.raises(UserError, match="two: the arm 'wasserstein' does not apply: no targets"):
        sides(["two:hinge", ":wasserstein"], None, lambda word: declined)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("one", ("one", None)),
        ("one:hinge", ("one", "hinge")),
        ("odd:name.yaml:a:b", ("odd:name.yaml", "a:b")),
        ("results/x/comparison.csv:hinge", ("results/x/comparison.csv", "hinge")),
        ("x.parquet", ("x.parquet", None)),
        (":hinge", ("", "hinge")),
    ],
)
def test_a_word_is_a_study_and_an_arm(word: str, parts: tuple[str, str | None]) -> None:
    assert split(word) == parts


def _two(first: Results, second: Results) -> bool:
    found = sides(["first:hinge", "second:hinge"], None, {"first": first, "second": second}.__getitem__)
    return paired(*found)


def test_seeds_pair_runs_of_one_study_or_of_the_same_data() -> None:
    """Across studies not on other data, not on data that nobody knows, not without two common seeds."""
    here = made("here", {"hinge": [1.0, 2.0]})
    assert paired(*sides(["one:hinge", ":a:b"], None, _find))
    assert _two(here, made("there", {"hinge": [1.0, 2.0]}))
    assert not _two(here, made("there", {"hinge": [1.0, 2.0]}, data="grid"))
    assert not _two(here, made("there", {"hinge": [1.0, 2.0]}, first=1)), "one seed in common"
    unknown: Callable[[Results], Results] = lambda found: replace(found, protocols={})  # noqa: E731
    assert not _two(unknown(here), unknown(made("there", {"hinge": [1.0, 2.0]})))


def test_scores_that_were_made_in_different_ways_are_refused() -> None:
    """What differs is said, and how to go on."""
    refuse_mixture(sides(["one:hinge", "two:hinge"], None, _find))
    with pytest.raises(UserError) as caught:
        refuse_mixture(sides(["one:hinge", "grid:hinge"], None, _find))
    assert "(data.name: ring -> grid)" in str(caught.value) and "--mix-protocols" in str(caught.value)
