"""Every variant of every loss, and one at a pair of logits, to be compared with a calculation by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from bench.contracts.losses import structures
from gan.losses.base import Loss, Targets
from gan.registry import LOSSES


@dataclass(frozen=True)
class Variant:
    """One loss at one choice of its structure."""

    name: str
    structure: dict[str, Any]

    def loss(self, **numbers: float) -> Loss:
        """It, with these knobs and the other knobs at their defaults."""
        made: Loss = LOSSES.load(self.name)(**self.structure, **numbers)
        return made

    def __str__(self) -> str:
        return "-".join([self.name, *(f"{key}={value}" for key, value in self.structure.items())])


def variants() -> list[Variant]:
    """Every loss at every choice of every structural knob."""
    return [Variant(spec.name, structure) for spec in LOSSES.specs() for structure in structures(spec)]


@dataclass(frozen=True)
class Seen:
    """Both losses and their slopes."""

    d: float
    d_real: float
    """Slope of D's loss in its logit on the real sample."""
    d_fake: float
    g: float
    g_fake: float
    g_real: float


def at(loss: Loss, real: float, fake: float, targets: Targets | None = None) -> Seen:
    """`loss` for a batch of one real and one generated sample with these logits."""
    real_B, fake_B = (torch.tensor([x], dtype=torch.float64, requires_grad=True) for x in (real, fake))
    d = loss.discriminator(real_B, fake_B, targets or loss.targets)
    g = loss.generator(fake_B, real_B if loss.pairs else None, loss.targets)
    d_slopes = torch.autograd.grad(d, [real_B, fake_B])
    g_slopes = torch.autograd.grad(g, [fake_B, real_B], allow_unused=True)
    slopes = [0.0 if slope is None else float(slope) for slope in (*d_slopes, *g_slopes)]
    return Seen(float(d.detach()), slopes[0], slopes[1], float(g.detach()), slopes[2], slopes[3])


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def softplus(x: float) -> float:
    return math.log(1.0 + math.exp(x))
