"""A loss is asked at every choice of its structure."""

from __future__ import annotations

from bench.contracts.losses import structures
from gan.registry import LOSSES


def test_every_choice_is_tried() -> None:
    """All combinations of names and switches, each once; a loss without any has one."""
    found = structures(LOSSES.spec("f_divergence"))
    assert len(found) == 4 * 2 == len({str(one) for one in found})
    assert {(one["divergence"], one["objective"]) for one in found} >= {("pearson", "minimax")}
    assert structures(LOSSES.spec("minimax")) == [{"halved": False}, {"halved": True}]
    assert structures(LOSSES.spec("hinge")) == [{}]
