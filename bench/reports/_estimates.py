"""Means, intervals, p-values and durations as text, the same in every format."""

from __future__ import annotations

from bench.stats import Interval
from bench.wording import NOTHING, number


def interval(value: Interval, digits: int, sign: bool = False) -> str:
    """`mean [low, high]`, or less where n allows less."""
    if value.n == 0:
        return NOTHING
    mean = number(value.mean, digits, sign)
    if value.low is None or value.high is None:
        return mean
    return f"{mean} [{number(value.low, digits, sign)}, {number(value.high, digits, sign)}]"


def plus_minus(value: Interval, digits: int) -> str:
    """`mean ± half of the interval`, or less where n allows less."""
    if value.n == 0:
        return NOTHING
    half = value.half_width
    return number(value.mean, digits) + ("" if half is None else f" ± {number(half, digits)}")


def probability(p: float | None) -> str:
    """A p-value to three decimals."""
    if p is None:
        return NOTHING
    return "<.001" if p < 0.0005 else f"{p:.3f}".lstrip("0") if p < 0.9995 else "1.000"


def equal(p: float | None) -> str:
    """`= .012`, or `< .001`: a p-value to stand behind its name."""
    told = probability(p)
    return f"< {told[1:]}" if told.startswith("<") else f"= {told}"


def seconds(value: float | None) -> str:
    """A duration."""
    return NOTHING if value is None else number(value, 0 if value >= 10 else 1)
