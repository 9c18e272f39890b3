"""Adam's direction, for the optimisers that walk along it in another way than Adam."""

from __future__ import annotations

from torch import Tensor

from gan.optimizers._root import root
from gan.optimizers.base import Moments


def begin(parameters_P: Tensor) -> Moments:
    """No gradient seen yet: both moments are 0, and both powers of the decays 1."""
    zero, one = parameters_P.new_zeros(parameters_P.shape), parameters_P.new_ones(())
    return {"first": zero, "second": zero, "decay1": one, "decay2": one}


def direction(
    gradient_P: Tensor, moments: Moments, beta1: float, beta2: float, epsilon: float
) -> tuple[Tensor, Moments]:
    """Bias-corrected first moment over the root of the second, shape P, and the moments with this gradient."""
    first = beta1 * moments["first"] + (1.0 - beta1) * gradient_P
    second = beta2 * moments["second"] + (1.0 - beta2) * gradient_P.square()
    decay1, decay2 = moments["decay1"] * beta1, moments["decay2"] * beta2
    scaled = first / (1.0 - decay1) / (root(second / (1.0 - decay2)) + epsilon)
    return scaled, {"first": first, "second": second, "decay1": decay1, "decay2": decay2}
