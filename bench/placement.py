"""How much is computed at once, and where. Looked up, because the best cohort depends on the hardware.

On a CPU small matrices gain from company up to about eight replicas; convolutions lose by it, since
vmap turns them into grouped convolutions (`nox -s bench` measures both).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from bench.problems import UserError
from gan.recipe import Recipe

_ON_CPU = {"mlp": 8, "dirac": 8}
_ON_GPU = {"mlp": 256, "dirac": 256}
_CONVOLUTIONS_ON_GPU = 16


def cohort_size(device: str, workers: int = 1) -> Callable[[Recipe], int]:
    """Most replicas that train together on `device`, by recipe: what pays, if it fits into its memory.

    `workers`: processes that share the device.
    """

    # What imports torch is imported by who asks about a recipe.
    def size(recipe: Recipe) -> int:
        from bench.memory import fitting

        return fitting(recipe, _worth_while(recipe, device), device, workers)

    return size


def _worth_while(recipe: Recipe, device: str) -> int:
    if device == "cpu":
        return _ON_CPU.get(recipe.model.name, 1)
    return _ON_GPU.get(recipe.model.name, _CONVOLUTIONS_ON_GPU)


class PlacementError(UserError):
    """The device that was asked for is not there."""


def devices(names: Sequence[str]) -> tuple[str, ...]:
    """Devices as torch knows them; `auto` is every GPU there is, or else the CPU.

    Raises:
        PlacementError: There is no such device on this machine.
    """
    found = [known for name in names for known in (_all() if name == "auto" else (device(name),))]
    if "cpu" in found and len(set(found)) > 1:
        raise PlacementError("a study runs on the CPU or on GPUs, not on both: their sums differ")
    return tuple(dict.fromkeys(found))


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


def _all() -> tuple[str, ...]:
    """Every GPU, or else the CPU."""
    import torch

    return tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) or ("cpu",)


def spread(
    names: Sequence[str], workers: int | None = None, per_device: int | None = None
) -> tuple[str, ...]:
    """The device of every worker: as many as asked for, else one a GPU, or one a core of the CPU.

    Args:
        names: Devices, none twice.
        workers: Workers in all; they go round the devices.
        per_device: Workers on each device.

    Raises:
        PlacementError: `workers` and `per_device` contradict each other.
    """
    if workers and per_device and workers != per_device * len(names):
        raise PlacementError(
            f"{per_device} workers on each of {len(names)} devices are {per_device * len(names)}, "
            f"not {workers}: give --workers or --workers-per-device"
        )
    each = per_device or (cores() if names[0] == "cpu" else 1)
    count = workers or each * len(names)
    return tuple(names[index % len(names)] for index in range(count))


def cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
