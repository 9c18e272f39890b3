"""Samples whose scoring is measured: images and points, real and generated."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from gan.build import component
from gan.data.base import Data, Samples
from gan.recipe import Choice
from gan.registry import DATA

Ready = tuple[Data, Samples, Tensor]
"""Data, its real samples, and generated ones."""


def digits(data: Data) -> Samples:
    """The data set; where scikit-learn is not at hand, as many samples of ten blurred prototypes."""
    try:
        return data.load(Path())
    except ImportError:
        generator = torch.Generator().manual_seed(0)
        prototypes = 2.0 * torch.rand((10, 1, 8, 8), generator=generator) - 1.0
        chosen = prototypes[torch.randint(10, (1797,), generator=generator)]
        x = (chosen + 0.3 * torch.randn(chosen.shape, generator=generator)).clamp(-1.0, 1.0)
        return Samples(x, torch.full((10,), 0.1, dtype=torch.float64))


def images(n: int, name: str = "digits") -> Ready:
    """`n` training, `n` held-out and `n` generated images: digits drawn again, with mild noise.

    For MNIST they are enlarged: no files are needed, and pixels cost what pixels cost.
    """
    generator = torch.Generator().manual_seed(0)
    data: Data = component("data", Choice.of(DATA, name))
    pool = digits(component("data", Choice.of(DATA, "digits")))
    chosen = pool.x[torch.randint(len(pool.x), (3 * n,), generator=generator)]
    x = functional.interpolate(chosen, data.shape[1:])
    x = (x + 0.1 * torch.randn(x.shape, generator=generator)).clamp(-1.0, 1.0)
    return data, Samples(x[: 2 * n], pool.priors), x[2 * n :]


def points(n: int) -> Ready:
    """The quickstart's ring, but with as few training samples as images have; and `n` more points of it."""
    data: Data = component("data", Choice.of(DATA, "ring", sigma=0.05, size=20_000))
    samples: Samples = data.load(Path())
    generator = torch.Generator().manual_seed(1)
    assert samples.centres is not None and samples.sigma is not None
    fake = samples.centres[torch.randint(8, (n,), generator=generator)]
    return data, samples, fake + samples.sigma * torch.randn((n, 2), generator=generator)
