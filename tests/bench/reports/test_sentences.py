"""Sentences say what the interval allows, and name factors as people do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from factor_studies import study
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.reports._analysis import Analysis, Contrast, analyse
from bench.reports._sentences import Told, level_name, sentences
from bench.reports._slices import slices
from bench.stats import Interval

FID = Told("FID", 1, 0.05)
TRICKS = {"instance_noise": ["off", "sigma=0.1"], "r1": ["off", "on"]}
CLAIM = re.compile(r"(?<!may )\b(raises|lowers|by) (?:\w+ by )?([\d.]+) \[(-?[\d.]+), (-?[\d.]+)\]")


def said(
    factors: dict[str, list[str]],
    mean: Callable[..., float],
    spread: float = 0.3,
    seeds: int = 6,
    design: str = "factorial",
) -> list[str]:
    """Sentences about cells with these means, given their levels in order."""
    rng = np.random.default_rng(1)
    parts, _ = slices(study(factors, lambda levels, seed: 0.0, seeds=seeds, design=design).plan)
    return sentences(
        analyse(
            [
                (
                    part,
                    np.array(
                        [mean(*arm["levels"].values()) + rng.normal(0, spread, seeds) for arm in part.arms]
                    ),
                )
                for part in parts
            ]
        ),
        FID,
    )


def test_an_interaction_is_told_level_by_level() -> None:
    """The sentence a reader wants: what it does without the other, and with it."""
    found = said(TRICKS, lambda noise, r1: 20.0 - 3.0 * (noise != "off") * (r1 == "off") - 4.0 * (r1 == "on"))
    number = r"[\d.]+ \[[\d.]+, [\d.]+\]"
    assert re.fullmatch(
        rf"instance_noise\(sigma=0\.1\) lowers FID by {number} without r1; with it no effect could be shown "
        r"\(\S+ \[-[\d.]+, \+[\d.]+\]\) \(interaction p < \.001\)\.",
        found[0],
    )
    assert re.match(rf"r1 lowers FID by {number} without instance_noise and by {number} with it \(", found[1])
    assert len(found) == 2, "the average over levels that differ is not told"


def test_an_effect_that_turns_round_is_told_with_both_directions() -> None:
    found = said(TRICKS, lambda noise, r1: -2.0 * (1 if r1 == "off" else -1) * (noise != "off"))
    assert re.search(
        r"lowers FID by \S+ \[\S+ \S+\] without r1 and raises it by \S+ \[\S+ \S+\] with it", found[0]
    )


def test_an_effect_seen_everywhere_holds_whatever_the_other_factor() -> None:
    """Only if it was seen at each level; without that it is told as an average."""
    factors = {"loss": ["hinge", "minimax", "wasserstein"], "r1": ["off", "gamma=0.3"]}
    first, *rest = said(factors, lambda loss, r1: 3.0 * (r1 != "off"))
    assert re.match(
        r"r1\(gamma=0\.3\) raises FID by \S+ \[\S+ \S+\] whatever the loss \(p < \.001\)\.", first
    )
    assert rest[0].startswith("No effect of minimax instead of hinge on FID could be shown: ")
    assert len(rest) == 2
    first, *_ = said(factors, lambda loss, r1: 3.0 * (r1 != "off"), spread=4.0, seeds=10)
    assert " on average over loss (p" in first
    first, *_ = said(TRICKS, lambda noise, r1: 3.0 * (noise != "off"))
    assert " with and without r1 (p" in first


def test_what_correction_takes_away_is_a_may() -> None:
    """An interval that excludes 0, of a line whose corrected p is not small: no claim."""
    factors = {"arm": ["a", "b", "c", "d", "e", "f"]}
    found = said(factors, lambda arm: 1.0 * (arm == "c"), spread=0.5, seeds=5)
    (hint,) = [sentence for sentence in found if " may " in sentence]
    assert re.match(
        r"c instead of a may raise FID \(\+\S+ \[\+\S+, \+\S+\]\), but that was not shown once", hint
    )
    assert not any(re.search("raises|lowers", sentence) for sentence in found)


def test_what_is_the_same_in_every_seed_says_why_it_shows_nothing() -> None:
    """Three seeds reach 2/2^3 at best: no interval without width, and no correction to blame."""
    found = said(TRICKS, lambda noise, r1: 20.0 - 3.0 * (noise != "off") * (r1 == "off"), spread=0.0, seeds=3)
    why = "the same in all 3 seeds, of which no sign-flip test can reach .05"
    assert (
        f"instance_noise(sigma=0.1) may lower FID (-1.5) on average over r1, but that was not shown: {why}."
        in found
    )
    assert not any("[-" in sentence or "once corrected" in sentence for sentence in found)
    several = {"arm": [f"a{index}" for index in range(9)]}
    (line,) = said(several, lambda arm: float(arm[1:]), spread=0.0, seeds=3)
    assert line == f"8 levels of arm may change FID, but that was not shown: each is {why}."
    enough = said(several, lambda arm: float(arm[1:]), spread=0.0, seeds=6)
    assert all("sign-flip" not in sentence for sentence in enough), "of six seeds 2/2^6 is below .05"


def test_levels_that_are_the_same_in_every_seed_are_told_together() -> None:
    """At one level seeds agree exactly and are too few, at the other they do not."""
    (part,), _ = slices(study(TRICKS, lambda levels, seed: 0.0, seeds=3).plan)
    y = np.array([[9.0, 5.0, 1.0], [1.0, 5.0, 9.0], [6.0, 2.0, -2.0], [1.0, 5.5, 9.5]])
    found = analyse([(part, y)])
    low = {contrast.at: contrast for contrast in found.simple if contrast.factor == "instance_noise"}
    crossed = tuple(
        replace(contrast, p_holm=0.01, interval=Interval(3.0, 2.0, 4.0, 3)) for contrast in found.crossed
    )
    text = next(
        line for line in sentences(replace(found, crossed=crossed), FID) if line.startswith("What instance")
    )
    assert low["r1", "off"].same and not low["r1", "on"].same
    assert "any one level: without r1 -3.0 (the same in all 3 seeds, of which no" in text
    assert re.search(r"reach \.05\); with r1 \S+ \[\S+ \S+\] \(interaction", text)


def test_designs_without_crossing_say_what_the_others_are_at() -> None:
    found = said(TRICKS, lambda noise, r1: 5.0 * (r1 == "on"), design="leave_one_out")
    assert found[0].startswith("leaving out r1 lowers FID by ") and " with all else on (p" in found[0]
    assert found[1].startswith(
        "No effect of leaving out instance_noise(sigma=0.1) on FID could be shown with all"
    )


def test_many_levels_without_an_effect_are_counted() -> None:
    found = said({"arm": [f"a{index}" for index in range(20)]}, lambda arm: 9.0 * (arm == "a7"))
    assert found[0].startswith("a7 instead of a0 raises FID by ")
    assert re.fullmatch(r"No effect of 1\d levels of arm on FID could be shown\.", found[-1])
    assert len(found) < 5
    found = said({"arm": [f"a{index}" for index in range(300)]}, lambda arm: 0.0)
    assert re.match(r"\d+ levels of arm may change FID, but", found[0]) and len(found) == 2


def test_an_end_close_to_zero_shows_on_which_side_it_lies() -> None:
    """Rounded to the output's own decimals, an interval that excludes 0 would seem to hold it."""
    nothing = Contrast("r1", "on", "off", None, None, Interval(-0.6, -1.204, -0.0034, 6), 0.04, 0.04)
    assert FID.size(nothing) == "0.600 [0.003, 1.204]" and FID.signed(nothing) == "-0.600 [-1.204, -0.003]"
    assert FID.signed(replace(nothing, interval=Interval(-0.6, -1.2, 0.003, 6))) == "-0.6 [-1.2, +0.0]"


@pytest.mark.parametrize(
    ("factor", "level", "name"),
    [
        ("loss", "hinge", "hinge"),
        ("arm", "WGAN-GP", "WGAN-GP"),
        ("instance_noise", "sigma=0.1", "instance_noise(sigma=0.1)"),
        ("ema", "on", "ema"),
        ("r1", "off", "no r1"),
        ("lr", "0.001", "lr=0.001"),
    ],
)
def test_levels_read_as_arms_do(factor: str, level: str, name: str) -> None:
    assert level_name(factor, level) == name


def _analysis(effects: np.ndarray, seeds: int, rng: np.random.Generator) -> Analysis:
    """Two factors of two and three levels with these cell means."""
    factors = {"r1": ["off", "on"], "loss": ["hinge", "minimax", "wasserstein"]}
    (part,), _ = slices(study(factors, lambda levels, seed: 0.0, seeds=seeds).plan)
    return analyse([(part, effects.reshape(6, 1) + rng.normal(size=(6, seeds)))])


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=6, max_size=6),
    st.integers(2, 8),
    st.integers(0, 999),
    st.sampled_from([0.05, 0.9]),
)
@settings(max_examples=150, deadline=None)
def test_no_direction_is_claimed_that_the_interval_leaves_open(
    means: list[float], seeds: int, seed: int, alpha: float
) -> None:
    """Every number that follows `raises` or `lowers` is that of a contrast whose interval excludes 0."""
    found = _analysis(np.array(means), seeds, np.random.default_rng(seed))
    exact = Told("FID", 12, alpha)
    contrasts = [*found.main, *found.simple]
    ends = {}
    for contrast in contrasts:
        low, high = contrast.interval.low, contrast.interval.high
        assert low is not None and high is not None
        if low > 0 or high < 0:
            ends[exact.size(contrast).partition(" ")[0]] = contrast
    told = sentences(found, exact)
    for sentence in told:
        for verb, size, low, high in CLAIM.findall(sentence):
            assert 0 < float(low) <= float(size) <= float(high)
            contrast = ends[size]
            assert contrast.p_holm < alpha
            assert verb == "by" or (verb == "raises") == (contrast.interval.mean > 0)
        if not CLAIM.search(sentence):
            assert "raises" not in sentence and "lowers" not in sentence
    assert told, "something is said of every factor"
