"""What holds for every metric that rests on neighbours."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from clouds import NEIGHBOURLY, clouds, normal, reference, scorer
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Samples
from gan.data.digits import Digits
from gan.recipe import Choice

SHARES = ["precision", "recall", "coverage", "coverage_expected", "near_duplicates", "authentic", "copied"]
SHARES += ["one_nn", "one_nn_real", "one_nn_fake"]


@given(clouds(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=100)
def test_scores_are_of_a_set_finite_and_shares(
    cloud: tuple[Tensor, Tensor], random: object, tiny: bool
) -> None:
    """In any order; for ties, duplicates, all equal, 2 to 6 samples, coordinates up to 1e150 or down to 0."""
    data, fake = (x * 1e-200 for x in cloud) if tiny else cloud
    order = list(range(len(fake)))
    random.shuffle(order)  # type: ignore[attr-defined]
    of = scorer(data, len(fake), *NEIGHBOURLY)
    scores = of.score(fake)
    assert all(math.isfinite(value) for value in scores.values())
    assert all(0.0 <= scores[name] <= 1.0 for name in SHARES)
    assert 1.0 <= scores["support"] <= max(1.0, len(fake) * (len(fake) - 1) / 2)
    assert scores["density"] >= 0.0 and scores["nn_ratio"] >= 0.0
    # A sample that is equally near to two training samples may be held against either of them.
    settled = scores.keys() - {"authentic"}
    again = of.score(fake[order])
    for name in settled:
        assert again[name] == pytest.approx(scores[name], rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize("d", [2, 24])
def test_the_order_of_many_samples_does_not_matter(d: int) -> None:
    """Of the blocks, neither; copies and duplicates among them."""
    of = scorer(normal(1600, d), 800, *NEIGHBOURLY)
    fake = torch.cat([normal(500, d, seed=1), of.train[600:800], normal(50, d, seed=2).repeat(2, 1)])
    order = torch.randperm(800, generator=torch.Generator().manual_seed(4))
    assert of.score(fake[order]) == pytest.approx(of.score(fake), rel=1e-9)


def test_a_score_does_not_depend_on_which_others_are_asked_for() -> None:
    """Though they share their distances; with unusual options too, and in any order."""
    x, fake = normal(400, 8), normal(200, 8, seed=1)
    options = {"precision_recall": {"k": 7, "k_coverage": 2}}
    alone: dict[str, float] = {}
    for name in NEIGHBOURLY:
        alone |= scorer(x, 200, name, **options.get(name, {})).score(fake)
    choices = [Choice.of(METRICS, name, **options.get(name, {})) for name in reversed(NEIGHBOURLY)]
    of = scorer(x, 200, *NEIGHBOURLY)
    together = Scorer.of(of._bank.data, Samples(x, torch.ones(1).double()), choices, 200).score(fake)
    assert together == alone


def _plain(real: Tensor, fake: Tensor, train: Tensor, unseen: Tensor) -> dict[str, float]:
    """The straightforward way: full matrices and full sorts, each metric for itself."""
    n = len(real)
    rr = torch.cdist(real, real).sort(dim=1).values
    ff = torch.cdist(fake, fake).sort(dim=1).values
    fr = torch.cdist(fake, real)
    scores = {
        "precision": (fr <= rr[:, 3]).any(dim=1).double().mean(),
        "recall": (fr <= ff[:, 3:4]).any(dim=0).double().mean(),
        "density": (fr <= rr[:, 5]).sum() / (5 * n),
        "coverage": (fr <= rr[:, 5]).any(dim=0).double().mean(),
    }
    tau = rr[:, 1].quantile(0.01)
    apart = torch.cdist(fake, fake)
    scores["support"] = n * (n - 1) / 2 / (((apart < tau).sum() - n) / 2).clamp_min(1)
    to_train = torch.cdist(fake, train).min(dim=1)
    own = torch.cdist(train, train).sort(dim=1).values[:, 1]
    scores["authentic"] = (to_train.values > own[to_train.indices]).double().mean()
    held_out = torch.cdist(unseen, train).amin(dim=1)
    scores["nn_ratio"] = to_train.values.quantile(0.5) / held_out.quantile(0.5)
    return {name: float(value) for name, value in scores.items()}


@pytest.mark.parametrize("d", [64, 2], ids=["features", "points"])
def test_they_equal_the_straightforward_way(d: int) -> None:
    """At 1,000 samples, where blocks and trees are at work."""
    of = scorer(normal(2000, d), 1000, "precision_recall", "support", "memorisation")
    fake, real = normal(1000, d, seed=1), reference(of)
    expected = _plain(real, fake, of.train, of.held_out)
    found = of.score(fake)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6)


def test_collapse_of_digits_shows_in_all_of_them() -> None:
    """One prototype a class: precise, and nothing else."""
    data = Digits()
    samples = data.load(Path())
    of = Scorer.of(data, samples, [Choice.of(METRICS, name) for name in NEIGHBOURLY], 800)
    healthy = of.oracle()
    few = of.score(of.held_out[torch.arange(800) % 10])
    assert few["coverage"] < 0.2 * healthy["coverage"] and few["recall"] < 0.2 * healthy["recall"]
    assert few["support"] == pytest.approx(10, rel=0.2) and few["near_duplicates"] == 1.0
    assert few["one_nn_fake"] == 1.0 and few["precision"] > 0.5
