"""How numbers, counts, shapes and hashes read, wherever a person meets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

NOTHING = "—"
ARROWS = {"higher": " ↑", "lower": " ↓"}
"""After an output's label: the direction that is better; none where neither is."""

_HASH = 12
"""Digits of a hash that are enough to tell it from another."""


def number(value: float | None, digits: int, sign: bool = False) -> str:
    """`value` with `digits` decimals, never "-0"; a dash for None."""
    if value is None:
        return NOTHING
    text = f"{value:{'+' if sign else ''}.{digits}f}"
    if text.startswith("-") and not text.strip("-0."):
        text = ("+" if sign else "") + text[1:]
    return text


def minus(text: str) -> str:
    """A number or interval with the sign that is as wide as a plus."""
    return text.replace("-", "−")


def count(n: int, noun: str) -> str:
    """`1 run`, `2 runs`, `1,000 runs`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def labelled(about: Mapping[str, Any]) -> str:
    """An output's label, and the arrow of its direction: `FID ↓`."""
    return f"{about['label']}{ARROWS.get(about['direction'], '')}"


def by(shape: Iterable[int]) -> str:
    """`3 x 28 x 28`."""
    return " x ".join(map(str, shape))


def short(value: Any) -> str:
    """`value` as text; of a hash the first digits."""
    text = str(value)
    return f"{text[:_HASH]}…" if re.fullmatch("[0-9a-f]{32,}", text) else text
