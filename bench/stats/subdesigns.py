"""The largest complete part of a factorial design that has empty cells."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Collection

Cell = tuple[int, ...]
"""One entry a factor: the index of its level."""
Kept = tuple[tuple[int, ...], ...]
"""One entry a factor: the levels that are kept, in order."""

_PATIENCE = 2000
"""Partial designs looked at before the search is given up: holes without a pattern leave little anyway."""


def largest_complete(cells: Collection[Cell], sizes: Cell, baseline: Cell) -> Kept | None:
    """The levels that span the most cells without a hole, with at least two levels of two factors.

    Of parts with equally many cells the one that keeps more of the baseline's levels, then earlier ones. With
    one factor there is nothing to cross: all levels that occur are kept, if they are two.

    Args:
        cells: Those that are not empty.
        sizes: Number of levels of each factor.
        baseline: Index of each factor's baseline level.

    Returns:
        The levels kept; None if no two-way table is complete, or none is found within 2000 tries.
    """
    filled = set(cells)
    wanted = min(2, len(sizes))
    used = tuple(
        tuple(level for level in range(size) if any(cell[axis] == level for cell in filled))
        for axis, size in enumerate(sizes)
    )
    # Best first: the first complete part that comes up is the largest there is.
    queue = [(*_rank(used, baseline), used)]
    seen = {used}
    for _ in range(_PATIENCE):
        if not queue:
            return None
        kept = heapq.heappop(queue)[-1]
        if sum(len(levels) > 1 for levels in kept) < wanted:
            continue
        hole = next((cell for cell in itertools.product(*kept) if cell not in filled), None)
        if hole is None:
            return kept
        # One of the hole's levels has to go.
        for axis, level in enumerate(hole):
            less = tuple(other for other in kept[axis] if other != level)
            smaller = (*kept[:axis], less, *kept[axis + 1 :])
            if less and smaller not in seen:
                seen.add(smaller)
                heapq.heappush(queue, (*_rank(smaller, baseline), smaller))
    return None


def _rank(kept: Kept, baseline: Cell) -> tuple[int, int]:
    lost = sum(level not in levels for level, levels in zip(baseline, kept, strict=True))
    return -math.prod(map(len, kept)), lost
