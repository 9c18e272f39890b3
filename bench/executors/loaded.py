"""What a worker imports before its first score, in one place: whoever forks workers does it once for all.

torch imports its compiler at the first step of a cohort, and metrics import SciPy when they are asked for:
together they take as long again as torch itself.
"""

import scipy.stats
import torch._dynamo

import bench.worker

__all__ = ["bench", "scipy", "torch"]
