"""Randomness as a value: seed -> step -> named place.

    bits_i = mix(((mix(mix(seed) + step) xor hash(place)) + i) * golden)

A stream is fixed by (seed, step, place), never by what was drawn before it. Adding a trick
therefore shifts nobody else's random numbers: all arms of a study see the same initial weights,
batches and latents for the same seed, and can be compared in pairs (common random numbers).

The mixing is splitmix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
generators", doi:10.1145/2660193.2660195) on int64 tensors; the normals are Box and Muller's (1958).
`torch.randn` cannot give this under vmap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_WORD = 1 << 64


def _signed(word: int) -> int:
    """The int64 with the same 64 bits as the unsigned `word`."""
    word %= _WORD
    return word - _WORD if word >= _WORD // 2 else word


_GOLDEN = _signed(0x9E3779B97F4A7C15)
_MIX_1 = _signed(0xBF58476D1CE4E5B9)
_MIX_2 = _signed(0x94D049BB133111EB)
_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_LOW_32 = (1 << 32) - 1


def _shift_right(word: Tensor, bits: int) -> Tensor:
    """Logical right shift; torch's own on int64 is arithmetic."""
    return (word >> bits) & ((1 << (64 - bits)) - 1)


def _mix(word: Tensor) -> Tensor:
    """The finaliser of splitmix64, a bijection of 64-bit words."""
    word = (word ^ _shift_right(word, 30)) * _MIX_1
    word = (word ^ _shift_right(word, 27)) * _MIX_2
    return word ^ _shift_right(word, 31)


def _hash(place: str, start: int) -> int:
    """FNV-1a of `place`. Pure Python, so that torch.compile traces it away (a C hash would not)."""
    value = start
    for byte in place.encode():
        value = ((value ^ byte) * _FNV_PRIME) % _WORD
    return value


@dataclass(frozen=True)
class Rng:
    """A place to draw random numbers from; drawing twice gives the same numbers twice."""

    key: Tensor
    """int64 scalar, made of seed and step."""
    dtype: torch.dtype = torch.float32
    """Type of the floats it draws."""
    place: int = _FNV_OFFSET
    """Hash of the path of names that led here."""

    @staticmethod
    def of(seed: Tensor, step: Tensor | int, dtype: torch.dtype = torch.float32) -> Rng:
        """The root of all randomness of one run at one step. `seed`: int64 scalar."""
        return Rng(_mix(_mix(seed + _GOLDEN) + step), dtype)

    def at(self, place: str) -> Rng:
        """The independent stream at `place` beneath this one."""
        return Rng(self.key, self.dtype, _hash("/" + place, self.place))

    def _bits(self, count: int) -> Tensor:
        index = torch.arange(count, dtype=torch.int64, device=self.key.device)
        # Not key + index * golden: torch.compile would fold that product into a signed C++ loop index,
        # whose overflow is undefined.
        return _mix(((self.key ^ _signed(self.place)) + index) * _GOLDEN)

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """Uniform on the open interval (0, 1), never exactly 0 or 1. Shape: `shape`."""
        bits = _shift_right(self._bits(math.prod(shape)), 41)
        return ((bits.to(self.dtype) + 0.5) * 2.0**-23).reshape(tuple(shape))

    def normal(self, shape: Sequence[int]) -> Tensor:
        """Standard normal. Shape: `shape`. One 64-bit word makes a pair of them."""
        count = math.prod(shape)
        bits = self._bits((count + 1) // 2)
        radius = (_shift_right(bits, 32).to(self.dtype) + 0.5) * 2.0**-32
        angle = (bits & _LOW_32).to(self.dtype) * (2.0 * math.pi * 2.0**-32)
        # In float32 the largest 32-bit integers round up to 1, where the logarithm is a harmless 0.
        radius = (-2.0 * torch.log(radius)).sqrt()
        pair = torch.cat([radius * torch.cos(angle), radius * torch.sin(angle)])
        return pair[:count].reshape(tuple(shape))

    def integers(self, shape: Sequence[int], high: int) -> Tensor:
        """Uniform int64 on {0, ..., high - 1}, high <= 2**31 (bias below 2**-32 * high). Shape: `shape`."""
        bits = _shift_right(self._bits(math.prod(shape)), 32)
        return ((bits * high) >> 32).reshape(tuple(shape))
