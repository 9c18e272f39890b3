"""Binary cross-entropy on logits, written so that it stays finite for any finite logit."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from gan.losses.base import Targets


def cross_entropy(logits_B: Tensor, target: float | Tensor) -> Tensor:
    """Mean of -[y log s(l) + (1 - y) log(1 - s(l))] = softplus(l) - y l, with s the sigmoid. Scalar."""
    return (F.softplus(logits_B) - target * logits_B).mean()


def of_both(real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
    """D's cross-entropy on real samples plus that on generated ones, a scalar."""
    assert targets is not None, "a loss of targets is given them"
    return cross_entropy(real_B, targets[0]) + cross_entropy(fake_B, targets[1])
