"""Sequences of symbols, of which few are words: data without a gradient between one value and the next.

    x = one-hot(w_k),   w_k ∈ {0, ..., S-1}^length,   k uniform on {0, ..., K-1},   hamming(w_j, w_k) ≥ 2

A generator of real numbers can only approach the corners of a cube, which tells D everything, and softening
them (temperature, Gumbel noise) is a trick of its own. The words are drawn once, by `seed`: the last symbol
makes every word's sum a multiple of S, so that changing one symbol of a word gives no other word; where
that leaves fewer than K words any will do. Two symbols are bits, {0, 1}^length; more are one-hot, `length`
times S numbers. The modes are the words; a sample counts for the word that its nearest corner spells.

Reference: Kusner and Hernández-Lobato 2016, "GANs for sequences of discrete elements with the
Gumbel-softmax distribution", arXiv:1611.04051.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from gan.data.base import Data, DataError, Samples
from gan.tree import knob, tree


@tree
class Discrete(Data):
    length: int = knob(8, unit="symbols", low=1, high=10_000)
    """Symbols in a word."""
    symbols: int = knob(4, unit="symbols", low=2, high=1000)
    """Size of the alphabet S; 2: bits."""
    modes: int = knob(16, unit="words", low=1, high=10_000)
    """Number of words K."""
    seed: int = knob(0, unit="seed", low=0, high=2_147_483_647)
    """Of the words."""
    size: int = knob(20_000, unit="samples", low=1, high=10_000_000)
    """Words drawn once and indexed ever after."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.length if self.symbols == 2 else self.length * self.symbols,)

    @property
    def spread(self) -> int | None:
        return 0

    @property
    def alphabet(self) -> int | None:
        return self.symbols

    def fits(self) -> str | None:
        return _too_few(self.modes, self.length, self.symbols)

    def load(self, root: Path, download: bool = False) -> Samples:
        centres = encoded(words(self.modes, self.length, self.symbols, self.seed), self.symbols)
        labels = torch.randint(self.modes, (self.size,), generator=torch.Generator().manual_seed(0))
        priors = torch.full((self.modes,), 1.0 / self.modes, dtype=torch.float64)
        return Samples(centres[labels], priors, centres, sigma=0.0)


def words(count: int, length: int, symbols: int, seed: int) -> Tensor:
    """Different random words, int64 `count` x `length`.

    Raises:
        DataError: There are not so many.
    """
    if reason := _too_few(count, length, symbols):
        raise DataError(f"discrete: {reason}")
    checked = count <= symbols ** (length - 1)
    generator = torch.Generator().manual_seed(seed)
    found: dict[tuple[int, ...], None] = {}
    while len(found) < count:
        drawn = torch.randint(symbols, (count, length), generator=generator)
        if checked:
            drawn[:, -1] = -drawn[:, :-1].sum(dim=1) % symbols
        found.update(dict.fromkeys(map(tuple, drawn.tolist())))
    return torch.tensor(list(found)[:count])


def _too_few(count: int, length: int, symbols: int) -> str | None:
    """Why there are not `count` different words; None if there are."""
    if count <= symbols**length:
        return None
    return (
        f"{symbols} symbols make {symbols**length} words of length {length}, not {count}; "
        "lower `modes`, or raise `length` or `symbols`"
    )


def encoded(words: Tensor, symbols: int) -> Tensor:
    """Words, int64 N x length, as samples: float32, N x length of bits, or N x length * symbols."""
    return words.float() if symbols == 2 else F.one_hot(words, symbols).flatten(1).float()
