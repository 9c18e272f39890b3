"""What it costs to find one sample only so much more real than another."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

On = Literal["softplus", "hinge", "least_squares"]
"""The costs f that relativistic losses are made of."""


def cost(lead_B: Tensor, on: On) -> Tensor:
    """Mean of f(l), where l is the logit of the sample that should win less that of the other. Scalar.

    softplus: f(l) = log(1 + e^-l), the logistic loss; hinge: max(0, 1 - l); least_squares: (l - 1)².
    """
    if on == "softplus":
        return F.softplus(-lead_B).mean()
    if on == "hinge":
        return F.relu(1.0 - lead_B).mean()
    return (lead_B - 1.0).square().mean()
