"""The bank: real features computed once, kept on disk, and never somebody else's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from clouds import NEIGHBOURLY, Cloud, normal, scorer
from torch import Tensor

from bench.features.extractor import Extractor, Wanted, load_extractor
from bench.metrics import _balls, _bank, _company
from bench.metrics._bank import NEIGHBOURS, Bank, Real, Scored
from bench.metrics._frechet import Moments
from bench.metrics._neighbours import nearest
from bench.metrics._split import split
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Samples
from gan.data.digits import Digits
from gan.recipe import Choice

DIGITS = Wanted("ganbench-digits")
DATA = Digits()
SAMPLES = DATA.load(Path())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty at the beginning of a test."""
    path = tmp_path / "cache"
    monkeypatch.setenv("GANBENCH_CACHE", str(path))
    return path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images each call of an extractor saw; all that there are go through in one batch."""
    calls: list[int] = []

    def counting(wanted: Wanted, device: str = "cpu") -> Extractor:
        known = load_extractor(wanted, device)

        def function(images: Tensor) -> tuple[Tensor, Tensor]:
            calls.append(len(images))
            return known.function(images)

        return replace(known, function=function, batch=1024)

    monkeypatch.setattr(_bank, "load_extractor", counting)
    return calls


def _bank_of(x: Tensor = SAMPLES.x, n: int = 200, seed: int = 0) -> Bank:
    return Bank(DATA, Samples(x, SAMPLES.priors), split(x, seed), n)


def _files(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


def test_a_second_bank_reads_what_the_first_computed(
    seen: list[int], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit: features, logits, moments, root and radii."""
    first = _bank_of().real(DIGITS)
    _, _, kept = first.moments, first.nearest, _files(cache)
    assert seen == [200] and len(kept) == 3
    monkeypatch.setattr(_bank, "nearest", None)
    monkeypatch.setattr(Moments, "of", None)
    second = _bank_of().real(DIGITS)
    assert torch.equal(first.features.values, second.features.values)
    assert torch.equal(first.features.logits, second.features.logits)
    assert torch.equal(first.nearest, second.nearest)
    for part in ("mean", "covariance", "triangle"):
        assert (getattr(first.moments, part) == getattr(second.moments, part)).all()
    assert seen == [200] and _files(cache) == kept, "read, not computed"


def test_nothing_is_computed_that_nobody_asks_for(cache: Path) -> None:
    """Moments of 2,000 features take seconds; each part is kept on its own, and points' features are not."""

    def kept() -> list[str]:
        return sorted(name.rpartition("-")[2].removesuffix(".safetensors") for name in _files(cache))

    real = _bank_of().real(DIGITS)
    assert kept() == ["features"]
    real.radius(3)
    assert kept() == ["features", "nearest"]
    assert real.moments.known_triangle is not None
    assert kept() == ["features", "moments", "nearest"]
    scorer(normal(80, 4), 40, "fid").oracle()
    assert kept() == ["features", "moments", "moments", "nearest"]


def test_one_bank_computes_each_part_once(seen: list[int]) -> None:
    """However often it is asked."""
    bank = _bank_of()
    assert bank.real(DIGITS) is bank.real(DIGITS)
    assert bank.real(DIGITS, "held_out") is bank.real(DIGITS, "held_out")
    assert seen == [200, 200]


def _changed_weights(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """An extractor of the same name that is another one."""

    def other(wanted: Wanted, device: str = "cpu") -> Extractor:
        known = load_extractor(wanted, device)

        def function(images: Tensor) -> tuple[Tensor, Tensor]:
            values, logits = known.function(images)
            return 3.0 * values, logits

        return replace(known, function=function, **changes)

    monkeypatch.setattr(_bank, "load_extractor", other)


@pytest.mark.parametrize("changed", ["data", "weights", "layer", "n", "seed"])
def test_nothing_stale_is_served(changed: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other data, weights, layer, number or split under the same names: another key, and another score."""
    choices = [Choice.of(METRICS, "kid")]
    fake = SAMPLES.x[:200].flip(3)

    def score(x: Tensor = SAMPLES.x, n: int = 200, seed: int = 0) -> dict[str, float]:
        return Scorer.of(DATA, Samples(x, SAMPLES.priors), choices, n, seed).score(fake[:n])

    before, files = score(), _files(cache)
    if changed in ("weights", "layer"):
        changes = {"sha256": "0" * 64} if changed == "weights" else {"layer": "another"}
        _changed_weights(monkeypatch, **changes)
    arguments: dict[str, Any] = {"data": {"x": -SAMPLES.x}, "n": {"n": 150}, "seed": {"seed": 1}}
    found = score(**arguments.get(changed, {}))
    assert _files(cache) > files, "the key differs"
    assert found["kid"] != pytest.approx(before["kid"], rel=1e-3), "and so does the score"
    monkeypatch.setenv("GANBENCH_CACHE", str(cache / "empty"))
    assert score(**arguments.get(changed, {})) == found, "which is that of an empty cache"


def test_a_damaged_entry_is_computed_again(seen: list[int], cache: Path) -> None:
    """And replaced."""
    expected = _bank_of().real(DIGITS).features.values
    (path,) = cache.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert torch.equal(_bank_of().real(DIGITS).features.values, expected)
    assert seen == [200, 200]
    _bank_of().real(DIGITS)
    assert seen == [200, 200]


def test_parts_are_the_splits() -> None:
    """Reference: the first training rows; training and held-out rows never meet."""
    x = torch.arange(80.0).reshape(40, 2)
    parts = split(x)
    bank = Bank(Cloud(2), Samples(x, torch.ones(1)), parts, 10)
    assert torch.equal(bank.rows("reference").points, parts.train[:10].double())
    assert torch.equal(bank.rows("train", 15).points, parts.train[:15].double())
    assert torch.equal(bank.rows("held_out").points, parts.held_out[:10].double())
    assert torch.equal(bank.real(None, "train", 1000).features.values, parts.train.double())


@pytest.mark.parametrize(("n", "d"), [(6, 2), (40, 2), (40, 8)])
@pytest.mark.parametrize("k", [1, 3, NEIGHBOURS, NEIGHBOURS + 1, 25, 100])
def test_a_radius_reaches_to_the_kth_neighbour(n: int, d: int, k: int) -> None:
    """Or to the farthest of those there are; beyond those that are kept it is computed, once."""
    x = normal(2 * n, d)
    real = scorer(x, n, "fid")._bank.real(None)
    distances = torch.cdist(
        real.features.values, real.features.values, compute_mode="donot_use_mm_for_euclid_dist"
    )
    expected = distances.sort(dim=1).values[:, min(k, n - 1)]
    torch.testing.assert_close(real.radius(k), expected, rtol=1e-9, atol=0)


def test_a_wide_radius_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs a pass over all distances."""
    calls: list[int] = []

    def counting(x: Tensor, k: int) -> Tensor:
        calls.append(k)
        return nearest(x, k)

    monkeypatch.setattr(_bank, "nearest", counting)
    real: Real = scorer(normal(80, 4), 40, "fid")._bank.real(None)
    for _ in range(3):
        real.radius(5)
        real.radius(20)
    assert calls == [NEIGHBOURS, 20]


def test_distances_are_computed_once_for_all_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated samples among each other, against the reference, and against the training set."""
    calls: list[str] = []

    def counting(name: str, function: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            calls.append(name)
            return function(*arguments)

        return counted

    of = scorer(normal(400, 8), 200, *NEIGHBOURLY)
    of.oracle()
    monkeypatch.setattr(_company, "crowd", counting("crowd", _company.crowd))
    monkeypatch.setattr(_company, "overlap", counting("overlap", _balls.overlap))
    monkeypatch.setattr(_bank, "closest", counting("closest", _bank.closest))
    of.score(normal(200, 8, seed=1))
    assert sorted(calls) == ["closest", "crowd", "overlap"]


def test_samples_are_seen_once_by_each_extractor(seen: list[int]) -> None:
    """Features cost more than every metric on them; the reference is not seen again."""
    choices = [Choice.of(METRICS, name) for name in ("modes", "fid", "kid", *NEIGHBOURLY)]
    of = Scorer.of(DATA, SAMPLES, choices, 200)
    of.score(SAMPLES.x[:200])
    seen.clear()
    of.score(SAMPLES.x[200:400])
    assert seen == [200]


def test_samples_know_what_they_are() -> None:
    """Images have no points, and points no pixels."""
    images, points = Scored(torch.zeros(2, 1, 4, 4)), Scored(torch.zeros(2, 3))
    assert images.raw.dtype == torch.uint8 and points.raw.dtype == torch.float64
    with pytest.raises(AssertionError, match="images"):
        _ = images.points
    with pytest.raises(AssertionError, match="points"):
        _ = points.images
    assert points.features(None).logits.shape == (2, 0)
