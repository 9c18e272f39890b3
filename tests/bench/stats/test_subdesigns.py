"""The largest complete part of a design, against a search of all of them."""

from __future__ import annotations

import itertools
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats.subdesigns import Cell, largest_complete


def subsets(size: int) -> list[tuple[int, ...]]:
    return [kept for n in range(1, size + 1) for kept in itertools.combinations(range(size), n)]


def by_search(cells: set[Cell], sizes: Cell) -> int:
    """Cells of the largest complete part with two crossed factors; 0 if there is none."""
    found = 0
    for kept in itertools.product(*map(subsets, sizes)):
        if sum(len(levels) > 1 for levels in kept) >= 2 and set(itertools.product(*kept)) <= cells:
            found = max(found, math.prod(map(len, kept)))
    return found


@given(st.lists(st.integers(2, 3), min_size=2, max_size=3).map(tuple), st.data())
@settings(max_examples=60, deadline=None)
def test_nothing_larger_is_complete(sizes: Cell, data: st.DataObject) -> None:
    every = list(itertools.product(*map(range, sizes)))
    cells = set(every) - data.draw(st.sets(st.sampled_from(every)))
    kept = largest_complete(cells, sizes, (0,) * len(sizes))
    assert (math.prod(map(len, kept)) if kept else 0) == by_search(cells, sizes)
    if kept:
        assert set(itertools.product(*kept)) <= cells, "and it has no hole"


def test_a_level_that_goes_with_nothing_is_dropped() -> None:
    """Three losses, one of which has no targets to smooth."""
    cells = set(itertools.product(range(3), range(2))) - {(2, 1)}
    assert largest_complete(cells, (3, 2), (0, 0)) == ((0, 1), (0, 1))


def test_of_equal_parts_the_one_with_the_baseline_is_kept() -> None:
    cells = set(itertools.product(range(3), range(2))) - {(1, 0)}
    assert largest_complete(cells, (3, 2), (0, 0)) == ((0, 2), (0, 1))
    cells = set(itertools.product(range(4), range(4))) - {(0, 3), (1, 2), (2, 1), (3, 0)}
    for level in range(4):
        kept = largest_complete(cells, (4, 4), (level, level))
        assert kept is not None and len(kept[0]) * len(kept[1]) == 4
        assert level in kept[0] and level in kept[1]


def test_a_star_has_no_two_way_table() -> None:
    """One factor at a time: nothing is crossed with anything."""
    assert largest_complete({(0, 0), (1, 0), (2, 0), (0, 1)}, (3, 2), (0, 0)) is None
    assert largest_complete(set(), (2, 2), (0, 0)) is None
    assert largest_complete({(0,), (2,)}, (3,), (0,)) == ((0, 2),), (
        "one factor has nothing to be crossed with"
    )
    assert largest_complete({(0,)}, (3,), (0,)) is None
