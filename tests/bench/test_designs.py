"""Which combinations a design visits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.designs import DESIGNS, combinations, count, spread

Sizes = tuple[int, ...]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Sizes, Sizes]:
    """Numbers of levels, and a baseline level for each."""
    sizes = draw(st.lists(st.integers(1, 4), max_size=5))
    return tuple(sizes), tuple(draw(st.integers(0, size - 1)) for size in sizes)


@pytest.mark.parametrize("design", DESIGNS)
@given(problem=problems())
def test_every_design(design: str, problem: tuple[Sizes, Sizes]) -> None:
    """The baseline comes first, nothing comes twice, and every index is a level."""
    sizes, baseline = problem
    found = list(combinations(design, sizes, baseline))
    assert found[0] == baseline
    assert len(set(found)) == len(found)
    assert all(0 <= level < size for entry in found for level, size in zip(entry, sizes, strict=True))


@pytest.mark.parametrize("design", DESIGNS)
@given(problem=problems(), most=st.integers(1, 30))
def test_counting_without_spelling_out(design: str, problem: tuple[Sizes, Sizes], most: int) -> None:
    """There are as many as there are, and some of them, none twice, stand for all."""
    found = set(combinations(design, *problem))
    assert count(design, *problem) == len(found)
    some = spread(design, *problem, most)
    assert len(some) == len(set(some)) == min(most, len(found))
    assert set(some) <= found


def test_evenly_spaced_combinations_have_every_level() -> None:
    """Of a design without end, too, and no factor stands still."""
    sizes = (2, 5, 10, 2, 10) * 4
    assert count("factorial", sizes, (0,) * 20) == 2000**4
    some = spread("factorial", sizes, (0,) * 20, 11)
    assert all(len({each[factor] for each in some}) > 1 for factor in range(20))


@given(problems())
def test_factorial(problem: tuple[Sizes, Sizes]) -> None:
    """A factorial design has as many arms as the product of the numbers of levels."""
    sizes, baseline = problem
    assert len(list(combinations("factorial", sizes, baseline))) == math.prod(sizes)


@given(problems())
def test_add_one(problem: tuple[Sizes, Sizes]) -> None:
    """Each level that is not the baseline's gets one arm, which differs in this factor alone."""
    sizes, baseline = problem
    first, *others = combinations("add_one", sizes, baseline)
    assert len(others) == sum(size - 1 for size in sizes)
    for entry in others:
        assert sum(a != b for a, b in zip(entry, first, strict=True)) == 1


@given(problems())
def test_leave_one_out(problem: tuple[Sizes, Sizes]) -> None:
    """Everything on differs from the baseline in each factor that varies; the rest lack one of these."""
    sizes, baseline = problem
    varying = sum(size > 1 for size in sizes)
    found = list(combinations("leave_one_out", sizes, baseline))
    if varying == 0:
        assert found == [baseline]
        return
    everything, *rest = found[1:]
    assert sum(a != b for a, b in zip(everything, baseline, strict=True)) == varying
    # With one factor, everything but it is the baseline again.
    assert len(rest) == (varying if varying > 1 else 0)
    for entry in rest:
        assert sum(a != b for a, b in zip(entry, everything, strict=True)) == 1


def test_leave_one_out_takes_the_last_level() -> None:
    """Everything on is each factor's last level, or the last but one if the last is the baseline."""
    assert list(combinations("leave_one_out", (2, 3), (1, 0))) == [(1, 0), (0, 2), (1, 2), (0, 0)]
