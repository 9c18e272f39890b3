"""The squared maximum mean discrepancy with a cubic kernel, and how sure it is.

    MMD² = mean_{i≠j} k(x_i, x_j) + mean_{i≠j} k(y_i, y_j) - 2 mean_{i,j} k(x_i, y_j)
    k(x, y) = (x · y / D + 1)³

Its standard error over new samples of both sides follows from Hoeffding's components of its variance, all of
them estimated without bias from sums over the rows of the three kernel matrices. With
u(x) = E k(x, x') - E k(x, y), v(y) likewise, and k̃ the kernel without what either argument explains alone,

    SE² = 4 / n (Var u(x) + Var v(y)) + 2 / (n (n - 1)) (Var k̃(x, x') + Var k̃(y, y')) + 4 / n² Var k̃(x, y)

The first term vanishes for equal distributions; where its estimate is negative it counts as 0, which makes
the error up to a third too large there. N samples take O(N) memory: kernels come in blocks.

Reference: Gretton et al. 2012, "A kernel two-sample test", JMLR 13:723-773; Hoeffding 1948, "A class of
statistics with asymptotically normal distribution", doi:10.1214/aoms/1177730196.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_TILE = 256
"""Samples of each side in a block of a kernel matrix: 0.5 MB, which stay in the processor's cache."""


@dataclass(frozen=True)
class Within:
    """Sums of the kernel over pairs of different samples of one set of N."""

    rows: Tensor
    """Σ_{j ≠ i} k(x_i, x_j), float64, N."""
    squares: float
    """Σ_{i ≠ j} k(x_i, x_j)²."""


@dataclass(frozen=True)
class Between:
    """Sums of the kernel over pairs from two sets of N."""

    rows: Tensor
    """Σ_j k(x_i, y_j), float64, N."""
    columns: Tensor
    """Σ_i k(x_i, y_j), float64, N."""
    squares: float
    """Σ_{i, j} k(x_i, y_j)²."""


def squared_mmd(x: Tensor, y: Tensor) -> tuple[float, float]:
    """The unbiased squared distance with KID's kernel, and its standard error.

    Args:
        x: float64, N x D; N at least 2.
        y: float64, N x D.
    """
    n = len(x)
    # The distance and its error do not change with a constant that all kernels lose; their digits do.
    centre = 0.5 * (x.mean(dim=0) + y.mean(dim=0))
    constant = float((centre.square().mean() + 1.0) ** 3)
    among_x, among_y, across = within(x, constant), within(y, constant), between(x, y, constant)
    inside = (among_x.rows.sum() + among_y.rows.sum()) / (n * (n - 1))
    value = float(inside - 2.0 * across.rows.sum() / n**2)
    return value, math.sqrt(sum(max(0.0, part) for part in variances(among_x, among_y, across)))


def within(x: Tensor, constant: float) -> Within:
    """Sums of k - `constant` over one set, N x D."""
    left, right = _widened(x)
    rows, squares = x.new_zeros(len(x)), x.new_zeros(())
    for top in range(0, len(x), _TILE):
        i = slice(top, top + _TILE)
        for start in range(top, len(x), _TILE):
            j = slice(start, start + _TILE)
            kernel = _cubed(left[i], right[j]).sub_(constant)
            if top == start:
                kernel.fill_diagonal_(0.0)
                squares += _squared(kernel)
            else:
                rows[j] += kernel.sum(dim=0)
                squares += 2.0 * _squared(kernel)
            rows[i] += kernel.sum(dim=1)
    return Within(rows, float(squares))


def between(x: Tensor, y: Tensor, constant: float) -> Between:
    """Sums of k - `constant` over pairs of `x` and `y`, both N x D."""
    (left, _), (_, right) = _widened(x), _widened(y)
    rows, columns, squares = x.new_zeros(len(x)), x.new_zeros(len(y)), x.new_zeros(())
    for top in range(0, len(x), _TILE):
        i = slice(top, top + _TILE)
        for start in range(0, len(y), _TILE):
            j = slice(start, start + _TILE)
            kernel = _cubed(left[i], right[j]).sub_(constant)
            rows[i] += kernel.sum(dim=1)
            columns[j] += kernel.sum(dim=0)
            squares += _squared(kernel)
    return Between(rows, columns, float(squares))


def _widened(x: Tensor) -> tuple[Tensor, Tensor]:
    """Two sides whose product is x · y / D + 1."""
    one = x.new_ones((len(x), 1))
    return torch.cat([x / x.shape[1], one], dim=1), torch.cat([x, one], dim=1)


def _cubed(left: Tensor, right: Tensor) -> Tensor:
    return (left @ right.T).pow_(3)


def _squared(kernel: Tensor) -> Tensor:
    return kernel.flatten().dot(kernel.flatten())


def variances(x: Within, y: Within, across: Between) -> tuple[float, float]:
    """The two orders of the distance's variance over new samples of both sides.

    Their sum is unbiased, so that either may be negative; but for N below 4, when it is an upper bound.
    """
    n = len(x.rows)
    if n < 4:
        # There are no four different samples, which an unbiased square of a mean needs.
        return 0.0, 2.0 * (x.squares + y.squares) / (n * (n - 1)) ** 2 + 4.0 * across.squares / n**4
    (one_x, two_x), (one_y, two_y) = _components(x), _components(y)
    by_x, by_y, both = _components_across(across)
    first = one_x + by_x - 2.0 * _covariance(x.rows, across.rows)
    first += one_y + by_y - 2.0 * _covariance(y.rows, across.columns)
    second = 2.0 / (n * (n - 1)) * (two_x - 2.0 * one_x + two_y - 2.0 * one_y)
    second += 4.0 / n**2 * (both - by_x - by_y)
    return 4.0 / n * first, second


def _components(k: Within) -> tuple[float, float]:
    """Var E[k(x, x') | x] and Var k(x, x')."""
    n, total, rows = len(k.rows), float(k.rows.sum()), float(k.rows.square().sum())
    mean_squared = (total**2 - 4.0 * rows + 2.0 * k.squares) / (n * (n - 1) * (n - 2) * (n - 3))
    shared = (rows - k.squares) / (n * (n - 1) * (n - 2))
    return shared - mean_squared, k.squares / (n * (n - 1)) - mean_squared


def _components_across(k: Between) -> tuple[float, float, float]:
    """Var E[k(x, y) | x], Var E[k(x, y) | y] and Var k(x, y)."""
    n, total = len(k.rows), float(k.rows.sum())
    rows, columns = float(k.rows.square().sum()), float(k.columns.square().sum())
    mean_squared = (total**2 - rows - columns + k.squares) / (n * (n - 1)) ** 2
    by_x, by_y = ((side - k.squares) / (n * n * (n - 1)) for side in (rows, columns))
    return by_x - mean_squared, by_y - mean_squared, k.squares / n**2 - mean_squared


def _covariance(inside: Tensor, across: Tensor) -> float:
    """Of E[k(x, x') | x] and E[k(x, y) | x], from N sums over x' and N over y."""
    n, joint = len(inside), float(inside @ across)
    apart = (float(inside.sum()) * float(across.sum()) - 2.0 * joint) / (n - 2)
    return (joint - apart) / (n * n * (n - 1))
