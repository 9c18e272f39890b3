"""Which real samples a generator may learn from, and which it never sees.

The data is permuted with a fixed seed, because files are ordered (MNIST's test split begins with the easier
half). Its last rows are held out: half of the data, but no more than `HELD_OUT`. Runs train on the others and
are scored against the first of those; the oracle is scored on held-out rows, as a perfect generator would be,
and a generator that copies shows by being nearer to what it has seen than to what it has not.

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


def split(x: Tensor, seed: int = 0) -> Split:
    """The two parts of `x`, N x shape. Raises DataError if there are fewer than 4 rows."""
    if len(x) < 4:
        raise DataError(f"a dataset of {len(x)} samples cannot be split into training and held-out samples")
    held_out = min(len(x) // 2, HELD_OUT)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed)).to(x.device)
    return Split(x[order[:-held_out]], x[order[-held_out:]], seed)
