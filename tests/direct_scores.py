"""The default scores as one would write them down, in straight torch: a reference for results and for speed.

Everything that depends on real samples alone is computed beforehand and stays in memory. What is left is
one pass through the classifier, one covariance and its eigenvalues, one matrix of distances to the training
samples and one among the generated ones, and comparisons of their entries.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from bench.features.classifier import load_classifier
from bench.metrics._split import split
from gan.data.base import Data, Samples

Scores = dict[str, float]
TRAIN = 10_000
"""Training samples that copies are looked for among."""


class Direct:
    """The default scores of `n` samples of one data set."""

    def __init__(self, data: Data, samples: Samples, n: int) -> None:
        self.samples, self.n = samples, n
        self.classifier = load_classifier(data.classifier) if data.classifier else None
        parts = split(samples.x)
        self.train, _ = self.features(parts.train[:TRAIN])
        held_out, _ = self.features(parts.held_out[:n])
        real = self.train[:n]
        self.mean, self.covariance = real.mean(0), real.T.cov()
        values, vectors = torch.linalg.eigh(self.covariance)
        kept = values > 1e-12 * values[-1]
        self.root = vectors[:, kept] * values[kept].sqrt()
        among = torch.cdist(real, real).fill_diagonal_(torch.inf)
        # A copy of a neighbour is as far away as it, and is inside: rounding must not decide.
        self.third, self.fifth = (among.kthvalue(k, dim=1).values * (1.0 + 1e-9) for k in (3, 5))
        self.near = torch.quantile(among.min(dim=1).values, 0.01)
        self.own = torch.cdist(self.train, self.train).fill_diagonal_(torch.inf).min(dim=1).values
        unseen = torch.cdist(held_out, self.train).min(dim=1).values
        self.usual, self.closest = unseen.quantile(0.5), unseen.quantile(0.01)
        self.constant = {"coverage_expected": 1.0 - math.prod((n - i) / (2 * n - i) for i in range(1, 6))}
        self.constant["rarest_expected"] = n * float(samples.priors.min())
        if self.classifier:
            self.constant["class_kl_floor"] = sum(_kl_floor(n, p) for p in samples.priors.tolist())
            self.constant["fid_floor"] = _fid_floor(torch.cat([real, held_out]))

    def features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """float64 features and logits; points are their own features."""
        if self.classifier is None:
            return x.double(), x
        pixels = ((x.clamp(-1.0, 1.0) + 1.0) * 127.5).round().to(torch.uint8)
        with torch.no_grad():
            values, logits = self.classifier(pixels.float() / 127.5 - 1.0)
        return values.double(), logits.double()

    def frechet(self, fake: Tensor) -> float:
        """Moments, and the eigenvalues of a symmetric matrix; the real side's root is at hand."""
        covariance = fake.T.cov()
        cross = torch.linalg.eigvalsh(self.root.T @ covariance @ self.root).clamp_min(0.0)
        apart = (fake.mean(0) - self.mean).square().sum()
        return float(apart + self.covariance.trace() + covariance.trace() - 2.0 * cross.sqrt().sum())

    def fid(self, x: Tensor) -> float:
        """FID alone."""
        return self.frechet(self.features(x)[0])

    def score(self, x: Tensor) -> Scores:
        """All default outputs that have one meaning on every kind of data."""
        fake, logits = self.features(x)
        apart = self.frechet(fake)
        distance = {"frechet": apart}
        if self.classifier:
            distance = {"fid": apart, "fid_excess": apart - self.constant["fid_floor"]}
        return self.constant | self.modes(fake, logits) | distance | self.neighbours(fake)

    def modes(self, fake: Tensor, logits: Tensor) -> Scores:
        """Histograms over classes, or over components that a sample is near to."""
        priors, n = self.samples.priors, self.n
        if self.classifier is None:
            assert self.samples.centres is not None and self.samples.sigma is not None
            distance, mode = torch.cdist(fake, self.samples.centres.double()).min(dim=1)
            mode = mode[distance <= 3.0 * self.samples.sigma]
            counts = mode.bincount(minlength=len(priors)).double()
            enough = (counts > 0) & (counts >= 0.1 * priors * n)
            share, middle = counts / counts.sum(), 0.5 * (counts / counts.sum() + priors)
            divergence = 0.5 * (_kl(share, middle) + _kl(priors, middle))
            return {
                "modes": float((counts > 0).sum()),
                "modes_10pct": float(enough.sum()),
                "lowest_share": float((counts / (priors * n)).min()),
                "high_quality": float(counts.sum()) / n,
                "reverse_kl": _kl(share, priors),
                "jsd": divergence,
            }
        confidence, classes = logits.softmax(dim=1).max(dim=1)
        counts = classes.bincount(minlength=len(priors)).double()
        certain = classes.bincount(confidence, minlength=len(priors)) / counts
        told = certain[counts >= min(20, counts.max())]
        return {
            "modes": float((counts >= 0.1 * priors * n).sum()),
            "lowest_share": float((counts / (priors * n)).min()),
            "class_kl": _kl(counts / n, priors),
            "confidence": float(confidence.mean()),
            "lowest_confidence": float(told.min() / confidence.mean()),
        }

    def neighbours(self, fake: Tensor) -> Scores:
        """Everything that two matrices of distances say."""
        n = self.n
        to_train = torch.cdist(fake, self.train)
        to_real = to_train[:, :n]
        among = torch.cdist(fake, fake).fill_diagonal_(torch.inf)
        third = among.kthvalue(3, dim=1).values
        close = among < self.near
        nearest, where = to_train.min(dim=1)
        return {
            "precision": float((to_real <= self.third).any(dim=1).double().mean()),
            "recall": float((to_real <= third[:, None]).any(dim=0).double().mean()),
            "density": float((to_real <= self.fifth).sum()) / (5 * n),
            "coverage": float((to_real.min(dim=0).values <= self.fifth).double().mean()),
            "near_duplicates": float(close.any(dim=1).double().mean()),
            "support": n * (n - 1) / 2 / max(1.0, float(close.sum()) / 2),
            "authentic": float((nearest > self.own[where]).double().mean()),
            "nn_ratio": float(nearest.quantile(0.5) / self.usual),
            "copied": float((nearest < self.closest).double().mean()),
        }


def _kl(share: Tensor, priors: Tensor) -> float:
    return float((torch.special.xlogy(share, share) - torch.special.xlogy(share, priors)).sum())


def _kl_floor(n: int, p: float) -> float:
    """One class's part of the expected divergence: E (x / n) ln(x / (n p)), x binomial."""
    x = np.arange(1, n + 1)
    return float((stats.binom.pmf(x, n, p) * x / n * np.log(x / (n * p))).sum())


def _fid_floor(pool: Tensor) -> float:
    """The mean distance of five random halvings, by the eigenvalues of the product of their covariances."""
    generator = torch.Generator().manual_seed(0)
    total = 0.0
    for _ in range(5):
        one, other = pool[torch.randperm(len(pool), generator=generator)].chunk(2)
        a, b = one.T.cov(), other.T.cov()
        shared = torch.linalg.eigvals(a @ b).real.clamp_min(0.0).sqrt().sum()
        total += float((one.mean(0) - other.mean(0)).square().sum() + a.trace() + b.trace() - 2.0 * shared)
    return total / 5
