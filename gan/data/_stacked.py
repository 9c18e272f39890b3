"""Three grey images in the colour channels of one: ten classes become a thousand modes.

The images are dealt into `GROUPS` groups, class by class, and a triple is made of images of one group.
Whoever holds groups back holds images back: triples of the same digits in another order would not be new.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.data.base import Samples

GROUPS = 10
"""Enough that half of the data can be held out nearly to the sample, few enough that each has every class."""


def stacked(images: Tensor, labels: Tensor, size: int, seed: int) -> Samples:
    """`size` random triples. images: N x 1 x H x W; labels: N, in 0..9; mode 100 a + 10 b + c."""
    triples, groups = drawn(labels, size, seed)
    frequency = torch.bincount(labels, minlength=10).double() / len(labels)
    priors = torch.einsum("a,b,c->abc", frequency, frequency, frequency).reshape(-1)
    return Samples(images[:, 0][triples], priors, groups=groups)


def drawn(labels: Tensor, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """Which three images each triple is made of, int64 `size` x 3, and its group, int64 `size`."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    # Sorted by class and dealt in turn: every group has every class in the same share.
    dealt = order[labels[order].argsort(stable=True)]
    groups = torch.arange(size) * GROUPS // size
    triples = []
    for group, count in enumerate(torch.bincount(groups, minlength=GROUPS).tolist()):
        members = dealt[group::GROUPS]
        triples.append(members[torch.randint(len(members), (count, 3), generator=generator)])
    return torch.cat(triples), groups
