"""Which real samples a generator may learn from, and which it never sees.

The data is permuted with a fixed seed, because files are ordered (MNIST's test split begins with the easier
half). Its last rows are held out: half of the data, but no more than `HELD_OUT`. Runs train on the others and
are scored against the first of those; the oracle is scored on held-out rows, as a perfect generator would be,
and a generator that copies shows by being nearer to what it has seen than to what it has not.

Samples that have parts in common (triples of the same digits) come in groups, and no group is in both parts.

The split does not depend on the number of samples a score takes: better scores change no training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan.data.errors import DataError

HELD_OUT = 10_000
"""Most rows that are held out: as many as the largest usual score needs."""


@dataclass(frozen=True)
class Split:
    """Two disjoint parts of a dataset, both in random order."""

    train: Tensor
    """What runs train on and are scored against."""
    held_out: Tensor
    """What no run has seen."""
    seed: int
    """Of the permutation."""


def held_out_rows(rows: int | None) -> int:
    """How many of so many samples are held out; None, where nobody knows how many: the most that ever are."""
    return HELD_OUT if rows is None else min(rows // 2, HELD_OUT)


def split(x: Tensor, seed: int = 0, groups: Tensor | None = None) -> Split:
    """The two parts of a dataset.

    Args:
        x: N x shape.
        seed: Of the permutation.
        groups: int64 N, the group of every row; None if each is its own. Whole groups are held out, and what
            they hold beyond the number that is wanted is in neither part.

    Raises:
        DataError: There are fewer than 4 rows, or so few groups that nothing is left to train on.
    """
    if len(x) < 4:
        raise DataError(f"a dataset of {len(x)} samples cannot be split into training and held-out samples")
    wanted = held_out_rows(len(x))
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(x), generator=generator)
    if groups is None:
        train, held_out = order[:-wanted], order[-wanted:]
    else:
        aside = _groups_aside(groups, wanted, generator)[groups[order]]
        train, held_out = order[~aside], order[aside][:wanted]
    if len(train) < 2:
        raise DataError("the samples have so much in common that holding some out leaves none to train on")
    return Split(x[train.to(x.device)], x[held_out.to(x.device)], seed)


def _groups_aside(groups: Tensor, wanted: int, generator: torch.Generator) -> Tensor:
    """Which groups are held out, bool G: random ones, no more than are needed for `wanted` rows."""
    sizes = torch.bincount(groups)
    order = torch.randperm(len(sizes), generator=generator)
    before = sizes[order].cumsum(0) - sizes[order]
    aside = torch.zeros(len(sizes), dtype=torch.bool)
    aside[order[before < wanted]] = True
    return aside
