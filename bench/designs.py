"""Which combinations of levels a design visits. Pure functions of numbers of levels.

A combination is a tuple with one entry a factor: the index of its level.
"""

from __future__ import annotations

import itertools
import math
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
    "search": _factorial,  # of arms, each of which is then tuned (see `bench.tuning`)
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


def count(design: str, sizes: Combination, baseline: Combination) -> int:
    """How many `combinations` there are, without spelling them out: 1 + 1 a level or factor, or a product."""
    if DESIGNS[design] is _factorial:
        return math.prod(sizes)
    return sum(1 for _ in combinations(design, sizes, baseline))


def spread(design: str, sizes: Combination, baseline: Combination, most: int) -> list[Combination]:
    """Some of the `combinations`, no more than `most`, evenly spaced over all of them."""
    total = count(design, sizes, baseline)
    wanted = [index * total // min(most, total) for index in range(min(most, total))]
    if DESIGNS[design] is _factorial:
        return [_digits(index, sizes) for index in wanted]
    every = list(combinations(design, sizes, baseline))
    return [every[index] for index in wanted]


def _digits(index: int, sizes: Combination) -> Combination:
    """The combination of that number: the last factor is the one that changes first."""
    found = []
    for size in reversed(sizes):
        index, level = divmod(index, size)
        found.append(level)
    return tuple(reversed(found))


def _replaced(combination: Combination, factor: int, level: int) -> Combination:
    return (*combination[:factor], level, *combination[factor + 1 :])
