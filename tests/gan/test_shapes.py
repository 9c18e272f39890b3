"""What is said of the shapes is complete, and what a mapping leaves out is filled in."""

from __future__ import annotations

import json
import typing

import pytest

from gan.registry import Shape
from gan.schedules import Schedule
from gan.shapes import KEYS, OUTLINES, default, spelled_out


def test_every_shape_is_outlined() -> None:
    """Under its own name, with a formula, and with keys that exist."""
    assert tuple(OUTLINES) == typing.get_args(Shape)
    for outline in OUTLINES.values():
        assert outline.formula and outline.doc
        assert set(outline.keys) <= set(KEYS) and set(outline.defaults) <= set(outline.keys)


def test_a_schedule_has_the_keys_of_a_mapping() -> None:
    """In one order."""
    assert list(Schedule.__dataclass_fields__) == list(KEYS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("shape", OUTLINES)
def test_the_shortest_mapping_is_filled_in(shape: Shape) -> None:
    """With every key as a float, so that it is the same mapping after a trip through JSON and again."""
    needed = {key: 1 for key in OUTLINES[shape].keys if default(shape, key) is None}
    whole = spelled_out({"shape": shape, **needed})
    assert list(whole) == list(KEYS)
    assert all(type(value) is float for key, value in whole.items() if key != "shape")
    assert spelled_out(json.loads(json.dumps(whole))) == whole
    for key in needed:
        with pytest.raises(KeyError, match=key):
            spelled_out({"shape": shape, **{other: 1 for other in needed if other != key}})


def test_defaults_that_are_a_shapes_own() -> None:
    """A warm-up begins at 0 and is over after a tenth; cycles are four; a constant ends where it starts."""
    warm = spelled_out({"shape": "warmup", "end": 0.3})
    assert (warm["start"], warm["end"], warm["until"]) == (0.0, 0.3, 0.1)
    assert spelled_out({"shape": "cyclic", "start": 1, "end": 0})["count"] == 4.0
    assert spelled_out({"shape": "constant", "start": 0.7})["end"] == 0.7
    assert spelled_out({"start": 1, "end": 0})["shape"] == "linear"
