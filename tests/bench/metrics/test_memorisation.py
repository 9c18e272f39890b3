"""Memorisation: copies are told from fresh samples, exact ones, noisy ones, and a few among many."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest
import torch
from clouds import clouds, normal, reference, scorer
from hypothesis import given, settings
from torch import Tensor

from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.digits import Digits
from gan.recipe import Choice

WIDTHS = pytest.mark.parametrize("d", [2, 16], ids=["tree", "blocks"])


def _to(x: list[float], others: list[list[float]]) -> float:
    return min(math.dist(x, y) for y in others)


@given(clouds())
@settings(max_examples=60)
def test_shares_are_a_loops(cloud: tuple[Tensor, Tensor]) -> None:
    """Of any samples: sample by sample, any of the training samples that are nearest being the original."""
    data, fake = cloud
    of = scorer(data, len(fake), "memorisation")
    train, unseen, rows = of.train.tolist(), of.held_out.tolist(), fake.tolist()
    own = [_to(t, train[:i] + train[i + 1 :]) for i, t in enumerate(train)]
    possible = [0, 0]
    for x in rows:
        d = _to(x, train)
        radii = [own[i] for i, t in enumerate(train) if math.dist(x, t) <= d * (1 + 1e-9)]
        possible[0] += d > max(radii) * (1 + 1e-9)
        possible[1] += d > min(radii) * (1 + 1e-9)
    found = of.score(fake)
    assert possible[0] / len(rows) - 1e-9 <= found["authentic"] <= possible[1] / len(rows) + 1e-9
    held_out = sorted(_to(x, train) for x in unseen)
    limit = float(torch.quantile(torch.tensor(held_out, dtype=torch.float64), 0.01)) * (1 - 1e-9)
    distances = [_to(x, train) for x in rows]
    assert found["copied"] == pytest.approx(sum(d <= limit for d in distances) / len(rows))
    medians = statistics.median(distances), statistics.median(held_out)
    if medians[1] > 0:
        assert found["nn_ratio"] == pytest.approx(min(medians[0] / medians[1], 1e6))


@WIDTHS
def test_fresh_samples_are_authentic(d: int) -> None:
    """At the distance of held-out ones, half of them more or less; a hundredth looks like a copy."""
    of = scorer(normal(6000, d), 2000, "memorisation")
    for scores in (of.oracle(), of.score(normal(2000, d, seed=5))):
        assert 0.3 < scores["authentic"] < 0.8
        assert scores["nn_ratio"] == pytest.approx(1.0, abs=0.1)
        assert scores["copied"] == pytest.approx(0.01, abs=0.012)


@WIDTHS
def test_copies_are_found(d: int) -> None:
    """All of them, or a quarter, or under little noise: an average hides a quarter, the count does not."""
    of = scorer(normal(6000, d), 1000, "memorisation")
    copies, fresh = of.train[1500:2500], normal(1000, d, seed=5)
    assert of.score(copies) == {"authentic": 0.0, "nn_ratio": 0.0, "copied": 1.0}
    assert of.score(copies + 1e-5 * fresh)["copied"] == 1.0
    assert of.score(copies + 1e-5 * fresh)["authentic"] < 0.02
    quarter = of.score(torch.cat([copies[:250], fresh[:750]]))
    assert quarter["copied"] == pytest.approx(0.26, abs=0.015)
    assert quarter["nn_ratio"] > 0.7


@WIDTHS
def test_copies_count_where_held_out_samples_are_copies_too(d: int) -> None:
    """The 1st percentile is 0, and nothing is nearer than that; neighbours must not count either."""
    of = scorer(normal(100, d).repeat(20, 1), 500, "memorisation")
    assert of.score(of.train[:500]) == {"authentic": 0.0, "nn_ratio": 1.0, "copied": 1.0}
    beside = of.score(of.train[:500] + 1e-3)
    assert beside == {"authentic": 1.0, "nn_ratio": 1e6, "copied": 0.0}


def test_copies_of_samples_that_are_not_looked_at_go_unseen() -> None:
    """What the option costs, and what it is for."""
    x = normal(4000, 16)
    some, all_of_them = (scorer(x, 500, "memorisation", train=count) for count in (1000, 10_000))
    later = some.train[1500:2000]
    assert some.score(later)["copied"] < 0.05
    assert all_of_them.score(later)["copied"] == 1.0


def test_copied_digits_are_found() -> None:
    """As the bundled classifier sees them; the samples have passed eight bits and back."""
    data = Digits()
    of = Scorer.of(data, data.load(Path()), [Choice.of(METRICS, "memorisation")], 500)
    assert of.score(reference(of)) == {"authentic": 0.0, "nn_ratio": 0.0, "copied": 1.0}
    assert of.oracle()["copied"] < 0.03
