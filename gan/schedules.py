"""Numbers that change over training: pure functions of its progress t in [0, 1].

A knob whose annotation is `Scheduled` is a number or a `Schedule`; a component asks `value(knob, at.t)`
for what it is now. With u = (t - begin) / (until - begin), held within [0, 1], and n = count:

    constant     a                                  step     a + (b - a) min(1, ⌊(n + 1) u⌋ / n)
    linear       a + (b - a) u                      cyclic   a + (b - a) (1 - cos π(nu - ⌊nu⌋)) / 2
    cosine       a + (b - a) (1 - cos πu) / 2       warmup   linear, by default from 0
    exponential  a + (b - a) (1 - e^(-5u)) / (1 - e^(-5))
    geometric    a (b / a)^u
    logarithmic  a / log₂(2 (1 - u) + 2^(a/b) u)
    inverse      a / (1 + (a / b - 1) u)

Each is exactly `start` (a) up to `begin`, exactly `end` (b) from `until` on, and never outside of the two;
only `cyclic` turns back. `logarithmic` is C / log(1 + k) over sweeps k = 1, ..., K, where both ends decide
C and K: a large a / b asks for 2^(a/b) sweeps, so nearly all of its way is in the first of them.

Reference: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts",
arXiv:1608.03983 (cosine; cyclic); Goyal et al. 2017, arXiv:1706.02677 (warmup); Kirkpatrick, Gelatt and
Vecchi 1983, "Optimization by simulated annealing", doi:10.1126/science.220.4598.671 (geometric); Geman and
Geman 1984, doi:10.1109/TPAMI.1984.4767596 (logarithmic); Szu and Hartley 1987, "Fast simulated annealing",
doi:10.1016/0375-9601(87)90796-1 (inverse).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import torch
from torch import Tensor

from gan.registry import Shape
from gan.shapes import default, spelled_out
from gan.tree import tree

Number: TypeAlias = float | Tensor
N = TypeVar("N", float, Tensor, Number)
_SMALLEST = 1e-12
"""Keeps a way or ramp of no length from dividing by 0."""


@tree
class Schedule:
    """A number's way through training. `shape` is structure, the numbers are knobs."""

    shape: Shape
    start: float
    end: float
    begin: float = 0.0
    """Progress up to which the value is `start`."""
    until: float = 1.0
    """Progress from which on it is `end`."""
    count: float = 1.0
    """Number n of jumps or cycles."""
    warmup: float = 0.0
    """Progress until which the value is also multiplied by t / warmup."""

    @staticmethod
    def of(given: dict[str, Any]) -> Schedule:
        """The schedule that a mapping describes. Raises KeyError for a key that is missing."""
        return Schedule(**spelled_out(given))


Scheduled: TypeAlias = float | Schedule
"""Annotation of a knob that may change over training; inside a cohort, its numbers are tensors."""


def ends(knob: Scheduled) -> tuple[float, float]:
    """Where a knob begins and where it ends, before anything of it is a tensor; a number does both."""
    return (knob.start, knob.end) if isinstance(knob, Schedule) else (knob, knob)


def value(knob: N | Schedule, t: Tensor) -> N | Tensor:
    """What a knob is at progress `t`, in its own unit; a plain number is returned as it is."""
    if not isinstance(knob, Schedule):
        return knob
    begin, until, warmup = (_like(t, number) for number in (knob.begin, knob.until, knob.warmup))
    u = (t - begin) / (until - begin).clamp(min=_SMALLEST)
    found = between(knob.start, knob.end, knob.shape, u, knob.count)
    return torch.where(t < warmup, found * (t / warmup.clamp(min=_SMALLEST)), found)


def between(start: Number, end: Number, shape: Shape, u: Tensor, count: Number | None = None) -> Tensor:
    """Value after a share `u` of the way from `start` to `end`, in their unit; shape of `u`.

    Args:
        start: Value for u = 0 and before; above 0 for `geometric`, `logarithmic` and `inverse`.
        end: Value for u = 1 and after; likewise.
        shape: Of the way.
        u: Share of the way, clamped to [0, 1].
        count: Jumps of `step` or cycles of `cyclic`; by default those of `gan.shapes`.
    """
    a, b, u = _like(u, start), _like(u, end), u.clamp(0.0, 1.0)
    if shape == "constant":
        return a + torch.zeros_like(u)
    n = _like(u, count if count is not None else default(shape, "count") or 1.0)
    on_the_way = _RATIOS[shape](a, b, u) if shape in _RATIOS else a + (b - a) * _FRACTIONS[shape](u, n)
    # A rounding error must not take a probability beyond 1, nor keep the end from being reached.
    inside = torch.minimum(torch.maximum(on_the_way, torch.minimum(a, b)), torch.maximum(a, b))
    return torch.where(u >= 1.0, b, inside)


def annealed(t: Tensor, until: float) -> Tensor:
    """Falls linearly from 1 at t = 0 to 0 at t = `until` and stays there."""
    return (1.0 - t / until).clamp(0.0, 1.0)


def _like(t: Tensor, number: Number) -> Tensor:
    return torch.as_tensor(number, dtype=t.dtype, device=t.device)


def _linear(u: Tensor, n: Tensor) -> Tensor:
    return u


def _cosine(u: Tensor, n: Tensor) -> Tensor:
    return 0.5 * (1.0 - torch.cos(math.pi * u))


def _exponential(u: Tensor, n: Tensor) -> Tensor:
    return (1.0 - torch.exp(-5.0 * u)) / (1.0 - math.exp(-5.0))


def _step(u: Tensor, n: Tensor) -> Tensor:
    return (torch.floor((n + 1.0) * u) / n).clamp(max=1.0)


def _cyclic(u: Tensor, n: Tensor) -> Tensor:
    return _cosine(n * u - torch.floor(n * u), n)


def _geometric(a: Tensor, b: Tensor, u: Tensor) -> Tensor:
    return a * (b / a) ** u


def _logarithmic(a: Tensor, b: Tensor, u: Tensor) -> Tensor:
    # The logarithm of the sum, without the power that overflows.
    return a / torch.logaddexp2(1.0 + torch.log2(1.0 - u), a / b + torch.log2(u))


def _inverse(a: Tensor, b: Tensor, u: Tensor) -> Tensor:
    return a / (1.0 + (a / b - 1.0) * u)


_FRACTIONS: dict[Shape, Callable[[Tensor, Tensor], Tensor]] = {
    "linear": _linear,
    "warmup": _linear,
    "cosine": _cosine,
    "exponential": _exponential,
    "step": _step,
    "cyclic": _cyclic,
}
"""Share of the way from start to end."""
_RATIOS: dict[Shape, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "geometric": _geometric,
    "logarithmic": _logarithmic,
    "inverse": _inverse,
}
"""The value itself, where it depends on the ratio of the ends."""
