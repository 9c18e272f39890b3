"""Where a run is computed: what its numbers may depend on besides its recipe."""

from __future__ import annotations

import os
import platform
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("ganbench", "torch", "torch-fidelity", "numpy")


@lru_cache(maxsize=8)
def environment(device: str) -> dict[str, str]:
    """Hardware in words, and versions, of a worker on `device` (as torch names it)."""
    return {
        "hardware": hardware(device),
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def hardware(device: str) -> str:
    """The processor and its cores, or the GPU: what a time has to be read with."""
    if device != "cpu":
        import torch

        return torch.cuda.get_device_name(device)
    return f"{_processor()}, {os.cpu_count()} cores"


def _processor() -> str:
    """The CPU's name as Linux tells it; elsewhere as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
