"""Pure functions of training progress t in [0, 1].

Each shape maps progress to the travelled fraction of the way from a start value to an end value:
shape(0) = 0 and shape(1) = 1 (`constant` stays at the start).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan.registry import Shape


def fraction(shape: Shape, t: Tensor) -> Tensor:
    """Fraction of the way from start to end at progress `t`, both in [0, 1].

    `exponential` is (1 - e^(-5t)) / (1 - e^(-5)): most of the way is made early.
    """
    t = t.clamp(0.0, 1.0)
    if shape == "constant":
        return torch.zeros_like(t)
    if shape == "linear":
        return t
    if shape == "cosine":
        return 0.5 * (1.0 - torch.cos(math.pi * t))
    return (1.0 - torch.exp(-5.0 * t)) / (1.0 - math.exp(-5.0))


def between(start: float, end: float, shape: Shape, t: Tensor) -> Tensor:
    """Value at progress `t` on the way from `start` to `end`, in their unit."""
    return start + (end - start) * fraction(shape, t)


def annealed(t: Tensor, until: float) -> Tensor:
    """Falls linearly from 1 at t = 0 to 0 at t = `until` and stays there."""
    return (1.0 - t / until).clamp(0.0, 1.0)
