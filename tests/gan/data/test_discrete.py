"""Words are different, far enough apart where that can be, and coded as the alphabet says."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from archives import refuses
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.data.discrete import Discrete, words
from gan.data.errors import DataError


@given(st.integers(1, 5), st.integers(2, 4), st.integers(1, 30), st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_words_differ_in_two_symbols_wherever_that_is_possible(
    length: int, symbols: int, count: int, seed: int
) -> None:
    """No code of distance 2 has more than S^(length - 1) words (Singleton); up to there, ours has it."""
    if count > symbols**length:
        with pytest.raises(DataError, match="lower `modes`, or raise `length`"):
            words(count, length, symbols, seed)
        return
    found = words(count, length, symbols, seed)
    assert found.shape == (count, length) and 0 <= found.min() <= found.max() < symbols
    least = 2 if count <= symbols ** (length - 1) else 1
    for one, other in itertools.combinations(found, 2):
        assert int((one != other).sum()) >= least


def test_two_symbols_are_bits_and_more_are_one_hot() -> None:
    """A sample decodes to a word, position after position."""
    bits = Discrete(length=6, symbols=2, modes=4, size=40).load(Path())
    assert bits.x.shape == (40, 6) and set(bits.x.unique().tolist()) == {0.0, 1.0}
    data = Discrete(length=5, symbols=3, modes=4, seed=2, size=40)
    hot = data.load(Path())
    assert hot.x.shape == (40, 15) and data.alphabet == 3
    spelt = hot.x.reshape(40, 5, 3).argmax(dim=2)
    known = {tuple(word) for word in words(4, 5, 3, seed=2).tolist()}
    assert {tuple(word) for word in spelt.tolist()} == known


def test_centres_are_the_words_and_equally_frequent() -> None:
    """Five standard errors."""
    samples = Discrete(modes=4, size=8000).load(Path())
    assert samples.centres is not None and samples.sigma == 0.0
    hits = (samples.x[:, None] == samples.centres).all(dim=2)
    assert (hits.sum(dim=1) == 1).all()
    for count in hits.sum(dim=0).tolist():
        assert count == pytest.approx(2000, abs=5 * (8000 * 3 / 16) ** 0.5)
    assert torch.equal(samples.priors, torch.full((4,), 0.25, dtype=torch.float64))


def test_more_words_than_there_are_is_declined() -> None:
    """By the options alone: 2 bits make 4 words, and 4 of them can be."""
    data = Discrete(length=2, symbols=2, modes=5)
    reason = "2 symbols make 4 words of length 2, not 5; lower `modes`, or raise `length` or `symbols`"
    assert data.fits() == reason
    refuses(data, Path(), f"discrete: {reason}")
    enough = Discrete(length=2, symbols=2, modes=4, size=10)
    assert enough.fits() is None and enough.load(Path()).centres is not None


def test_another_seed_is_another_set_of_words() -> None:
    assert not torch.equal(words(16, 8, 4, 0), words(16, 8, 4, 1))
