"""What tricks that clip each number alone have in common."""

from __future__ import annotations

import torch
from torch import Tensor


def held_within(numbers_P: Tensor, bound: float | Tensor) -> Tensor:
    """max(-bound, min(bound, x)) for each number x; one that is not finite stays, so that it is noticed."""
    bound = torch.as_tensor(bound, dtype=numbers_P.dtype, device=numbers_P.device)
    return torch.where(numbers_P.isfinite(), numbers_P.clamp(-bound, bound), numbers_P)
