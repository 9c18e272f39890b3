"""A knob that follows a schedule: in any trick, alone and in a cohort, and in both learning rates."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest
import torch
from gan_cases import chosen, cohort_of, companies, drawn, home, leaves, recipe, trained, weights

from bench.contracts.trainings import tries
from gan.build import why_not
from gan.recipe import Choice, Recipe
from gan.registry import OPTIMIZERS, TRICKS, Knob
from gan.shapes import OUTLINES, spelled_out

KNOBS = [(spec.name, knob) for spec in TRICKS.specs() for knob in spec.knobs if knob.scheduled]
EVERY_KNOB = pytest.mark.parametrize(
    ("trick", "knob"), [pytest.param(name, knob, id=f"{name}.{knob.name}") for name, knob in KNOBS]
)


def _ends(knob: Knob, share: float) -> tuple[float, float]:
    """Two values of its range: the default, and one that is this share of the way from it to an end."""
    start = float(knob.default)
    assert knob.low is not None
    end = (
        start + share * (knob.low - start) if knob.low != start else min(start + 1.0, float(knob.high or 1.0))
    )
    return start, end


def _way(
    knob: Knob, index: int = 0, shape: str = "linear", far: float = 0.25, **more: float
) -> dict[str, Any]:
    """A schedule of this knob over a share of its range, with other numbers for every index."""
    start, end = _ends(knob, far)
    if OUTLINES[shape].positive:  # type: ignore[index]
        start, end = (0.5 * (start + end) if value <= 0.0 else value for value in (start, end))
    share = 0.1 * index
    ends = {"start": start + (end - start) * share, "end": end + (start - end) * share}
    given = ends if shape != "constant" else {"start": ends["start"]}
    return spelled_out({"shape": shape, **given, **more})


def _free(trick: str) -> dict[str, Any]:
    """Switches of a trick, turned off where something else than a schedule would move its numbers."""
    scheduled = {knob.name: _way(knob) for name, knob in KNOBS if name == trick}
    switches = {knob.name: False for knob in TRICKS.spec(trick).knobs if knob.type is bool}
    return {} if _fits(trick, scheduled) else switches


def _fits(trick: str, knobs: dict[str, Any]) -> bool:
    """Whether there is a world in which these knobs of a trick apply."""
    return any(reason is None for _, reason in tries({trick: knobs}))


def _turns(trick: str, knob: Knob, world: Recipe) -> bool:
    """Whether the knob is one for such data: the noise that moves points turns nothing on images."""
    alone = dataclasses.replace(world, tricks=chosen({trick: {**_free(trick), knob.name: _way(knob)}}))
    return f"`{knob.name}` does nothing" not in (why_not(alone) or "")


def test_there_are_such_knobs() -> None:
    """Or nothing below would be tested."""
    assert {"instance_noise", "r1", "wgan_gp", "label_smoothing", "clip_norm", "ema"} <= {n for n, _ in KNOBS}
    assert all(not knob.structural and knob.type_name == "number or schedule" for _, knob in KNOBS)


@EVERY_KNOB
def test_a_schedule_acts(trick: str, knob: Knob) -> None:
    """From one value to another it trains, or samples, otherwise than staying at the first."""
    free = _free(trick)
    # All of the way, but where that contradicts a neighbour, such as the other end of a range.
    far = 1.0 if _fits(trick, {**free, knob.name: _way(knob, far=1.0)}) else 0.25
    moving = home(trick, {**free, knob.name: _way(knob, far=far)}, steps=12)
    staying = home(trick, {**free, knob.name: _way(knob, shape="constant")}, steps=12)
    one, other = trained(moving), trained(staying)
    assert not (torch.equal(weights(one), weights(other)) and torch.equal(drawn(one), drawn(other)))


@pytest.mark.parametrize("names", companies(), ids="+".join)
def test_a_scheduled_run_is_the_same_alone_and_in_a_cohort(names: tuple[str, ...]) -> None:
    """To 1e-9 in float64: every knob that can be scheduled is, in shape after shape, with other numbers."""
    world = home(names[0])
    shapes = itertools.cycle(OUTLINES)
    knobs = [(name, knob) for name, knob in KNOBS if name in names and _turns(name, knob, world)]
    shape_of = {(name, knob.name): next(shapes) for name, knob in knobs}

    def run(index: int) -> Recipe:
        tricks: dict[str, dict[str, Any]] = {name: _free(name) for name in names}
        for name, knob in knobs:
            tricks[name][knob.name] = _way(knob, index, shape_of[name, knob.name])
        rate = {"shape": "cosine", "start": 1e-3 * (1 + index), "end": 0.0, "warmup": 0.1 * index}
        return dataclasses.replace(
            world, tricks=chosen(tricks), generator_lr=spelled_out(rate), seed=index, steps=6
        )

    runs = [run(index) for index in range(3)]
    assert [why_not(each) for each in runs] == [None] * 3
    together = trained(*runs)
    for index, each in enumerate(runs):
        for a, b in zip(leaves(trained(each), 0), leaves(together, index), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(weights(together, 1), weights(together, 2)), "or nothing was tested"


SAME = [("r1", "gamma", 0.7), ("wgan_gp", "weight", 3.0), ("label_smoothing", "real", 0.8)]
SAME += [("clip_norm", "bound", 0.05), ("ema", "decay", 0.6)]


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("trick", "knob", "value"), SAME)
def test_a_constant_schedule_is_the_number(trick: str, knob: str, value: float, precision: str) -> None:
    """Bit for bit, and so is a way from the number to itself, in samples too."""
    number = trained(recipe({trick: {knob: value}}, precision=precision))
    flat = {"shape": "exponential", "start": value, "end": value}
    for given in ({"shape": "constant", "start": value}, flat):
        scheduled = trained(recipe({trick: {knob: spelled_out(given)}}, precision=precision))
        assert torch.equal(weights(scheduled), weights(number))
        assert torch.equal(drawn(scheduled), drawn(number))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_constant_learning_rate_is_the_number(precision: str) -> None:
    """Bit for bit, for either player."""
    number = trained(recipe(generator_lr=3e-3, discriminator_lr=7e-4, precision=precision))
    rates = [spelled_out({"shape": "constant", "start": rate}) for rate in (3e-3, 7e-4)]
    scheduled = trained(recipe(generator_lr=rates[0], discriminator_lr=rates[1], precision=precision))
    assert torch.equal(weights(scheduled), weights(number))


def test_a_learning_rate_is_what_its_schedule_says_at_each_step() -> None:
    """Plain gradient descent moves by η(t) g: at η = 0 not at all, at half the rate half as far."""
    jump = {"shape": "step", "start": 0.02, "end": 0.0, "until": 0.5}
    run = recipe(
        optimizer=Choice.of(OPTIMIZERS, "sgd"),
        generator_lr=spelled_out(jump),
        discriminator_lr=spelled_out(jump),
    )
    cohort = cohort_of([run])
    states = [weights(cohort)]
    for _ in range(run.steps):
        cohort.run(1)
        states.append(weights(cohort))
    moved = [not torch.equal(before, after) for before, after in itertools.pairwise(states)]
    assert moved == [True] * 5 + [False] * 15, "the jump is half way to the middle of 20 steps"


def test_shapes_are_structure_and_their_numbers_are_not() -> None:
    """Runs of one shape share a program; another shape, or a plain number, is another one."""

    def structure(**lr_or_sigma: Any) -> str:
        sigma = lr_or_sigma.pop("sigma", 0.1)
        return recipe({"instance_noise": {"sigma": sigma}}, **lr_or_sigma).structure()

    def way(shape: str, start: float, end: float) -> dict[str, Any]:
        return spelled_out({"shape": shape, "start": start, "end": end})

    for name in ("sigma", "generator_lr", "discriminator_lr"):
        ways = [way("linear", 0.1, 0.2), way("linear", 0.3, 0.0), way("cosine", 0.1, 0.2)]
        one, same, other = (structure(**{name: given}) for given in ways)
        assert one == same
        assert len({one, other, structure(**{name: 0.1})}) == 3
    with pytest.raises(ValueError, match="structure"):
        cohort_of([recipe({"r1": {"gamma": way(shape, 1.0, 0.1)}}) for shape in ("linear", "step")])
