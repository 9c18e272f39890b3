"""Every shape keeps its ends and what lies between, and is what the literature says it is."""

from __future__ import annotations

import math
import typing
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils import _pytree as pytree

from gan import registry, schedules
from gan.registry import Shape
from gan.schedules import Schedule, Scheduled
from gan.shapes import OUTLINES

SHAPES = typing.get_args(Shape)
TURNING = ("cyclic",)
"""Shapes that go back."""
progress = st.floats(0.0, 1.0)
DTYPES = st.sampled_from([torch.float32, torch.float64])


def now(t: float, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.tensor(t, dtype=dtype)


@st.composite
def anything(draw: st.DrawFn) -> Schedule:
    """Any schedule that a study may hold, without a ramp."""
    shape = draw(st.sampled_from(SHAPES))
    ends = st.floats(2.0**-20, 1e3, width=32) if OUTLINES[shape].positive else st.floats(-1e3, 1e3, width=32)
    start = draw(ends)
    end = start if shape == "constant" else draw(ends)
    # Sixty-fourths are the same numbers in either precision.
    begin, until = sorted(draw(st.lists(st.integers(0, 64), min_size=2, max_size=2, unique=True)))
    count = float(draw(st.integers(1, 50)))
    return Schedule(shape, start, end, begin / 64, until / 64, count)


def tensors(schedule: Schedule, dtype: torch.dtype) -> Schedule:
    """As inside a cohort: every number a tensor."""
    made: Schedule = pytree.tree_map(
        lambda leaf: torch.tensor(leaf, dtype=dtype) if isinstance(leaf, float) else leaf, schedule
    )
    return made


@given(anything(), DTYPES, progress)
def test_the_ends_are_exact(schedule: Schedule, dtype: torch.dtype, t: float) -> None:
    """The start up to `begin` and the end from `until` on, to the last bit, in either precision."""
    knob = tensors(schedule, dtype)
    for at, wanted in ((schedule.begin, knob.start), (schedule.begin * t, knob.start)):
        assert torch.equal(schedules.value(knob, now(at, dtype)), torch.as_tensor(wanted))
    for at in (schedule.until, schedule.until + (1.0 - schedule.until) * t):
        assert torch.equal(schedules.value(knob, now(at, dtype)), torch.as_tensor(knob.end))


@given(anything(), DTYPES, progress)
def test_the_way_never_leaves_what_lies_between_the_ends(
    schedule: Schedule, dtype: torch.dtype, t: float
) -> None:
    """Not by a rounding error either: the square root of 1 - p must not meet a p above 1."""
    found = schedules.value(tensors(schedule, dtype), now(t, dtype))
    low, high = sorted(now(end, dtype) for end in (schedule.start, schedule.end))
    assert found.isfinite() and low <= found <= high
    assert found.dtype == dtype and found.shape == ()


@given(anything().filter(lambda found: found.shape not in TURNING), progress, progress)
def test_the_way_never_turns_back(schedule: Schedule, one: float, other: float) -> None:
    """Later is never less far, but for rounding; only `cyclic` starts anew."""
    early, late = (float(schedules.value(schedule, now(t))) for t in sorted((one, other)))
    slack = 1e-12 * max(abs(schedule.start), abs(schedule.end))
    assert (late - early) * (schedule.end - schedule.start) >= -slack * abs(schedule.end - schedule.start)


def test_cyclic_turns_back() -> None:
    """Or it would be in the wrong company above."""
    knob = Schedule("cyclic", 1.0, 0.0, count=2.0)
    assert schedules.value(knob, now(0.4)) < schedules.value(knob, now(0.6))


@given(anything(), st.lists(progress, min_size=1, max_size=4))
def test_times_and_numbers_can_be_batched(schedule: Schedule, times: list[float]) -> None:
    """Mapped over replicas it is what it is for each: numbers and progress as tensors with an axis more."""
    others = [
        Schedule(schedule.shape, schedule.start, schedule.end, 0.5 * schedule.begin, schedule.until, 1.0 + i)
        for i in range(len(times))
    ]
    stacked = pytree.tree_map(
        lambda *leaves: torch.tensor(leaves, dtype=torch.float64) if isinstance(leaves[0], float) else None,
        *others,
    )
    numbers = {key: number for key, number in vars(stacked).items() if key != "shape"}

    def one(numbers: dict[str, Any], t: torch.Tensor) -> torch.Tensor:
        return schedules.value(Schedule(schedule.shape, **numbers), t)

    together = torch.vmap(one)(numbers, torch.tensor(times, dtype=torch.float64))
    alone = [float(schedules.value(other, now(t))) for other, t in zip(others, times, strict=True)]
    assert together.tolist() == pytest.approx(alone, rel=1e-12)


@given(st.floats(allow_nan=False), progress)
def test_a_plain_number_passes_through(number: float, t: float) -> None:
    """The very same object, tensors too."""
    tensor = torch.tensor(number)
    assert schedules.value(number, now(t)) is number and schedules.value(tensor, now(t)) is tensor


REFERENCE: dict[str, Any] = {
    "constant": lambda a, b, u, n: a,
    "linear": lambda a, b, u, n: a + (b - a) * u,
    "warmup": lambda a, b, u, n: a + (b - a) * u,
    # torch's CosineAnnealingLR: the learning rate of Loshchilov and Hutter's equation 5.
    "cosine": lambda a, b, u, n: b + (a - b) * (1 + math.cos(math.pi * u)) / 2,
    "exponential": lambda a, b, u, n: a + (b - a) * (1 - math.exp(-5 * u)) / (1 - math.exp(-5)),
    "step": lambda a, b, u, n: a + (b - a) * sum(u >= jump / (n + 1) for jump in range(1, n + 1)) / n,
    "cyclic": lambda a, b, u, n: b + (a - b) * (1 + math.cos(math.pi * math.fmod(n * u, 1.0))) / 2,
    "geometric": lambda a, b, u, n: math.exp((1 - u) * math.log(a) + u * math.log(b)),
    "inverse": lambda a, b, u, n: 1 / ((1 - u) / a + u / b),
}


def _geman(a: float, b: float, u: float) -> float:
    """T = C / log(1 + k) at the sweep k between 1, where it is a, and the K where it is b."""
    c = a * math.log(2.0)
    last = math.exp(c / b) - 1.0
    return c / math.log(1.0 + 1.0 + (last - 1.0) * u)


REFERENCE["logarithmic"] = lambda a, b, u, n: _geman(a, b, u)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("a", "b"), [(2.0, 0.5), (0.3, 1.7), (1e-3, 1e-4)])
def test_a_shape_is_what_its_source_says(shape: Shape, a: float, b: float) -> None:
    """Against the source's own equation, one number at a time, to 1e-8 and better."""
    for u in (0.01, 0.13, 0.37, 0.55, 0.81, 0.99):
        knob = Schedule(shape, a, b, 0.2, 0.7, 3.0)
        wanted = REFERENCE[shape](a, b, u, 3)
        assert float(schedules.value(knob, now(0.2 + 0.5 * u))) == pytest.approx(wanted, rel=1e-9)


def test_a_long_logarithm_does_not_overflow() -> None:
    """2^(a/b) sweeps for a / b = 10,000 are beyond every float."""
    for dtype in (torch.float32, torch.float64):
        found = schedules.value(Schedule("logarithmic", 1.0, 1e-4), now(0.5, dtype))
        assert float(found) == pytest.approx(1e-4, rel=1e-3)


@given(anything(), st.floats(0.01, 1.0), progress)
def test_a_ramp_scales_what_follows(schedule: Schedule, warmup: float, t: float) -> None:
    """t / warmup of the value before the end of the ramp, and the value itself, bit for bit, after it."""
    ramped = Schedule(**{**vars(schedule), "warmup": warmup})
    plain, found = schedules.value(schedule, now(t)), schedules.value(ramped, now(t))
    assert float(found) == (pytest.approx(float(plain) * t / warmup) if t < warmup else float(plain))


@given(st.floats(-2.0, 3.0), st.sampled_from(SHAPES))
def test_outside_the_training_a_way_stays_where_it_was(t: float, shape: Shape) -> None:
    """The share of the way is clamped to [0, 1]."""
    inside = min(max(t, 0.0), 1.0)
    assert schedules.between(2.0, 0.5, shape, now(t)) == schedules.between(2.0, 0.5, shape, now(inside))


@given(st.floats(1e-6, 100.0), progress, st.sampled_from(SHAPES))
def test_from_a_value_to_itself_is_that_value_exactly(a: float, t: float, shape: Shape) -> None:
    """Which is what makes a temperature from 1 to 1 neutral bit for bit."""
    assert schedules.between(a, a, shape, now(t)) == a


@given(progress, st.floats(0.01, 1.0))
def test_annealing_is_exactly_over_at_its_end(t: float, until: float) -> None:
    """1 at the start, 0 from `until` on, linear between."""
    value = float(schedules.annealed(now(t), until))
    assert float(schedules.annealed(now(0.0), until)) == 1.0
    assert value == (0.0 if t >= until else pytest.approx(1.0 - t / until))


def test_the_registry_knows_the_same_shapes() -> None:
    """What a study may write for a knob that is a schedule's shape: a warm-up between two ends is linear."""
    kinds = [knob.type for spec in registry.TRICKS.specs() for knob in spec.knobs if knob.name == "shape"]
    assert kinds, "some trick has a shape to choose"
    assert all([*typing.get_args(kind), "warmup"] == sorted(SHAPES, key="warmup".__eq__) for kind in kinds)


def test_a_scheduled_knob_is_a_number_or_a_schedule() -> None:
    """What the annotation of a component's field means to a type checker."""
    assert typing.get_args(Scheduled) == (float, Schedule)
