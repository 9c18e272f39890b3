"""What a worker imports before its first score, in one place: the server that forks workers does it for all.

torch imports its compiler at the first step of a cohort, and metrics import SciPy when they are asked for:
together they take as long again as torch itself.
"""

import scipy.stats
import torch._dynamo

import bench.worker
from bench.executors.child import LOADED, call_itself

__all__ = ["bench", "scipy", "torch"]

# By this its driver sees that it need not wait for the next worker.
call_itself(LOADED)
