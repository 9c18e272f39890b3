"""A bank and samples whose features are given: metrics on any numbers, without images behind them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor

from bench.features.extractor import Extractor, Features, Wanted
from bench.metrics._bank import Bank, Part, Real, Scored
from bench.metrics._frechet import Moments
from bench.metrics.base import Metric
from gan.data.base import Data
from gan.data.digits import Digits

CLASSES = 10


def logits_of(values: Tensor) -> Tensor:
    """Ten logits a sample, a fixed function of its features."""
    generator = torch.Generator().manual_seed(7)
    return values @ torch.randn(values.shape[1], CLASSES, dtype=torch.float64, generator=generator)


@dataclass
class _Once:
    known: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        if key not in self.known:
            self.known[key] = compute()
        return self.known[key]


@dataclass
class Given(_Once):
    """Both a bank and its samples, in as far as a metric that reads features asks."""

    values: Tensor = field(default_factory=lambda: torch.zeros(2, 1))
    held_out: Tensor | None = None
    logits: Tensor | None = None
    data: Data = field(default_factory=Digits)

    @property
    def n(self) -> int:
        return len(self.values)

    def features(self, extractor: Extractor | None) -> Features:
        return Features(self.values, logits_of(self.values) if self.logits is None else self.logits)

    def extractor(self, wanted: Wanted | None) -> Extractor | None:
        return Extractor("given", "", lambda images: (images, images), classes=CLASSES)

    def real(self, wanted: Wanted | None, part: Part = "reference", count: int | None = None) -> Real:
        if part == "held_out":
            assert self.held_out is not None
            return Given(values=self.held_out).real(wanted)
        return Real(self.features(None), Moments.of(self.values), self.values.new_zeros((self.n, 1)))


def bank_of(real: Tensor, held_out: Tensor | None = None, **more: Any) -> Bank:
    """A bank with these features of the reference, float64 N x D, and of the held-out samples."""
    return cast(Bank, Given(values=real, held_out=real if held_out is None else held_out, **more))


def samples_of(values: Tensor, logits: Tensor | None = None) -> Scored:
    """Generated samples with these features."""
    return cast(Scored, Given(values=values, logits=logits))


def score(metric: Metric, fake: Tensor, real: Tensor) -> dict[str, float]:
    """What `metric` says of generated samples with features `fake` against real ones with features `real`."""
    return metric.score(bank_of(real), samples_of(fake))


def normal(n: int, d: int, seed: int, scale: float = 1.0, shift: float = 0.0) -> Tensor:
    """Correlated Gaussian features, float64 N x D; those of one D have one distribution."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(d, d, generator=torch.Generator().manual_seed(99), dtype=torch.float64) / d**0.5
    return scale * torch.randn(n, d, generator=generator, dtype=torch.float64) @ mixing + shift
