"""Which outputs come first."""

from __future__ import annotations

from bench.headlines import leading


def test_what_conclusions_rest_on_leads() -> None:
    """Then other headlines in their order; what only describes is left out, unless conclusions rest on it."""
    outputs = {name: {"headline": name.isupper()} for name in ("A", "b", "C", "D")}
    assert leading("D", outputs) == ["D", "A", "C"]
    assert leading("b", outputs) == ["b", "A", "C", "D"]
    assert leading("A", {"A": {"headline": True}, "b": {"headline": False}}) == ["A"]
