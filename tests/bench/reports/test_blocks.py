"""Which seeds count, and that each seed that does not is counted in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from factor_studies import study

from bench.reports._blocks import Block, blocks
from bench.reports._slices import slices

FACTORS = {"loss": ["hinge", "minimax"], "r1": ["off", "on"]}


def block(faults: Mapping[tuple[str, int], float | str], seeds: int = 6) -> Block:
    """Of a study in which the arm hinge + on, or its namesake, has these ends at these seeds."""
    found = study(
        FACTORS, lambda levels, seed: faults.get((" ".join(levels.values()), seed), float(seed)), seeds=seeds
    )
    (part,), _ = slices(found.plan)
    return blocks(found, part, "fid")


def test_complete_blocks_hold_every_score() -> None:
    found = block({})
    assert found.scores.tolist() == [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]] * 4
    assert (found.refused, found.notes, found.failed) == (None, (), False)


def test_a_seed_with_a_failed_run_is_left_out_as_a_whole_and_counted() -> None:
    """The ranks keep it, with the failure as what it is."""
    found = block(
        {("hinge on", 3): "diverged", ("minimax off", 3): "failed", ("minimax on", 5): float("nan")}
    )
    assert found.scores[0].tolist() == [0.0, 1.0, 2.0, 4.0]
    assert found.notes == (
        "2 of 6 seeds left out as a whole, because a run has no usable score (seed 3: hinge + on diverged, "
        "minimax failed; seed 5: minimax + on has no score).",
    )
    assert found.failed and found.refused is None
    assert np.isnan(found.ended).sum() == 3 and found.ended.shape == (4, 6)


def test_runs_that_have_not_ended_are_no_failures() -> None:
    found = block({("hinge on", 0): "pending"})
    assert found.waiting == ("1 of 6 seeds left out: not all of their runs have ended.",)
    assert found.notes == (), "nothing failed"
    assert found.ended.shape == (4, 5) and not found.failed


def test_too_few_complete_seeds_are_refused() -> None:
    """One is no spread, and a minority would speak for the arms that survive."""
    assert "One seed" in str(block({}, seeds=1).refused)
    assert block({("hinge on", seed): "diverged" for seed in range(3)}).refused is None
    assert "Only 2 of 6 seeds" in str(block({("hinge on", seed): "diverged" for seed in range(4)}).refused)
    assert "1 of 6" in str(block({("hinge on", seed): "diverged" for seed in range(5)}).refused)


def test_a_score_of_a_run_that_diverged_is_no_score() -> None:
    """It may have been evaluated before it broke; that does not describe a trained generator."""
    made = study(FACTORS, lambda levels, seed: 1.0)
    rows = made.rows.copy()
    rows.loc[rows["seed"] == 2, "verdict"] = "diverged"
    rows.loc[rows["seed"] == 4, "verdict"] = "collapsed"
    (part,), _ = slices(made.plan)
    found = blocks(replace(made, rows=rows), part, "fid")
    assert found.scores.shape == (4, 5), "a collapsed run's score counts: it is as bad as it is"
    assert "seed 2: hinge diverged" in found.notes[0]
