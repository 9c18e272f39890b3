"""Training is a function of the recipe: however it is watched, stopped or resumed, it ends the same."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path

import pytest
import torch
from gan_cases import (
    CPU,
    RING,
    chosen,
    cohort_of,
    companies,
    home,
    leaves,
    nearby,
    recipe,
    trained,
    weights,
)
from hypothesis import given
from hypothesis import strategies as st

from gan.checkpoint import Checkpoint
from gan.recipe import Choice, Recipe
from gan.registry import DATA, TRICKS
from gan.step import _mean
from gan.train import LOGGED, Cohort, Pace, Snapshot, _until_next, train

STEPS = 12


def company(names: tuple[str, ...], steps: int = STEPS) -> list[Recipe]:
    """Three replicas with all of these tricks, each with its own knobs and seed; one diverges on the way."""
    world = dataclasses.replace(home(names[0]), steps=steps, precision="float32")
    return [
        dataclasses.replace(
            world,
            tricks=chosen({name: nearby(TRICKS, name, index) for name in names}),
            seed=index,
            # Both players', because a trick may keep one of them within bounds.
            generator_lr=1e30 if index == 1 else 1e-3,
            discriminator_lr=1e30 if index == 1 else 2e-3,
        )
        for index in range(3)
    ]


def bits(cohort: Cohort) -> list[torch.Tensor]:
    return [leaf for index in range(cohort.size) for leaf in leaves(cohort, index)]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("names", companies(), ids="+".join)
def test_stopping_and_resuming_ends_bit_for_bit_the_same(names: tuple[str, ...], tmp_path: Path) -> None:
    """At every snapshot, in a new cohort, through a file: weights, moments, memories and logs."""
    recipes, pace = company(names), Pace(evaluate_every=4, log_every=3)
    straight = cohort_of(recipes)
    seen = [(snapshot.step, snapshot.logs, snapshot.diverged) for snapshot in train(straight, pace)]
    assert [step for step, *_ in seen] == [3, 4, 6, 8, 9, 12]
    assert seen[-1][2][1] is not None, "the case includes a replica that diverges"
    for stop_at in (1, 5):
        file = tmp_path / f"{stop_at}.pt"
        answers = iter([False] * (stop_at - 1) + [True])
        first = list(train(cohort_of(recipes), pace, file, stop=lambda answers=answers: next(answers)))
        assert len(first) == stop_at
        resumed = cohort_of(recipes)
        rest = [(snapshot.step, snapshot.logs, snapshot.diverged) for snapshot in train(resumed, pace, file)]
        assert same(bits(straight), bits(resumed)), f"resumed after snapshot {stop_at}"
        assert rest == seen[stop_at:], "the logs go on where they stopped"


def test_a_finished_training_resumes_to_nothing(tmp_path: Path) -> None:
    """The checkpoint of the last step is recognised as the end."""
    recipes, pace = [recipe(steps=4)], Pace(evaluate_every=4, log_every=4)
    done = cohort_of(recipes)
    assert len(list(train(done, pace, tmp_path / "c.pt"))) == 1
    again = cohort_of(recipes)
    assert list(train(again, pace, tmp_path / "c.pt")) == []
    assert same(bits(done), bits(again))


def test_a_checkpoint_is_tensors_and_plain_values(tmp_path: Path) -> None:
    """It loads with `weights_only=True`: nothing that could run is ever unpickled."""
    cohort = trained(*company(companies()[-1]))
    cohort.checkpoint().save(tmp_path / "c.pt")
    values = torch.load(tmp_path / "c.pt", weights_only=True)
    assert values["step"] == STEPS and values["names"] == cohort.names
    assert all(isinstance(tensor, torch.Tensor) for tensor in values["tensors"])
    assert [file.name for file in tmp_path.iterdir()] == ["c.pt"], "no temporary file is left"
    assert Checkpoint.load(tmp_path / "none.pt", CPU) is None


@pytest.mark.parametrize(
    "changes",
    [{"seed": 7}, {"generator_lr": 0.5}, {"steps": 21}, {"tricks": {"ema": {}}}],
    ids=["seed", "learning rate", "length", "tricks"],
)
def test_the_checkpoint_of_another_cohort_is_refused(changes: dict[str, object]) -> None:
    """Whatever it is that differs."""
    saved = trained(recipe()).checkpoint()
    with pytest.raises(ValueError, match="another cohort"):
        cohort_of([recipe(**changes)]).restore(saved)


def test_a_checkpoint_of_more_or_reordered_replicas_is_refused() -> None:
    """A cohort is its recipes in their order."""
    one, other = recipe(seed=0), recipe(seed=1)
    saved = trained(one, other).checkpoint()
    for recipes in ([other, one], [one], [one, other, recipe(seed=2)]):
        with pytest.raises(ValueError, match="another cohort"):
            cohort_of(recipes).restore(saved)


def test_one_replica_can_go_on_alone() -> None:
    """What `alone` takes out of a cohort trains on by itself to the same end, to 1e-9 in float64."""
    recipes = [recipe({"ema": {}, "spectral_norm": {}}, seed=seed) for seed in range(3)]
    together = cohort_of(recipes)
    together.run(10)
    single = cohort_of([recipes[1]])
    single.restore(together.alone(1))
    together.run(10)
    single.run(10)
    torch.testing.assert_close(weights(single), weights(together, 1), rtol=1e-9, atol=1e-9)


def test_recipes_of_two_structures_never_share_a_cohort() -> None:
    """Another loss, trick or batch size is another program."""
    for other in (recipe(loss="hinge"), recipe({"ema": {}}), recipe(batch_size=8)):
        with pytest.raises(ValueError, match="structure"):
            cohort_of([recipe(), other])


def test_how_often_it_is_watched_changes_nothing() -> None:
    """Evaluating every 5 or every 10 steps, sampling or not: identical weights, and logs that add up."""
    recipes = [recipe({"ema": {}, "instance_noise": {}}, seed=seed) for seed in range(2)]

    def watched(pace: Pace, look: bool) -> tuple[list[torch.Tensor], list[Snapshot]]:
        cohort, snapshots = cohort_of(recipes), []
        for snapshot in train(cohort, pace):
            snapshots.append(snapshot)
            if look:
                snapshot.sample(0, 10)
        return [weights(cohort, index) for index in range(2)], snapshots

    often, fives = watched(Pace(evaluate_every=5, log_every=5), look=True)
    seldom, tens = watched(Pace(evaluate_every=10, log_every=10), look=False)
    assert same(often, seldom)
    for name, ten in itertools.product(LOGGED, range(2)):
        halves = [fives[2 * ten + half].logs[0] for half in range(2)]
        whole = tens[ten].logs[0]
        assert whole is not None and all(half is not None for half in halves)
        mean = math.fsum(half[name] for half in halves if half) / 2
        assert whole[name] == pytest.approx(mean, rel=1e-9), "a log is the mean of its window"


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 60))
def test_every_evaluation_and_the_end_is_a_snapshot(total: int, every: int, log_every: int) -> None:
    """Stops are at all multiples of both intervals and at the end, once each."""
    pace, now, stops = Pace(every, log_every), 0, []
    while now < total:
        now += _until_next(now, total, pace)
        stops.append(now)
    wanted = {*range(every, total, every), *range(pace.window, total, pace.window), total}
    assert stops == sorted(wanted)


def test_training_touches_no_global_random_state() -> None:
    """Nothing that anybody else draws can shift a run, and a run shifts nobody else."""
    before = torch.get_rng_state()
    one = trained(*company(companies()[1], steps=4))
    ended = bits(one)
    one.snapshot(True).sample(0, 8)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(123)
    assert same(bits(trained(*company(companies()[1], steps=4))), ended)
    torch.set_rng_state(before)


def test_several_updates_of_d_to_one_of_g() -> None:
    """With `d_steps` 3, D moves further than with 1 while G's first batch of latents is its own."""
    one, three = trained(recipe(steps=1)), trained(recipe(steps=1, d_steps=3))
    moved = []
    for cohort in (one, three):
        begun = cohort_of([recipe()]).replica(0).state.players["discriminator"].parameters
        moved.append(float((cohort.replica(0).state.players["discriminator"].parameters - begun).abs().sum()))
    assert moved[1] > 2 * moved[0], "Adam's first steps all have the length of the learning rate"


def test_batch_norm_in_the_discriminator_trains_in_a_cohort() -> None:
    """28×28 images, where D has a normalised layer: alone and in a cohort agree to 1e-9 in float64."""
    images = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    model = Choice("dcgan", {"width": 2, "discriminator_norm": "batch"})
    recipes = [
        recipe(data=Choice.of(DATA, "mnist"), model=model, seed=seed, steps=20, batch_size=8)
        for seed in range(2)
    ]
    together = Cohort(recipes, images, CPU)
    together.run(20)
    single = Cohort(recipes[1:], images, CPU)
    single.run(20)
    torch.testing.assert_close(weights(single), weights(together, 1), rtol=1e-9, atol=1e-9)


def test_a_gan_learns_the_ring() -> None:
    """The whole loop does what it is for: most samples of a small GAN come near the circle."""
    steps = 400
    learned = trained(
        recipe(
            {"r1": {"gamma": 0.1}},
            steps=steps,
            batch_size=64,
            data=RING,
            model=Choice("mlp", {"width": 32, "depth": 2}),
            generator_lr=2e-3,
            precision="float32",
        )
    )
    samples = learned.snapshot(True).sample(0, 500)
    begun = cohort_of([recipe(steps=steps, precision="float32")]).snapshot(True).sample(0, 500)
    off = [float((x.norm(dim=1) - 1.0).abs().median()) for x in (begun, samples)]
    assert off[1] < 0.3 < off[0], f"median distance from the circle before and after: {off}"


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2])
def test_compiling_changes_nothing_but_the_time(size: int) -> None:
    """A compiled cohort trains to the same weights as an eager one, to 1e-9 in float64."""
    tricks = {"ema": {}, "instance_noise": {}, "r1": {}, "spectral_norm": {}}
    recipes = [recipe(tricks, seed=seed, steps=5) for seed in range(size)]
    compiled, eager = cohort_of(recipes, compiled=True), cohort_of(recipes)
    for cohort in (compiled, eager):
        cohort.run(5)
    for index in range(size):
        torch.testing.assert_close(weights(compiled, index), weights(eager, index), rtol=1e-9, atol=1e-9)


def test_an_overflow_in_any_update_of_the_discriminator_is_seen() -> None:
    """D's log is the mean over its updates in a round, so that none of them can overflow unnoticed."""
    fine = {"d_loss": torch.tensor(1.0)}
    wild = {"d_loss": torch.tensor(math.inf)}
    assert _mean([fine, {"d_loss": torch.tensor(3.0)}])["d_loss"] == 2.0
    assert not _mean([wild, fine, fine])["d_loss"].isfinite(), "what overflowed first is not forgotten"
