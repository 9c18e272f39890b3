"""Corrections for many comparisons."""

from __future__ import annotations


def holm(p: list[float | None]) -> list[float | None]:
    """p-values adjusted for the family they form; None stays None and does not count.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    order = sorted((value, index) for index, value in enumerate(p) if value is not None)
    adjusted: list[float | None] = [None] * len(p)
    highest = 0.0
    for rank, (value, index) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * value))
        adjusted[index] = highest
    return adjusted
