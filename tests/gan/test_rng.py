"""Streams are uniform, normal, independent of each other, and the same alone as under vmap."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gan.rng import Rng

DTYPES = [torch.float32, torch.float64]
COUNT = 100_000


def rng(seed: int = 0, step: int = 0, dtype: torch.dtype = torch.float64) -> Rng:
    return Rng.of(torch.tensor(seed), step, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_uniforms_are_uniform_on_the_open_interval(dtype: torch.dtype) -> None:
    """Never exactly 0 or 1, and Kolmogorov-Smirnov has nothing to object."""
    x = rng(3, dtype=dtype).at("u").uniform((1_000_000,))
    assert x.dtype == dtype
    assert x.min() > 0.0 and x.max() < 1.0, "a logarithm of either is finite"
    assert stats.kstest(x[:COUNT].double().numpy(), "uniform").pvalue > 0.01


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", [0, 1, -7, 2**40])
def test_normals_are_standard_normal(dtype: torch.dtype, seed: int) -> None:
    """Kolmogorov-Smirnov, and the first four moments to five standard errors."""
    x = rng(seed, dtype=dtype).at("z").normal((COUNT,)).double()
    assert stats.kstest(x.numpy(), "norm").pvalue > 0.01
    for power, moment, variance in ((1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)):
        error = 5.0 * math.sqrt(variance / COUNT)
        assert abs(float((x**power).mean()) - moment) < error, f"moment {power}"


@given(seed=st.integers(-(2**63), 2**63 - 1), step=st.integers(-2, 10**9), place=st.text(max_size=20))
def test_every_stream_is_finite_and_in_range(seed: int, step: int, place: str) -> None:
    """For every seed, step and place, in both precisions."""
    for dtype in DTYPES:
        stream = rng(seed, step, dtype).at(place)
        assert stream.normal((257,)).isfinite().all()
        uniform = stream.uniform((257,))
        assert ((uniform > 0.0) & (uniform < 1.0)).all()
        integers = stream.integers((257,), 7)
        assert ((integers >= 0) & (integers < 7)).all()


@pytest.mark.parametrize("high", [1, 2, 10, 1797])
def test_integers_are_in_range_and_uniform(high: int) -> None:
    """Chi-squared over all values."""
    x = rng(1).at("i").integers((COUNT,), high)
    assert x.dtype == torch.int64 and int(x.min()) >= 0 and int(x.max()) < high
    if high > 1:
        assert stats.chisquare(np.bincount(x.numpy(), minlength=high)).pvalue > 0.01


def test_integers_reach_the_largest_range() -> None:
    """2**31 values fit without overflow."""
    x = rng(1).at("i").integers((COUNT,), 2**31)
    assert int(x.min()) >= 0 and 0.999 * 2**31 < int(x.max()) < 2**31


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (rng().at("a"), rng().at("b")),
        (rng().at("a"), rng().at("a").at("a")),
        (rng(0).at("a"), rng(1).at("a")),
        (rng(0, 0).at("a"), rng(0, 1).at("a")),
        (rng(0, 1).at("a"), rng(1, 0).at("a")),
    ],
    ids=["places", "nested places", "seeds", "steps", "seed and step swapped"],
)
def test_streams_are_independent(one: Rng, other: Rng) -> None:
    """No correlation, at no small shift, and no number in common."""
    a, b = one.normal((COUNT,)).numpy(), other.normal((COUNT,)).numpy()
    for shift in (0, 1, 2):
        correlation = np.corrcoef(a[shift:], b[: COUNT - shift])[0, 1]
        assert abs(correlation) < 5.0 / math.sqrt(COUNT), f"shifted by {shift}"
    assert not np.intersect1d(a, b).size


def test_neighbours_in_a_stream_are_independent() -> None:
    """Neither successive numbers nor the two halves of Box and Muller's pairs are correlated."""
    x = rng().at("a").normal((COUNT,)).numpy()
    for lag in (1, 2, COUNT // 2):
        for a, b in ((x[lag:], x[:-lag]), (x[lag:] ** 2, x[:-lag] ** 2)):
            assert abs(np.corrcoef(a, b)[0, 1]) < 5.0 / math.sqrt(COUNT - lag), f"lag {lag}"


def test_a_path_of_places_is_not_its_concatenation() -> None:
    """`at("ab")`, `at("a").at("b")` and `at("b").at("a")` are three streams."""
    streams = [rng().at("ab"), rng().at("a").at("b"), rng().at("b").at("a")]
    assert len({float(stream.normal((1,))) for stream in streams}) == 3


def test_drawing_is_repeatable_and_touches_no_global_state() -> None:
    """A stream is a value."""
    before = torch.get_rng_state()
    stream = rng(5, 7).at("z")
    first = stream.normal((10,))
    stream.at("other").uniform((3,))
    assert torch.equal(first, stream.normal((10,)))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_alone_as_under_vmap(dtype: torch.dtype) -> None:
    """Bit for bit, for normals, uniforms and integers."""

    def draw(seed: torch.Tensor) -> tuple[torch.Tensor, ...]:
        stream = Rng.of(seed, 3, dtype).at("z")
        return stream.normal((5, 3)), stream.uniform((4,)), stream.integers((6,), 100)

    seeds = torch.tensor([0, 1, 99])
    together = torch.vmap(draw)(seeds)
    for index, seed in enumerate(seeds):
        for a, b in zip(draw(seed), together, strict=True):
            assert torch.equal(a, b[index])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("word", [0, -1, -(2**63), 2**63 - 1, 2**32 - 1, -(2**32)])
def test_the_rarest_words_are_harmless(
    word: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All bits 0, all bits 1 and the like come once in 2**64 draws: still in range, still finite."""
    monkeypatch.setattr(Rng, "_bits", lambda self, count: torch.full((count,), word))
    stream = rng(dtype=dtype)
    uniform = stream.uniform((1,))
    assert float(uniform) > 0.0 and float(uniform) < 1.0
    assert stream.normal((2,)).isfinite().all()
    assert int(stream.integers((1,), 2**31)) in range(2**31)
