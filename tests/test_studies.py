"""The studies that come with ganbench can be run, and each says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.plan import Plan, plan
from bench.study import load

STUDIES = Path(__file__).parents[1] / "studies"
EVERY = sorted(path.stem for path in STUDIES.glob("*.yaml"))
SHORT = {
    "pacgan_grid_short": "pacgan_grid",
    "pacgan_ring_short": "pacgan_ring",
    "textbook_short": "textbook",
    "textbook_digits": "textbook",
}
"""A study that is cut down -> the one it stands for."""
DECLINING = {"smoke", "every_trick"}
"""Studies with arms that do not apply, on purpose: a table must show such arms too."""


def planned(name: str) -> Plan:
    return plan(load(STUDIES / f"{name}.yaml"))


@pytest.mark.parametrize("name", EVERY)
def test_every_arm_of_a_study_applies(name: str) -> None:
    """But for those that are there to be declined."""
    found = planned(name)
    assert found.runs and found.study.question
    declined = [arm.name for arm in found.arms if arm.reason is not None]
    assert bool(declined) == (name in DECLINING), declined


@pytest.mark.parametrize("name", EVERY)
def test_a_study_that_is_cut_down_says_so(name: str) -> None:
    """And only such a one: the others are whole."""
    assert bool(planned(name).study.profile) == (name in SHORT)


@pytest.mark.parametrize(("short", "whole"), SHORT.items())
def test_a_study_that_is_cut_down_asks_the_same(short: str, whole: str) -> None:
    """Of the first arms or all of them, with fewer steps, beside the same published numbers."""
    one, other = planned(short), planned(whole)
    assert len(one.arms) > 1
    for mine, theirs in zip(one.arms, other.arms, strict=False):
        assert mine.name == theirs.name
        (first, *_), (second, *_) = mine.runs, theirs.runs
        assert first.recipe.steps < second.recipe.steps
        for part in ("loss", "optimizer", "tricks", "d_steps", "updates", "batch_size", "latent_size"):
            assert getattr(first.recipe, part) == getattr(second.recipe, part), (mine.name, part)
    assert one.study.published == other.study.published
    assert one.study.metrics == other.study.metrics


def test_packs_hold_as_many_samples_as_in_the_papers_code() -> None:
    """PacGAN's batch counts packs: 100 of them in every arm, of 1 to 4 samples, ten runs each."""
    for name in ("pacgan_ring", "pacgan_grid"):
        found = planned(name)
        sizes = [arm.runs[0].recipe.batch_size for arm in found.arms]
        packs = [
            next((trick.knobs["samples"] for trick in arm.runs[0].recipe.tricks), 1) for arm in found.arms
        ]
        assert packs == [1, 2, 3, 4] and sizes == [100 * pack for pack in packs]
        assert all(len(arm.runs) == 10 for arm in found.arms)
        assert found.samples == 2500 and found.arms[0].runs[0].recipe.steps == 400_000
