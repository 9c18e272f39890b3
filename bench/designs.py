"""Which combinations of levels a design visits. Pure functions of numbers of levels.

A combination is a tuple with one entry a factor: the index of its level.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

Combination = tuple[int, ...]


def _factorial(sizes: Combination, baseline: Combination) -> Iterator[Combination]:
    """Every level with every other."""
    return itertools.product(*(range(size) for size in sizes))


def _add_one(sizes: Combination, baseline: Combination) -> Iterator[Combination]:
    """The baseline with one factor at a time at each of its other levels."""
    for factor, size in enumerate(sizes):
        for level in range(size):
            yield _replaced(baseline, factor, level)


def _leave_one_out(sizes: Combination, baseline: Combination) -> Iterator[Combination]:
    """Everything on, then one factor at a time back at its baseline level.

    "On" is the factor's last level; the last but one where the last is the baseline's, because
    otherwise the factor would never vary.
    """
    everything = tuple(
        size - 2 if level == size - 1 and size > 1 else size - 1
        for size, level in zip(sizes, baseline, strict=True)
    )
    yield everything
    for factor, level in enumerate(baseline):
        yield _replaced(everything, factor, level)


DESIGNS: dict[str, Callable[[Combination, Combination], Iterator[Combination]]] = {
    "factorial": _factorial,
    "add_one": _add_one,
    "leave_one_out": _leave_one_out,
}


def combinations(design: str, sizes: Combination, baseline: Combination) -> Iterator[Combination]:
    """The combinations of `design`: the baseline first, none twice.

    Args:
        design: A key of `DESIGNS`.
        sizes: Number of levels of each factor, at least 1.
        baseline: Index of each factor's baseline level.
    """
    seen = set()
    for combination in itertools.chain([baseline], DESIGNS[design](sizes, baseline)):
        if combination not in seen:
            seen.add(combination)
            yield combination


def _replaced(combination: Combination, factor: int, level: int) -> Combination:
    return (*combination[:factor], level, *combination[factor + 1 :])
