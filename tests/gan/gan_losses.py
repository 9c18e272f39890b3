"""A loss at one pair of logits: values and slopes, to be compared with a calculation by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from gan.losses.base import Loss, Targets


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
