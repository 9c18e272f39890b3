"""The shapes that a schedule may have, in words: listings and checks read them without importing torch.

A schedule is written as a mapping with the keys `KEYS`. With u = (t - begin) / (until - begin), held
within [0, 1], a = start and b = end, every shape is a function of u; `gan.schedules` computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gan.registry import Shape

KEYS: dict[str, str] = {
    "shape": "how the value goes from start to end; linear if it is left out",
    "start": "value a until `begin`",
    "end": "value b from `until` on",
    "begin": "training progress, from 0 to 1, at which the way begins; 0 if it is left out",
    "until": "training progress at which the end is reached; 1 if it is left out",
    "count": "number of jumps (step) or of cycles (cyclic)",
    "warmup": "training progress until which the value is also ramped up, linearly from 0; 0 is no ramp",
}
"""What a schedule's mapping may hold, and what each key means."""
_SGDR = "Loshchilov and Hutter 2017, arXiv:1608.03983"
_WAY = ("start", "end", "begin", "until", "warmup")


@dataclass(frozen=True)
class Outline:
    """What there is to know about a shape without computing it."""

    formula: str
    """Its value as a function of u."""
    doc: str
    """What is special about it, in a line."""
    reference: str = ""
    """Where it comes from; empty for what has no source."""
    keys: tuple[str, ...] = _WAY
    """The keys, besides `shape`, that act in it."""
    defaults: Mapping[str, float] = field(default_factory=dict)
    """Where they differ from those of most shapes."""
    positive: bool = False
    """Whether both ends must be above 0."""


OUTLINES: dict[Shape, Outline] = {
    "constant": Outline("a", "the start, always", keys=("start", "warmup")),
    "linear": Outline("a + (b - a) u", "in equal strides"),
    "cosine": Outline("a + (b - a) (1 - cos πu) / 2", "slow at both ends", _SGDR),
    "exponential": Outline(
        "a + (b - a) (1 - e^(-5u)) / (1 - e^(-5))",
        "most of the way early, whatever the ends; for a constant factor a step take geometric",
    ),
    "step": Outline(
        "a + (b - a) min(1, ⌊(n + 1) u⌋ / n)",
        "n = count equal jumps between n + 1 equally long stays",
        keys=(*_WAY, "count"),
        defaults={"count": 1.0},
    ),
    "cyclic": Outline(
        "a + (b - a) (1 - cos π(nu - ⌊nu⌋)) / 2",
        "n = count cosines from a to b with restarts from a; ends at b",
        _SGDR,
        keys=(*_WAY, "count"),
        defaults={"count": 4.0},
    ),
    "warmup": Outline(
        "a + (b - a) u",
        "linear, by default from 0 over the first tenth; the key `warmup` puts a ramp before other shapes",
        "Goyal et al. 2017, arXiv:1706.02677",
        keys=("start", "end", "begin", "until"),
        defaults={"start": 0.0, "until": 0.1},
    ),
    "geometric": Outline(
        "a (b / a)^u",
        "a constant factor a step; ends above 0",
        "Kirkpatrick, Gelatt and Vecchi 1983, doi:10.1126/science.220.4598.671",
        positive=True,
    ),
    "logarithmic": Outline(
        "a / log₂(2 (1 - u) + 2^(a/b) u)",
        "C / log(1 + k) over sweeps k = 1, ..., K, where the ends decide C and K; ends above 0",
        "Geman and Geman 1984, doi:10.1109/TPAMI.1984.4767596",
        positive=True,
    ),
    "inverse": Outline(
        "a / (1 + (a / b - 1) u)",
        "C / (1 + k), as in fast annealing: 1 / value grows linearly; ends above 0",
        "Szu and Hartley 1987, doi:10.1016/0375-9601(87)90796-1",
        positive=True,
    ),
}
"""Every shape, in the order in which they are listed."""
_DEFAULTS = {"begin": 0.0, "until": 1.0, "count": 1.0, "warmup": 0.0}


def default(shape: Shape, key: str) -> float | None:
    """What `key` is where a schedule of this shape does not say; None if it must."""
    return OUTLINES[shape].defaults.get(key, _DEFAULTS.get(key))


def spelled_out(given: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule's mapping with every key of `KEYS`. Raises KeyError for a missing one without a default."""
    shape: Shape = given.get("shape", "linear")
    whole: dict[str, Any] = {"shape": shape}
    for key in KEYS:
        if key == "shape":
            continue
        value = given.get(key, default(shape, key))
        if value is None and shape == "constant" and key == "end":
            value = whole["start"]
        if value is None:
            raise KeyError(key)
        whole[key] = float(value)
    return whole
