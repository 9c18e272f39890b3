"""Vendi score: how many different samples there effectively are, against as many real ones.

    VS(X) = exp( -Σ_i λ_i ln λ_i ),   λ the eigenvalues of K / N,   K_ij = cos(x_i, x_j)
    vendi = VS(generated) / VS(real)
    vendi within = Σ_c share_real(c) VS(generated of class c) / VS(real of class c)

A perfect generator has 1. `vendi_within` is reported where a classifier knows the modes of the data:
classes are its own on both sides, one that is never generated counts 0, and a stack of three digits is
taken apart into three samples. Over all classes the score saturates (one lost class of MNIST's ten costs a
percent); within them it sees one prototype a class.

It goes up with noise, and it is BLIND to quality: a value above 1 is worse samples, not better ones, so
it describes and never ranks: read it beside precision. It does not see unequal shares of classes much, nor
copies. The kernel compares the directions of features from the origin; points on a plane have one direction
in all that a ring is about, and are declined. Eigenvalues are those of the smaller of the N x N and the
D x D matrix, which agree. Samples without any feature have no direction and are left out.

Reference: Friedman and Dieng 2023, "The Vendi score: a diversity evaluation metric for machine learning",
arXiv:2210.02410.
"""

from __future__ import annotations

import math
from collections.abc import Hashable

import torch
from torch import Tensor

from bench.features.extractor import Features, Wanted, knows_modes
from bench.metrics._bank import Bank, Scored
from bench.metrics._seen import are_points, declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree


@tree
class Vendi(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        whole = Output("vendi", "Vendi ratio", "none", digits=3, headline=False)
        wanted = self.reads(data)
        if wanted is None or not knows_modes(wanted.name):
            return (whole,)
        return whole, Output("vendi_within", "Vendi ratio in classes", "none", digits=3, headline=False)

    def fits(self, data: Data) -> str | None:
        if are_points(data):
            return "the cosine of raw coordinates compares only directions from the origin; ask for `modes`"
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        if not primary:
            return []
        return [
            "noise raises it as diversity does; make `fid`, `precision_recall` or `modes` the primary metric"
        ]

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        assert wanted is not None, "points are declined"
        fake, real = bank.features(samples, wanted), bank.real(wanted).features
        whole = bank.once(("vendi", wanted), lambda: effective_number(real.values))
        scores = {"vendi": effective_number(fake.values) / whole}
        if knows_modes(wanted.name):
            classes = bank.extractor(wanted).classes
            key: Hashable = ("vendi within", wanted)
            shares, of_real = bank.once(key, lambda: _by_class(real, classes))
            _, of_fake = _by_class(fake, classes)
            ratios = [
                share * mine / theirs
                for share, mine, theirs in zip(shares, of_fake, of_real, strict=True)
                if share > 0.0
            ]
            scores["vendi_within"] = math.fsum(ratios)
        return scores


def effective_number(x: Tensor) -> float:
    """The Vendi score, from 1 to min(N, D), of the rows of `x`, float64 N x D, with the cosine kernel."""
    # Divided by their largest entry first, so that no square overflows or vanishes.
    largest = x.abs().amax(dim=1, keepdim=True)
    x = x[largest[:, 0] > 0.0] / largest[largest[:, 0] > 0.0]
    if len(x) == 0:
        return 1.0
    x = x / x.norm(dim=1, keepdim=True)
    similar = x @ x.T if len(x) < x.shape[1] else x.T @ x
    share = torch.linalg.eigvalsh(similar).clamp_min(0.0)
    share = share / share.sum()
    return math.exp(-float(torch.special.xlogy(share, share).sum()))


def _by_class(features: Features, classes: int) -> tuple[list[float], list[float]]:
    """Every class's share of the samples, `classes` a channel, and its Vendi score, 0 if it has none."""
    logits = features.logits.reshape(-1, classes)
    found, values = logits.argmax(dim=1), features.values.reshape(len(logits), -1)
    members = [values[found == k] for k in range(classes)]
    shares = [len(rows) / len(values) for rows in members]
    return shares, [effective_number(rows) if len(rows) else 0.0 for rows in members]
