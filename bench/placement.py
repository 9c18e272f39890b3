"""How much is computed at once, and where. Looked up, because the best cohort depends on the hardware.

On a CPU small matrices gain from company up to about eight replicas; convolutions lose by it, since
vmap turns them into grouped convolutions (`nox -s bench` measures both).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from bench.problems import UserError
from gan.recipe import Recipe

_ON_CPU = {"mlp": 8, "dirac": 8}
_ON_GPU = {"mlp": 256, "dirac": 256}
_CONVOLUTIONS_ON_GPU = 16


def cohort_size(device: str) -> Callable[[Recipe], int]:
    """Most replicas that train together on `device`, by recipe."""
    if device == "cpu":
        return lambda recipe: _ON_CPU.get(recipe.model.name, 1)
    return lambda recipe: _ON_GPU.get(recipe.model.name, _CONVOLUTIONS_ON_GPU)


class PlacementError(UserError):
    """The device that was asked for is not there."""


def device(name: str) -> str:
    """A device's name as torch knows it; `auto` is a GPU if there is one.

    Raises:
        PlacementError: There is no such device on this machine.
    """
    if name == "cpu":
        return name
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not re.fullmatch(r"cuda(:\d+)?", name):
        raise PlacementError(f"unknown device {name!r}; valid: auto, cpu, cuda, cuda:0, cuda:1, ...")
    found = torch.cuda.device_count()
    if int(name.partition(":")[2] or 0) >= found:
        raise PlacementError(f"there is no device {name} on this machine: torch sees {found} GPUs; use cpu")
    return name


def cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers(device: str, tasks: int) -> int:
    """Worker processes for that many tasks: one a core on CPUs, one on a GPU."""
    return max(1, min(cores() if device == "cpu" else 1, tasks))
