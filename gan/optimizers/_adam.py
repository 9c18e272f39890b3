"""Adam's direction, for the optimisers that walk along it in another way than Adam."""

from __future__ import annotations

import torch
from torch import Tensor

from gan.optimizers._root import root
from gan.optimizers.base import Moments


def begin(parameters_P: Tensor) -> Moments:
    """No gradient seen yet: both moments are 0, and both powers of the decays 1."""
    zero, one = torch.zeros_like(parameters_P), parameters_P.new_ones(())
    return {"first": zero, "second": zero, "decay1": one, "decay2": one}


def seen(gradient_P: Tensor, moments: Moments, beta1: float, beta2: float) -> Moments:
    """The moments after one more gradient."""
    return {
        "first": beta1 * moments["first"] + (1.0 - beta1) * gradient_P,
        "second": beta2 * moments["second"] + (1.0 - beta2) * gradient_P.square(),
        "decay1": beta1 * moments["decay1"],
        "decay2": beta2 * moments["decay2"],
    }


def direction(moments: Moments, epsilon: float) -> Tensor:
    """Bias-corrected first moment over the root of the second, shape P; 0 before the first gradient."""
    first = moments["first"] / _weight(moments["decay1"])
    return first / (root(moments["second"] / _weight(moments["decay2"])) + epsilon)


def _weight(decay: Tensor) -> Tensor:
    """Sum of the weights of all gradients in a moment; before the first, 1, so that 0 stays 0."""
    return torch.where(decay == 1.0, 1.0, 1.0 - decay)
