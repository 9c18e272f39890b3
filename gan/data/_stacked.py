"""Three grey images in the colour channels of one: ten classes become a thousand modes."""

from __future__ import annotations

import torch
from torch import Tensor

from gan.data.base import Samples


def stacked(images: Tensor, labels: Tensor, size: int, seed: int) -> Samples:
    """`size` random triples. images: N x 1 x H x W; labels: N, in 0..9; mode 100 a + 10 b + c."""
    generator = torch.Generator().manual_seed(seed)
    triples = torch.randint(len(images), (size, 3), generator=generator)
    frequency = torch.bincount(labels, minlength=10).double() / len(labels)
    priors = torch.einsum("a,b,c->abc", frequency, frequency, frequency).reshape(-1)
    return Samples(images[:, 0][triples], priors)
