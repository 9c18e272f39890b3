"""A bank and samples whose features are given: metrics on any numbers, without images behind them."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor

from bench.features.extractor import Extractor, Features, Wanted
from bench.metrics._bank import Bank, Part, Real, Remembering, Scored
from bench.metrics.base import Metric
from gan.data.base import Data
from gan.data.digits import Digits

CLASSES = 10


def logits_of(values: Tensor) -> Tensor:
    """Ten logits a sample, a fixed function of its features."""
    generator = torch.Generator().manual_seed(7)
    return values @ torch.randn(values.shape[1], CLASSES, dtype=torch.float64, generator=generator)


class GivenSamples(Remembering):
    """Samples, in as far as a metric that reads features asks."""

    def __init__(self, values: Tensor, logits: Tensor | None = None) -> None:
        super().__init__()
        self.seen = Features(values, logits_of(values) if logits is None else logits)
        self.n = len(values)

    def features(self, extractor: Extractor | None) -> Features:
        return self.seen


class GivenBank(Remembering):
    """The real side of them."""

    def __init__(self, reference: GivenSamples, held_out: GivenSamples) -> None:
        super().__init__()
        self.parts = {"reference": reference, "held_out": held_out}
        self.n = reference.n
        self.data: Data = Digits()

    def features(self, samples: GivenSamples, wanted: Wanted | None) -> Features:
        return samples.seen

    def extractor(self, wanted: Wanted) -> Extractor:
        return Extractor("given", "", lambda images: (images, images), classes=CLASSES)

    def real(self, wanted: Wanted | None, part: Part = "reference", count: int | None = None) -> Real:
        return Real(self.parts[part].seen, lambda name, compute: compute())


def bank_of(real: Tensor, held_out: Tensor | None = None, logits: Tensor | None = None) -> Bank:
    """A bank with these features of the reference, float64 N x D, and of the held-out samples."""
    reference = GivenSamples(real, logits)
    return cast(Bank, GivenBank(reference, reference if held_out is None else GivenSamples(held_out)))


def samples_of(values: Tensor, logits: Tensor | None = None) -> Scored:
    """Generated samples with these features."""
    return cast(Scored, GivenSamples(values, logits))


def score(metric: Metric, fake: Tensor, real: Tensor) -> dict[str, float]:
    """What `metric` says of generated samples with features `fake` against real ones with features `real`."""
    return metric.score(bank_of(real), samples_of(fake))


def correlated(n: int, d: int, seed: int, scale: float = 1.0, shift: float = 0.0) -> Tensor:
    """Correlated Gaussian features, float64 N x D; those of one D have one distribution."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(d, d, generator=torch.Generator().manual_seed(99), dtype=torch.float64) / d**0.5
    return scale * torch.randn(n, d, generator=generator, dtype=torch.float64) @ mixing + shift


def nuclear(x: Tensor, y: Tensor) -> float:
    """The squared Fréchet distance of two sets, exact for any N and D.

    tr (Σ_x Σ_y)^½ is the nuclear norm of the product of the centred samples.
    """
    a, b = ((side - side.mean(0)).numpy() / np.sqrt(len(side) - 1) for side in (x, y))
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * shared)
