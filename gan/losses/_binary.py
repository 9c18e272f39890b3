"""Binary cross-entropy on logits, written so that it stays finite for any finite logit."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def cross_entropy(logits_B: Tensor, target: float | Tensor) -> Tensor:
    """Mean of -[y log s(l) + (1 - y) log(1 - s(l))] = softplus(l) - y l, with s the sigmoid. Scalar."""
    return (F.softplus(logits_B) - target * logits_B).mean()
