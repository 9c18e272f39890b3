"""Nearest neighbours, exactly: small distances are not left to the rounding of a matrix product.

    |x - y|² = |x|² + |y|² - 2 x·y      (fast, but off by about 1e-15 |x|²)

Where that result is small against its terms, which is where duplicates are found and where neighbours tie,
the difference is taken first and squared afterwards. Large N runs in blocks, so that memory grows with N and
not with N². Points of up to three coordinates on the CPU are found by a k-d tree instead (SciPy's), which
needs no blocks and takes differences anyway; both ways agree.

A distance that is computed twice differs in its last digits, so comparisons allow for `ROUNDING`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

ROUNDING = 1e-9
"""Relative difference below which two distances count as equal."""

_BLOCK = 250_000
"""Distances in memory at a time: 2 MB, which stay in the processor's cache from one pass to the next."""
_CANCELLED = 1e-5
"""Share of |x|² + |y|² below which a squared distance has lost too many digits."""
_CROWDED = 0.1
"""Share of lost distances from which whole rows are computed anew: gathering single pairs costs more."""
_FLAT = 3
"""Most coordinates at which a tree is faster than a matrix product."""


def squared_distances(x: Tensor, y: Tensor | None = None) -> Iterator[tuple[slice, Tensor]]:
    """Squared distances between rows, block by block of rows of `x`.

    Args:
        x: float64, N x D.
        y: float64, M x D; None: the rows of `x` themselves, each infinitely far from itself.

    Yields:
        The rows of `x`, and their squared distances to all rows of `y`, float64 B x M.
    """
    among = x if y is None else y
    centre = among.mean(dim=0)
    left, right = x - centre, among - centre
    norms = left.square().sum(dim=1, keepdim=True)
    # One product holds all three terms: [x, |x|², 1] · [-2 y, 1, |y|²].
    left = torch.cat([left, norms, torch.ones_like(norms)], dim=1)
    others = right.square().sum(dim=1, keepdim=True)
    right = torch.cat([-2.0 * right, torch.ones_like(others), others], dim=1).T
    # A small |x - y| means that |y| is about |x|, so the row's own norm stands for both.
    floor = (4.0 * _CANCELLED) * norms
    height = max(1, _BLOCK // max(1, len(among)))
    for start in range(0, len(x), height):
        rows = slice(start, start + height)
        block = left[rows] @ right
        own = torch.arange(len(block), device=x.device)
        if y is None:
            block[own, own + start] = torch.inf
        lost = torch.nonzero(block.amin(dim=1) < floor[rows, 0])[:, 0]
        if len(lost):
            block[lost] = _restored(block[lost], floor[rows][lost], x[rows][lost], among)
            if y is None:
                block[own, own + start] = torch.inf
        yield rows, block


def _restored(block: Tensor, floor: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """A block of squared distances with those below `floor` (one a row) computed from differences."""
    low = block < floor
    if int(low.count_nonzero()) > _CROWDED * block.numel():
        return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").square()
    pairs = torch.nonzero(low)
    for near, far in (part.T for part in pairs.split(max(1, _BLOCK // x.shape[1]))):  # type: ignore[no-untyped-call]
        block[near, far] = (x[near] - y[far]).square().sum(dim=1)
    return block


@dataclass(frozen=True)
class Crowd:
    """How near the rows of one set are to each other."""

    nearest: Tensor
    """float64, N x min(k, N - 1): distances to the nearest other rows, ascending."""
    pairs: float
    """Pairs of rows at a distance of at most `within`."""


def crowd(x: Tensor, k: int, within: float | None = None) -> Crowd:
    """Neighbours among the rows of `x`.

    Args:
        x: float64, N x D, N at least 2.
        k: How many neighbours; fewer if there are fewer.
        within: Count pairs up to this distance; None: count none.
    """
    k = min(k, len(x) - 1)
    if is_flat(x):
        tree = kd_tree(x)
        # A row is its own nearest neighbour, or a duplicate is, at the same distance of 0.
        nearest = _queried(tree, x, k + 1)[0][:, 1:]
        counted = 0 if within is None else int(tree.count_neighbors(tree, within)) - len(x)
        return Crowd(nearest, counted / 2)
    found, counted, limit = x.new_empty((len(x), k)), 0, -1.0 if within is None else within**2
    for rows, block in squared_distances(x):
        found[rows] = block.topk(k, dim=1, largest=False, sorted=False).values.sort(dim=1).values
        if within is not None:
            few = found[rows, -1] > limit
            counted += int((found[rows][few] <= limit).sum())
            counted += int((block[~few] <= limit).sum())
    return Crowd(found.sqrt(), counted / 2)


def nearest(x: Tensor, k: int) -> Tensor:
    """Distances of every row to its `k` nearest other rows, ascending, float64 N x min(k, N - 1)."""
    return crowd(x, k).nearest


def closest(x: Tensor, y: Tensor, tree: cKDTree | None = None) -> tuple[Tensor, Tensor]:
    """The nearest row of `y` for every row of `x`.

    Args:
        x: float64, N x D.
        y: float64, M x D, M at least 1.
        tree: `kd_tree(y)`, if it is known; used where a tree is faster.

    Returns:
        Its distance, float64 N, and its index, int64 N; one of them if several are equally near.
    """
    if is_flat(x):
        distance, index = _queried(tree or kd_tree(y), x, 1)
        return distance[:, 0], index[:, 0]
    distance, index = x.new_empty(len(x)), torch.empty(len(x), dtype=torch.long, device=x.device)
    for rows, block in squared_distances(x, y):
        distance[rows], index[rows] = block.min(dim=1)
    return distance.sqrt(), index


def up_to(distance: Tensor) -> Tensor:
    """The limit with which `d <= limit` means that d is smaller or equal, whichever way it was computed."""
    return distance * (1.0 + ROUNDING)


def below(distance: float) -> float:
    """The limit with which `d <= limit` means that d is smaller; below 0 are exact duplicates."""
    return distance * (1.0 - ROUNDING)


def is_flat(x: Tensor) -> bool:
    """Whether a tree finds neighbours of these rows faster than a matrix product."""
    return x.shape[1] <= _FLAT and x.device.type == "cpu"


def kd_tree(x: Tensor) -> cKDTree:
    """A tree of the rows of `x`, N x D, on the CPU."""
    from scipy.spatial import cKDTree

    return cKDTree(x.numpy())


def _queried(tree: cKDTree, x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Distances and indices, N x k, of the rows of the tree that are nearest to those of `x`."""
    distance, index = tree.query(x.numpy(), k=range(1, k + 1))
    # Whatever is infinitely far has an index past the end.
    return torch.from_numpy(distance), torch.from_numpy(index).clamp_max(tree.n - 1)
