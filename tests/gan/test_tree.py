"""A component is a frozen dataclass whose fields are the leaves that vmap maps over."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch.utils import _pytree as pytree

from gan.tree import knob, tree


@tree
class Pair:
    a: float = knob(1.0, unit="1", low=0.0, high=2.0, neutral=0.0)
    b: float = knob(2.0, unit="steps")
    mode: str = knob("x", unit="name")


def test_fields_are_leaves_in_order() -> None:
    """And mapping over the leaves makes another one."""
    assert pytree.tree_leaves(Pair()) == [1.0, 2.0, "x"]
    doubled = pytree.tree_map(lambda leaf: leaf * 2, Pair())
    assert doubled == Pair(a=2.0, b=4.0, mode="xx")


def test_vmap_maps_over_the_numbers() -> None:
    """One entry of each number a replica."""
    pairs = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([10.0, 20.0])}
    total = torch.vmap(lambda numbers: (pair := Pair(**numbers)).a * pair.b)(pairs)
    assert total.tolist() == [10.0, 40.0]


def test_nothing_changes_in_place() -> None:
    """Components are values."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Pair().a = 3.0  # type: ignore[misc]


def test_what_a_knob_declares_is_kept_with_the_field() -> None:
    """For listings, validators and searches."""
    field = dataclasses.fields(Pair)[0]
    assert dict(field.metadata) == {"unit": "1", "low": 0.0, "high": 2.0, "log": False, "neutral": 0.0}
