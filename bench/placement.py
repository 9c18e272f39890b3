"""How much is computed at once, and where. Looked up, because the best cohort depends on the hardware.

On a CPU small matrices gain from company up to about eight replicas; convolutions lose by it, since
vmap turns them into grouped convolutions (`nox -s bench` measures both).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from gan.recipe import Recipe

_ON_CPU = {"mlp": 8}
_ON_GPU = {"mlp": 256}
_CONVOLUTIONS_ON_GPU = 16


def cohort_size(device: str) -> Callable[[Recipe], int]:
    """Most replicas that train together on `device`, by recipe."""
    if device == "cpu":
        return lambda recipe: _ON_CPU.get(recipe.model.name, 1)
    return lambda recipe: _ON_GPU.get(recipe.model.name, _CONVOLUTIONS_ON_GPU)


def cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers(device: str, tasks: int) -> int:
    """Worker processes for that many tasks: one a core on CPUs, one on a GPU."""
    return max(1, min(cores() if device == "cpu" else 1, tasks))
