"""Generators that fail on purpose: real samples, spoiled in a known way, for measuring what a verdict sees.

Every function takes a `Pool` and makes as many samples as are asked for. "Mild" ones are there to show where
detection ends; nobody promises that a verdict finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Picked = tuple[Tensor, Tensor]
"""Samples and their modes."""


@dataclass(frozen=True)
class Pool:
    """Real samples that no score is held against, and what a scripted generator may do with them."""

    x: Tensor
    """N x shape."""
    modes: Tensor
    """int64, N x C: the mode of every sample; of a stack, the digit in each of its C channels."""
    train: Tensor
    """What a copying generator has seen."""
    scale: float
    """Size of what counts as mild noise: a tenth of sigma for points, 0.02 for pixels in [-1, 1]."""
    generator: torch.Generator

    def rows(self, count: int, among: Tensor | None = None) -> Tensor:
        """Row numbers drawn with replacement."""
        size = len(self.x) if among is None else len(among)
        chosen = torch.randint(size, (count,), generator=self.generator)
        return chosen if among is None else among[chosen]

    def normal(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self.generator)

    def mild(self, x: Tensor) -> Tensor:
        """With noise that no eye and no verdict should mind."""
        return x + self.scale * self.normal(x)

    def some(self, count: int) -> int:
        """A random number below `count`."""
        return int(torch.randint(count, (), generator=self.generator))

    @property
    def points(self) -> bool:
        return self.x.ndim == 2


Failure = Callable[[Pool, int], Tensor]


def healthy(pool: Pool, n: int) -> Tensor:
    """Real data resampled, with mild noise."""
    return pool.mild(pool.x[pool.rows(n)])


def thinned(keep: float) -> Failure:
    """One random mode (of one channel) keeps only this share of its samples."""

    def make(pool: Pool, n: int) -> Tensor:
        channel = pool.some(pool.modes.shape[1])
        column = pool.modes[:, channel]
        mode = pool.some(int(column.max()) + 1)
        weights = torch.where(column == mode, keep, 1.0)
        rows = torch.multinomial(weights.double(), n, replacement=True, generator=pool.generator)
        return pool.mild(pool.x[rows])

    return make


def alternate_modes(pool: Pool, n: int) -> Tensor:
    """Every other mode (digit of the first channel) is lost."""
    kept = torch.nonzero(pool.modes[:, 0] % 2 == 0)[:, 0]
    return pool.mild(pool.x[pool.rows(n, kept)])


def support(size: int) -> Failure:
    """Only so many different samples, each again and again with mild noise."""

    def make(pool: Pool, n: int) -> Tensor:
        few = pool.rows(size)
        return pool.mild(pool.x[pool.rows(n, few)])

    return make


def one_prototype_a_mode(pool: Pool, n: int) -> Tensor:
    """One sample a mode (digit of the first channel), at the right frequency, with mild noise."""
    modes = pool.modes[:, 0]
    rows = pool.rows(n)
    few = {int(mode): int(torch.nonzero(modes == mode)[0]) for mode in modes.unique()}
    return pool.mild(pool.x[torch.tensor([few[int(mode)] for mode in modes[rows]])])


def merged_modes(pool: Pool, n: int) -> Tensor:
    """Two modes have become one, half way between them (of a stack, in one channel)."""
    channel = pool.some(pool.modes.shape[1])
    column = pool.modes[:, channel]
    first = pool.some(int(column.max()) + 1)
    second = (first + 1) % (int(column.max()) + 1)
    rows = pool.rows(n)
    x = pool.x[rows].clone()
    both = torch.nonzero((column[rows] == first) | (column[rows] == second))[:, 0]
    one, other = (
        pool.x[pool.rows(len(both), torch.nonzero(column == mode)[:, 0])] for mode in (first, second)
    )
    middle = 0.5 * (one + other)
    if pool.modes.shape[1] > 1:
        x[both, channel] = middle[:, channel]
    else:
        x[both] = middle
    return pool.mild(x)


def copies(share: float) -> Failure:
    """This share of the samples are training samples, to the last digit."""

    def make(pool: Pool, n: int) -> Tensor:
        x = healthy(pool, n)
        count = round(share * n)
        rows = torch.randint(len(pool.train), (count,), generator=pool.generator)
        x[:count] = pool.train[rows]
        return x

    return make


def noise(points: float, pixels: float) -> Failure:
    """Gaussian noise: so many sigma on points, so much on pixels in [-1, 1]."""

    def make(pool: Pool, n: int) -> Tensor:
        x = pool.x[pool.rows(n)]
        return x + (10.0 * pool.scale * points if pool.points else pixels) * pool.normal(x)

    return make


def junk(share: float) -> Failure:
    """This share of the samples is structureless: uniform over the data's range."""

    def make(pool: Pool, n: int) -> Tensor:
        x = healthy(pool, n)
        count = round(share * n)
        low, high = pool.x.min(), pool.x.max()
        x[:count] = low + (high - low) * torch.rand(x[:count].shape, generator=pool.generator)
        return x

    return make


def bridges(share: float) -> Failure:
    """This share of the samples lies half way between two samples of different modes."""

    def make(pool: Pool, n: int) -> Tensor:
        x = healthy(pool, n)
        count = round(share * n)
        first, second = pool.rows(4 * count + 4), pool.rows(4 * count + 4)
        apart = torch.nonzero((pool.modes[first] != pool.modes[second]).all(dim=1))[:count, 0]
        x[: len(apart)] = 0.5 * (pool.x[first[apart]] + pool.x[second[apart]])
        return x

    return make


FAILURES: dict[str, Failure] = {
    "class dropped": thinned(0.0),
    "class at 10 %": thinned(0.1),
    "alternate modes lost": alternate_modes,
    "two modes merged": merged_modes,
    "support of 100": support(100),
    "one prototype a mode": one_prototype_a_mode,
    "copies of the training set": copies(1.0),
    "noise": noise(points=3.0, pixels=1.0),
    "junk, half": junk(0.5),
    "bridges, three quarters": bridges(0.75),
}
"""What a verdict has to see."""

MILD: dict[str, Failure] = {
    "class at 30 %": thinned(0.3),
    "support of 1,000": support(1000),
    "copies, a quarter": copies(0.25),
    "copies, a twentieth": copies(0.05),
    "noise, weaker": noise(points=1.0, pixels=0.3),
    "junk, a fifth": junk(0.2),
    "bridges, half": bridges(0.5),
    "bridges, a fifth": bridges(0.2),
}
"""Where detection ends."""
