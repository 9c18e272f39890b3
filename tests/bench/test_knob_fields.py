"""Any mapping is a schedule whose every value is in the knob's range, or a mistake that is one line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bench.fields import IN_KEY, IN_VALUE, shown
from bench.knob_fields import Rate, knob_type
from gan.registry import TRICKS, Knob
from gan.shapes import KEYS, OUTLINES

KNOBS = [knob for spec in TRICKS.specs() for knob in spec.knobs if knob.scheduled]
NUMBERS = st.floats() | st.integers(-2, 3) | st.sampled_from([0.0, 0.5, 0.6, 1.0])
SCHEDULES = st.fixed_dictionaries(
    {"start": NUMBERS, "end": NUMBERS},
    optional={
        "shape": st.sampled_from([*OUTLINES, "cosin"]),
        **dict.fromkeys(("begin", "until", "count", "warmup", "strt"), NUMBERS),
    },
)


def _checked(kind: Any, value: Any) -> Any:
    """The value as `kind` understands it; None after a look at the errors."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        for item in error.errors():
            assert item["type"] in (IN_KEY, IN_VALUE) and "\n" not in item["msg"]
        return None


@pytest.mark.parametrize("knob", KNOBS, ids=lambda knob: knob.name)
@given(SCHEDULES)
def test_what_is_accepted_is_complete_and_in_range(knob: Knob, written: dict[str, Any]) -> None:
    """And is accepted again, as the same."""
    found = _checked(knob_type(knob), written)
    if found is None:
        return
    assert list(found) == list(KEYS) and found["shape"] in OUTLINES
    for key in ("start", "end"):
        assert (knob.low is None or found[key] >= knob.low) and (knob.high is None or found[key] <= knob.high)
    assert 0.0 <= found["begin"] < found["until"] <= 1.0 and 0.0 <= found["warmup"] <= 1.0
    assert found["warmup"] == 0.0 or knob.low is None or knob.low <= 0.0, "a ramp begins at 0"
    assert found["count"] >= 1.0 and shown(found).startswith(f"{found['shape']}(")
    acting = {key: found[key] for key in ("shape", *OUTLINES[found["shape"]].keys)}
    assert _checked(knob_type(knob), acting) == found


def test_learning_rates() -> None:
    """Above 0, but a way may lead to 0 or come from there."""
    assert _checked(Rate, 1e-3) == 1e-3 and _checked(Rate, 0) is None and _checked(Rate, True) is None
    assert _checked(Rate, {"start": 1e-3, "end": 0})["end"] == 0.0
    assert _checked(Rate, {"shape": "warmup", "end": 1e-3})["start"] == 0.0
    assert _checked(Rate, {"start": 0, "end": 0}) is None and _checked(Rate, {"start": -1, "end": 1}) is None


def test_an_endless_number_is_no_end() -> None:
    """A bound may be infinite, the way to or from infinity has no middle."""
    bound = TRICKS.spec("clip_norm").knob("bound")
    assert _checked(knob_type(bound), float("inf")) == float("inf")
    assert _checked(knob_type(bound), {"start": float("inf"), "end": 1}) is None
