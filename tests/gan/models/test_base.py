"""Named parameters and the flat vector that they travel in."""

from __future__ import annotations

import math

import torch

from gan.models.base import Layout


def test_a_layout_packs_and_unpacks_to_the_same_vector() -> None:
    """Nothing is lost between a network's named parameters and its vector."""
    layout = Layout((("a", (2, 3)), ("b", ()), ("c", (4,))))
    vector = torch.arange(float(layout.size))
    assert layout.size == 11 == sum(math.prod(shape) for _, shape in layout.shapes)
    assert torch.equal(layout.pack(layout.unpack(vector)), vector)
