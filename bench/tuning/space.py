"""What may be searched in an arm: its learning rates, and the numbers of its loss, tricks and optimiser.

What a level of a factor sets to a number is what that level means, and stays; so does a schedule. Everything
else may be searched: learning rates, knobs of the loss and of tricks by themselves, what else there is where
the study gives a range.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.settings import BOTH_RATES, PARTS, Value, is_trick
from gan.recipe import Choice
from gan.registry import TRICKS, Knob, Spec

RATES = (1e-5, 1e-2)
"""Learning rates: the wide range of Lucic et al. 2018 (compare_gan/src/params.py of their code)."""
ORDERS = 100.0
"""A knob on a logarithmic scale is searched from its default over this to its default times this."""
_WIDE = 100.0
"""Ratio of a range's ends from which its scale is logarithmic."""
_DIGITS = 4
"""Significant digits of a proposal: what is printed is what was trained."""


@dataclass(frozen=True)
class Dimension:
    """One number that is searched."""

    name: str
    """As the record calls it: `discriminator_lr`, `r1.gamma`, `loss.a`, `optimizer.beta1`."""
    low: float
    high: float
    log: bool
    """Whether ratios count, and not differences."""

    def rounded(self, value: float) -> float:
        """`value` in few digits, within the range."""
        return min(self.high, max(self.low, float(f"{value:.{_DIGITS}g}")))

    def plain(self) -> list[float | str]:
        """For the record."""
        return [self.low, self.high, "log" if self.log else "linear"]


Space = tuple[Dimension, ...]
Knobs = dict[str, float]
"""Name of a dimension -> value."""
Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Searched:
    """An arm whose knobs are searched."""

    space: Space
    winner: Mapping[str, Any] | None = None
    """The journal's event of its best trial; None until all trials are over."""


def space(settings: Mapping[str, Value], fixed: Collection[str], ranges: Ranges) -> Space:
    """Everything that is searched in an arm, learning rates first.

    Args:
        settings: All that its runs are made of.
        fixed: Names of what its levels set.
        ranges: What the study narrows or adds.
    """
    found = []
    for name, number, knob in _numbers(settings):
        if name in fixed or isinstance(number, dict):
            continue
        if name in ranges:
            low, high = ranges[name]
            log = low > 0.0 and (knob is None or knob.log or high / low >= _WIDE)
            found.append(Dimension(name, low, high, log))
        elif knob is None:
            found.append(Dimension(name, *RATES, log=True))
        elif not name.startswith("optimizer.") and (usual := _usual(name, knob)) is not None:
            found.append(usual)
    return tuple(found)


def bounds(settings: Mapping[str, Value]) -> dict[str, tuple[float, float]]:
    """Every number that an arm could search, and what it may lie between."""
    return {
        name: (0.0, math.inf)
        if knob is None
        else (-math.inf if knob.low is None else knob.low, math.inf if knob.high is None else knob.high)
        for name, _, knob in _numbers(settings)
    }


def present(settings: Mapping[str, Value], dimensions: Space) -> Knobs:
    """What the study has set, within the ranges."""
    own = {name: number for name, number, _ in _numbers(settings) if isinstance(number, int | float)}
    return {each.name: each.rounded(own[each.name]) for each in dimensions}


def with_knobs(settings: Mapping[str, Value], knobs: Knobs) -> dict[str, Value]:
    """The settings with other numbers."""
    changed = dict(settings)
    for name, number in knobs.items():
        whole, _, part = name.partition(".")
        choice = changed[whole]
        if isinstance(choice, Choice):
            changed[whole] = replace(choice, knobs={**choice.knobs, part: number})
        else:
            changed[whole] = number
    return changed


def _numbers(settings: Mapping[str, Value]) -> Iterator[tuple[str, object, Knob | None]]:
    """Name, value and knob (None of a learning rate) of all that differs between replicas of a program."""
    for rate in BOTH_RATES:
        yield rate, settings[rate], None
    for name, value in sorted(settings.items()):
        if isinstance(value, Choice) and (name in ("loss", "optimizer") or is_trick(name)):
            for knob in _spec(name, value).knobs:
                number = value.knobs[knob.name]
                if not knob.structural and not isinstance(number, bool) and number is not None:
                    yield f"{name}.{knob.name}", number, knob


def _spec(name: str, choice: Choice) -> Spec:
    return PARTS.get(name, TRICKS).spec(choice.name, choice.source)


def _usual(name: str, knob: Knob) -> Dimension | None:
    """Where a knob is searched if nobody says; None if there is no telling."""
    low = -math.inf if knob.low is None else knob.low
    high = math.inf if knob.high is None else knob.high
    default = knob.default
    if isinstance(default, int | float) and 0.0 < default < math.inf:
        endless = high == math.inf or (low >= 0.0 and high > _WIDE * default)
        if knob.log or endless:
            return Dimension(name, max(low, default / ORDERS), min(high, default * ORDERS), log=True)
    if not (math.isfinite(low) and math.isfinite(high)) or knob.log:
        return None
    return Dimension(name, float(low), float(high), log=False)
