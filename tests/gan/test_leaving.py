"""Replicas that leave a cohort early: those that stay end as they would alone, whatever is killed between."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from gan_cases import CPU, cohort_of, leaves, recipe, weights

from gan.checkpoint import Checkpoint
from gan.train import Cohort, Pace, Snapshot, train

TRICKS = {"ema": {}, "spectral_norm": {}, "instance_noise": {}}
RECIPES = [recipe(TRICKS, seed=seed, steps=12, generator_lr=1e-3 * (1 + seed)) for seed in range(3)]
PACE = Pace(evaluate_every=4, log_every=2)


def watched(
    cohort: Cohort, leaving: dict[int, list[int]], file: Path | None = None, most: int | None = None
) -> list[Snapshot]:
    """Train, `most` snapshots at the most; after the one at a step these places of RECIPES leave."""
    names, seen = cohort_of(RECIPES).names, []
    for snapshot in train(cohort, PACE, file, stop=lambda: len(seen) == most):
        seen.append(snapshot)
        gone = {names[place] for place in leaving.get(snapshot.step, [])}
        for name in cohort.names:
            cohort.counts[name] = cohort.counts.get(name, 0) + 1
        cohort.keep([name for name in cohort.names if name not in gone])
    return seen


@pytest.mark.parametrize("leaving", [{4: [1]}, {4: [0], 8: [2]}, {6: [0, 1]}])
def test_those_that_stay_end_as_they_would_alone(leaving: dict[int, list[int]]) -> None:
    """To 1e-9 in float64, whoever leaves and when; each log is told of those that are there."""
    cohort = cohort_of(RECIPES)
    names = list(cohort.names)
    seen = watched(cohort, leaving)
    assert [snapshot.step for snapshot in seen] == [2, 4, 6, 8, 10, 12]
    staying = [place for place in range(3) if all(place not in gone for gone in leaving.values())]
    assert cohort.names == [names[place] for place in staying] and set(cohort.left) == {*names} - {
        *cohort.names
    }
    assert len(seen[-1].logs) == len(staying)
    for index, place in enumerate(staying):
        alone = cohort_of([RECIPES[place]])
        alone.run(12)
        torch.testing.assert_close(weights(cohort, index), weights(alone), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_a_kill_changes_nothing(most: int, tmp_path: Path) -> None:
    """Stopped before, at and after the step at which one leaves; resumed as the whole cohort: bit for bit."""
    leaving, file = {4: [1], 8: [0]}, tmp_path / "c.pt"
    straight = cohort_of(RECIPES)
    watched(straight, leaving)
    watched(cohort_of(RECIPES), leaving, file, most)
    resumed = cohort_of(RECIPES)
    watched(resumed, leaving, file)
    assert resumed.names == straight.names and resumed.counts == straight.counts
    pairs = zip(leaves(resumed, 0), leaves(straight, 0), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_cohort_that_all_have_left_is_over(tmp_path: Path) -> None:
    """Nothing is trained any more, and no empty checkpoint is written."""
    cohort = cohort_of(RECIPES)
    assert [snapshot.step for snapshot in watched(cohort, {2: [0, 1, 2]}, tmp_path / "c.pt")] == [2]
    assert cohort.over and cohort.size == 0 and not (tmp_path / "c.pt").exists()


def test_a_part_of_which_all_have_left_has_nothing_to_do(tmp_path: Path) -> None:
    """Of a split cohort: the whole's checkpoint knows that they have left; strangers are refused."""
    whole = cohort_of(RECIPES)
    watched(whole, {4: [0, 1]}, tmp_path / "whole.pt", most=2)
    part = cohort_of(RECIPES[:2])
    assert (
        list(train(part, PACE, tmp_path / "part.pt", origin=tmp_path / "whole.pt")) == [] and part.size == 0
    )
    saved = Checkpoint.load(tmp_path / "whole.pt", CPU)
    assert saved is not None and len(saved.left) == 2
    with pytest.raises(ValueError, match="another cohort"):
        cohort_of([recipe(TRICKS, seed=7, steps=12)]).resume(saved)


def test_time_is_shared_by_those_who_are_there() -> None:
    """The shares of all add up to the time of the cohort, whenever one leaves."""
    cohort = cohort_of(RECIPES)
    cohort.run(2)
    early = cohort.share
    cohort.keep(cohort.names[:2])
    cohort.run(2)
    assert early + 2 * cohort.share == pytest.approx(cohort.seconds)
