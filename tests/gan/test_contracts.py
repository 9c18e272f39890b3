"""What holds for every trick that exists, those added later included: no exception by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from gan_cases import (
    DCGAN,
    DIGITS,
    WORLDS,
    chosen,
    cohort_of,
    companies,
    drawn,
    home,
    leaves,
    nearby,
    recipe,
    trained,
    trained_by,
    weights,
)

from gan.build import why_not
from gan.recipe import Choice, Recipe
from gan.registry import LOSSES, OPTIMIZERS, TRICKS

NEUTRAL = {
    spec.name: {knob.name: knob.neutral for knob in spec.knobs if knob.neutral is not None}
    for spec in TRICKS.specs()
}
"""Per trick, the knob values at which it does nothing."""


@pytest.mark.parametrize("name", [name for name, knobs in NEUTRAL.items() if knobs])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_trick_at_its_neutral_knobs_changes_nothing(name: str, precision: str) -> None:
    """Bit for bit the same weights and samples as without the trick, after ten steps."""
    with_it = home(name, NEUTRAL[name], steps=10, precision=precision, d_steps=2)
    without = dataclasses.replace(with_it, tricks=tuple(t for t in with_it.tricks if t.name != name))
    one, other = trained(with_it), trained(without)
    assert torch.equal(weights(one), weights(other)), f"{name} at {NEUTRAL[name]} moves the weights"
    assert torch.equal(drawn(one), drawn(other)), f"{name} at {NEUTRAL[name]} moves the samples"


def _differs(name: str, knobs: dict[str, float]) -> bool:
    with_it = home(name, knobs, steps=10)
    without = dataclasses.replace(with_it, tricks=tuple(t for t in with_it.tricks if t.name != name))
    one, other = trained(with_it), trained(without)
    return not (torch.equal(weights(one), weights(other)) and torch.equal(drawn(one), drawn(other)))


@pytest.mark.parametrize("name", TRICKS.names())
def test_a_trick_changes_something_somewhere_in_its_range(name: str) -> None:
    """Otherwise the neutral values would prove nothing, and a study would compare a run with itself."""
    spec = TRICKS.spec(name)
    lowest = {knob.name: knob.low for knob in spec.knobs if not knob.structural and knob.low is not None}
    assert _differs(name, {}) or _differs(name, lowest), f"{name} is a silent no-op"


def _company(names: tuple[str, ...], index: int) -> Recipe:
    """All of these tricks at once, with knobs, learning rates and a seed of this index's own."""
    world = home(names[0])
    tricks = chosen({name: nearby(TRICKS, name, index) for name in names})
    return dataclasses.replace(
        world,
        tricks=tricks,
        loss=Choice.of(LOSSES, world.loss.name, **nearby(LOSSES, world.loss.name, index)),
        optimizer=Choice.of(OPTIMIZERS, "adam", **nearby(OPTIMIZERS, "adam", index)),
        generator_lr=1e-3 * (1 + index),
        discriminator_lr=2e-3 * (1 + index),
        seed=index,
        d_steps=2,
    )


def _alone_equals_in_a_cohort(recipes: list[Recipe]) -> None:
    together = trained(*recipes)
    singles = [trained(alone) for alone in recipes]
    for index, single in enumerate(singles):
        for a, b in zip(leaves(single, 0), leaves(together, index), strict=True):
            assert torch.allclose(a, b, rtol=1e-9, atol=1e-9), "alone and in a cohort must agree"
    for index, single in enumerate(singles):
        assert torch.allclose(drawn(single), drawn(together, index), rtol=1e-9, atol=1e-9)
    spread = (weights(together, 0) - weights(together, 1)).abs().max()
    assert spread > 1e-3, "replicas with other seeds and knobs must differ, or nothing was tested"


@pytest.mark.parametrize("names", companies(), ids="+".join)
def test_a_run_is_the_same_alone_and_in_a_cohort_with_every_trick(names: tuple[str, ...]) -> None:
    """To 1e-9 in float64 after 20 steps, for three replicas with other seeds, knobs and learning rates."""
    _alone_equals_in_a_cohort([_company(names, index) for index in range(3)])


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names())
@pytest.mark.parametrize("loss", LOSSES.names())
def test_a_run_is_the_same_alone_and_in_a_cohort_with_every_loss(loss: str, optimizer: str) -> None:
    """To 1e-9 in float64 after 20 steps."""
    _alone_equals_in_a_cohort(
        [
            trained_by(optimizer, nearby(OPTIMIZERS, optimizer, index), loss=loss, seed=index)
            for index in range(2)
        ]
    )


def test_a_run_is_the_same_alone_and_in_a_cohort_under_batch_norm() -> None:
    """Batch statistics are each replica's own: to 1e-9 in float64 after 20 steps of a convolutional GAN."""
    _alone_equals_in_a_cohort([recipe(data=DIGITS, model=DCGAN, seed=seed) for seed in range(3)])


@pytest.mark.parametrize("sick_lr", [1e30, float("inf"), float("nan")])
@pytest.mark.parametrize("names", companies(), ids="+".join)
def test_a_replica_that_diverges_stays_the_only_one(names: tuple[str, ...], sick_lr: float) -> None:
    """The others end bit for bit where they end beside a healthy one; it is frozen, finite and dated."""
    healthy = [dataclasses.replace(_company(names, index), precision="float32") for index in range(3)]
    # Both players, because a trick may keep one of them within bounds at any learning rate.
    sick = dataclasses.replace(healthy[1], generator_lr=sick_lr, discriminator_lr=sick_lr)
    infected = [healthy[0], sick, healthy[2]]
    reference, cohort = trained(*healthy), cohort_of(infected)
    cohort.run(10)
    at = cohort.snapshot(False)
    assert at.diverged[1] is not None and 1 <= at.diverged[1] <= 10, "its step is recorded"
    assert at.diverged[0] is None and at.diverged[2] is None, "nobody else diverged"
    assert at.logs[1] is None and at.logs[0] is not None, "only its logs are withheld"
    frozen = leaves(cohort, 1)
    assert all(leaf.isfinite().all() for leaf in frozen), "it is frozen before anything is not finite"
    cohort.run(10)
    for before, after in zip(frozen, leaves(cohort, 1), strict=True):
        assert torch.equal(before, after), "its state no longer changes"
    assert cohort.snapshot(False).diverged[1] == at.diverged[1], "its step no longer changes"
    for index in (0, 2):
        assert torch.equal(weights(cohort, index), weights(reference, index)), "the others never notice"


@pytest.mark.parametrize("loss", LOSSES.names())
@pytest.mark.parametrize("name", TRICKS.names())
def test_a_trick_and_a_loss_work_together_or_say_why_not(name: str, loss: str) -> None:
    """Every pair trains on the ring and stays finite, or is declined with a reason."""
    together = recipe({name: {}}, loss, steps=3, precision="float32")
    reason = why_not(together)
    if reason is not None:
        assert reason.startswith(f"{name}: "), "the reason says who declines"
        assert len(reason) > len(name) + 12, "the reason says what to change"
        return
    begun, ended = cohort_of([together]), trained(together)
    assert ended.snapshot(True).diverged == [None], f"{name} with {loss} is not finite"
    assert not torch.equal(weights(begun), weights(ended)), "the players moved"
    assert drawn(ended).isfinite().all()


@pytest.mark.parametrize("name", TRICKS.names())
def test_whole_numbers_for_a_real_knob_are_real_numbers(name: str) -> None:
    """`sigma: 1` and `sigma: 1.0` are one run, and `1` can share a cohort with `0.5`."""
    whole = {
        knob.name: int(max(knob.low, 1) if (knob.high or 0) >= 1 else knob.low)
        for knob in TRICKS.spec(name).knobs
        if not knob.structural and knob.low is not None
    }
    real = {key: float(value) for key, value in whole.items()}
    ints, floats = home(name, whole, steps=3), home(name, real, steps=3)
    cohort = trained(ints, dataclasses.replace(floats, seed=1))
    assert cohort.size == 2
    assert torch.equal(weights(trained(ints)), weights(trained(floats)))


@pytest.fixture
def _no_loops_over_replicas() -> Iterator[None]:
    """vmap runs an operation without a batching rule once a replica; here that is an error."""
    functorch = torch._C._functorch
    before = functorch._is_vmap_fallback_enabled()
    functorch._set_vmap_fallback_enabled(False)
    yield
    functorch._set_vmap_fallback_enabled(before)


@pytest.mark.usefixtures("_no_loops_over_replicas")
def test_every_operation_is_vectorised() -> None:
    """A cohort is one program: no trick, loss, model or optimiser falls back to a loop over replicas."""
    with pytest.raises(RuntimeError, match="vmap fallback"):
        torch.vmap(torch.bincount)(torch.ones(2, 3, dtype=torch.int64))
    for names in companies():
        cohort_of([_company(names, index) for index in range(2)]).run(1)
    for loss in LOSSES.names():
        cohort_of([recipe(loss=loss, seed=seed) for seed in range(2)]).run(1)
    for optimizer in OPTIMIZERS.names():
        cohort_of([trained_by(optimizer, seed=seed) for seed in range(2)]).run(2)
    for data, model in WORLDS:
        cohort_of([recipe(data=data, model=model, seed=seed) for seed in range(2)]).run(1)
