"""Exact neighbours: equal to differences taken one by one, by blocks and by tree, and duplicates are at 0."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from clouds import normal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor

from bench.metrics import _balls, _neighbours
from bench.metrics._balls import overlap
from bench.metrics._neighbours import below, closest, crowd, nearest, squared_distances, up_to


@contextmanager
def by_blocks(size: int = 7) -> Iterator[None]:
    """Points, too, by products of small blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_neighbours, "_BLOCK", size)
        patch.setattr(_neighbours, "is_flat", lambda x: False)
        patch.setattr(_balls, "is_flat", lambda x: False)
        yield


def naive(x: Tensor, y: Tensor) -> Tensor:
    """N x M distances, each from its own difference."""
    return torch.tensor([[math.dist(a, b) for b in y.tolist()] for a in x.tolist()], dtype=torch.float64)


def naive_neighbours(x: Tensor) -> Tensor:
    """N x (N - 1), ascending."""
    distances = naive(x, x)
    return distances.fill_diagonal_(torch.inf).sort(dim=1).values[:, :-1]


coordinates = st.integers(-3, 3).map(float) | st.floats(-2.0, 2.0).map(lambda v: round(v, 3))
scales = st.sampled_from([1.0, 1e-3, 1e6, 1e150])


@st.composite
def sets(draw: st.DrawFn, largest: int = 12) -> Tensor:
    """Points in the plane with many ties and duplicates, of any size."""
    shape = (draw(st.integers(2, largest)), 2)
    values = draw(arrays.arrays(np.float64, shape, elements=coordinates))
    x = torch.from_numpy(values)
    if draw(st.booleans()):
        x = x[draw(st.lists(st.integers(0, len(x) - 1), min_size=len(x), max_size=len(x)))]
    return x * draw(scales) + draw(st.sampled_from([0.0, 5.0]))


@pytest.mark.parametrize("d", [1, 2, 3, 4, 64])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_neighbours_are_those_of_every_difference(d: int, offset: float) -> None:
    """A matrix product far from the origin would lose six digits."""
    x, y = normal(40, d) + offset, normal(30, d, seed=1) + offset
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_neighbours, "_BLOCK", 100)
        torch.testing.assert_close(nearest(x, 4), naive_neighbours(x)[:, :4], rtol=1e-9, atol=0)
        distance, index = closest(x, y)
    torch.testing.assert_close(distance, naive(x, y).amin(dim=1), rtol=1e-9, atol=0)
    assert torch.equal(index, naive(x, y).argmin(dim=1))


def test_neighbours_are_scikit_learns() -> None:
    """An implementation of its own."""
    from sklearn.neighbors import NearestNeighbors

    x = normal(300, 64)
    theirs = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(x.numpy()).kneighbors()[0]
    np.testing.assert_allclose(nearest(x, 5).numpy(), theirs, rtol=1e-9)


@given(sets(), sets(), st.integers(1, 6))
def test_tree_and_blocks_agree(x: Tensor, y: Tensor, k: int) -> None:
    """On neighbours, pairs and balls, whatever ties and duplicates there are."""
    radius = nearest(y, k)[:, -1]
    tau = below(float(radius.median()))

    def found() -> tuple[list[Tensor], list[Tensor]]:
        among, own = crowd(x, k, tau), crowd(x, k).nearest[:, -1]
        balls = overlap(x, y, own, radius, radius)
        exact = [balls.precise, balls.recalled, torch.tensor([balls.hits, among.pairs])]
        return [among.nearest, closest(x, y)[0], balls.to_real, balls.to_fake], exact

    distances, exact = found()
    with by_blocks():
        other_distances, other_exact = found()
    for one, other in zip(distances, other_distances, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=0)
    for one, other in zip(exact, other_exact, strict=True):
        assert torch.equal(one, other)


@given(sets(), sets(), st.integers(1, 6), st.booleans())
def test_balls_are_those_of_every_pair(x: Tensor, y: Tensor, k: int, blocks: bool) -> None:
    """In, on the surface, or out: what a loop over all pairs says, when it allows for rounding."""
    across = naive(x, y)
    own, radius = (naive_neighbours(z)[:, : min(k, len(z) - 1)][:, -1] for z in (x, y))
    allowance = 1 + 1e-9
    inside, reached = across <= radius * allowance, across <= own[:, None] * allowance
    with by_blocks() if blocks else pytest.MonkeyPatch.context():
        found = overlap(x, y, own, radius, radius)
    assert torch.equal(found.precise, inside.any(dim=1))
    assert torch.equal(found.recalled, reached.any(dim=0))
    assert found.hits == int(inside.sum())
    torch.testing.assert_close(found.to_real, across.amin(dim=1), rtol=1e-9, atol=0)
    torch.testing.assert_close(found.to_fake, across.amin(dim=0), rtol=1e-9, atol=0)


@pytest.mark.parametrize("d", [2, 64])
def test_duplicates_are_at_zero_and_counted(d: int) -> None:
    """Far from the origin too, where |x|² + |y|² - 2 x·y leaves rubbish; and one bit beside is not zero."""
    x = normal(50, d) + 1000.0
    x[10:14] = x[3]
    x[20] = torch.nextafter(x[21], x[21] + 1)
    assert nearest(x, 1)[[3, 10, 11, 12, 13], 0].eq(0).all()
    assert int(nearest(x, 1)[:, 0].eq(0).sum()) == 5
    assert crowd(x, 3, below(0.0)).pairs == 10, "five equal rows are ten pairs"
    assert crowd(x, 1, below(0.0)).pairs == 10, "however few neighbours are kept"
    assert crowd(x, 3, 1e-9).pairs == 11


def test_a_collapsed_set_is_exact() -> None:
    """Ten points in a hundred copies each, and one in a thousand."""
    few, one = (normal(count, 64)[torch.arange(1000) % count] + 10.0 for count in (10, 1))
    assert crowd(few, 3, 1e-6).pairs == 10 * (100 * 99 / 2)
    assert nearest(few, 99).eq(0).all() and nearest(few, 100)[:, 99].gt(0.1).all()
    assert crowd(one, 3, 1e-6).pairs == 1000 * 999 / 2


def test_rows_of_which_every_distance_is_lost_are_computed_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pair by pair it takes thirty times as long; of a healthy set nothing is computed anew."""
    whole: list[int] = []

    def counting(x: Tensor, y: Tensor, **options: str) -> Tensor:
        whole.append(len(x))
        return cdist(x, y, **options)

    cdist = torch.cdist
    monkeypatch.setattr(_neighbours.torch, "cdist", counting)
    crowd(normal(1000, 64), 3, 1e-6)
    assert whole == []
    crowd(normal(1, 64).repeat(1000, 1) + 10.0, 3, 1e-6)
    assert sum(whole) == 1000


def test_a_huge_outlier_costs_the_others_no_digits() -> None:
    """Their centre is then far from all of them."""
    x = normal(60, 8)
    alone = nearest(x[:-1], 3)
    x[-1] = 1e150
    torch.testing.assert_close(nearest(x, 3)[:-1], alone, rtol=1e-9, atol=0)


@pytest.mark.parametrize("d", [2, 5])
def test_fewer_rows_than_neighbours(d: int) -> None:
    """All the others are returned."""
    assert nearest(normal(3, d), 7).shape == (3, 2)


def test_limits_allow_for_rounding_and_no_more() -> None:
    """Equal is within, larger by a millionth is not; smaller is below, equal is not, 0 is below 0."""
    radius, rounded = torch.tensor(0.3, dtype=torch.float64), 0.1 + 0.2
    assert rounded > radius and rounded <= up_to(radius)
    assert radius * (1 + 1e-6) > up_to(radius)
    limit, none = below(0.3), below(0.0)
    assert rounded > limit and limit < 0.3
    assert limit > 0.3 * (1 - 1e-6)
    assert none == 0.0


@given(st.integers(2, 40), st.integers(1, 30), st.integers(1, 400))
@settings(max_examples=40)
def test_blocks_cover_all_rows_once(n: int, m: int, size: int) -> None:
    """In order, whatever their size."""
    x, y = normal(n, 4), normal(m, 4, seed=1)
    with by_blocks(size):
        blocks = list(squared_distances(x, y))
    assert torch.equal(torch.cat([torch.arange(n)[part] for part, _ in blocks]), torch.arange(n))
    torch.testing.assert_close(
        torch.cat([block for _, block in blocks]), naive(x, y).square(), rtol=1e-9, atol=0
    )


MEMORY = """
import resource, torch
torch.set_num_threads(1)
from bench.metrics._balls import overlap
from bench.metrics._neighbours import closest, crowd

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

generator = torch.Generator().manual_seed(0)
sets = [torch.randn(10_000, 64, dtype=torch.float64, generator=generator) for _ in range(2)]
crowd(sets[0][:200], 3, 1.0)
before = peak()
for x in (sets[0], sets[1][:10].repeat(1000, 1)):
    near = crowd(x, 10, 1.0).nearest
    overlap(x, sets[1], near[:, 2], near[:, 2], near[:, 4])
    closest(x, sets[1])
print(peak() - before)
"""


@pytest.mark.slow
def test_ten_thousand_samples_fit_into_half_a_gigabyte() -> None:
    """Healthy or collapsed; three full matrices of distances would take 2.4 GB."""
    ended = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert float(ended.stdout) < 500.0
