"""What the statistics are functions of."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mean(x: Array) -> float:
    """Mean of `x` (at least one value), in which the order of the values does not show."""
    # fsum: the order of the seeds must not show in the last digit.
    return math.fsum(x.tolist()) / len(x)
