"""Every shape starts at 0, ends at 1 and never turns back."""

from __future__ import annotations

import typing

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan import registry, schedules

SHAPES = typing.get_args(schedules.Shape)
progress = st.floats(0.0, 1.0)
values = st.floats(-100.0, 100.0)


def now(t: float) -> torch.Tensor:
    return torch.tensor(t, dtype=torch.float64)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_goes_from_0_to_1(shape: schedules.Shape) -> None:
    """`constant` stays at the start; the others arrive exactly."""
    assert schedules.fraction(shape, now(0.0)) == 0.0
    end = float(schedules.fraction(shape, now(1.0)))
    assert end == (0.0 if shape == "constant" else pytest.approx(1.0, abs=1e-15))


@given(st.sampled_from(SHAPES), progress, progress)
def test_a_shape_never_turns_back(shape: schedules.Shape, one: float, other: float) -> None:
    """Later is never less far, and always within [0, 1]."""
    early, late = (schedules.fraction(shape, now(t)) for t in sorted((one, other)))
    assert 0.0 <= early <= late <= 1.0


@given(st.sampled_from(SHAPES), st.floats(-2.0, 3.0))
def test_outside_the_training_a_shape_stays_where_it_was(shape: schedules.Shape, t: float) -> None:
    """Progress is clamped to [0, 1]."""
    inside = min(max(t, 0.0), 1.0)
    assert schedules.fraction(shape, now(t)) == schedules.fraction(shape, now(inside))


@given(st.sampled_from(SHAPES), values, values, progress)
def test_between_stays_between_its_ends(shape: schedules.Shape, a: float, b: float, t: float) -> None:
    """At the start it is exactly the start, and it never leaves the interval by more than rounding."""
    assert schedules.between(a, b, shape, now(0.0)) == a
    value = float(schedules.between(a, b, shape, now(t)))
    assert min(a, b) - 1e-12 <= value <= max(a, b) + 1e-12


@given(values, progress, st.sampled_from(SHAPES))
def test_from_a_value_to_itself_is_that_value_exactly(a: float, t: float, shape: schedules.Shape) -> None:
    """Which is what makes a temperature from 1 to 1 neutral bit for bit."""
    assert schedules.between(a, a, shape, now(t)) == a


@given(progress, st.floats(0.01, 1.0))
def test_annealing_is_exactly_over_at_its_end(t: float, until: float) -> None:
    """1 at the start, 0 from `until` on, linear between."""
    value = float(schedules.annealed(now(t), until))
    assert float(schedules.annealed(now(0.0), until)) == 1.0
    assert value == (0.0 if t >= until else pytest.approx(1.0 - t / until))


def test_the_registry_knows_the_same_shapes() -> None:
    """What a study may write for a knob that is a schedule's shape is what there are schedules for."""
    kinds = [knob.type for spec in registry.TRICKS.specs() for knob in spec.knobs if knob.name == "shape"]
    assert kinds, "some trick has a shape to choose"
    assert all(typing.get_args(kind) == SHAPES for kind in kinds)
