"""A worker that writes to the cache, in a module that a new process can import."""

from __future__ import annotations

import os

import torch

from bench.metrics import _cache


def write_often(folder: str, value: float) -> None:
    """Forty times the same entry, full of this value, in the cache at `folder`."""
    os.environ["GANBENCH_CACHE"] = folder
    for _ in range(40):
        _cache.save("a", {"part": torch.full((20_000,), value)})
