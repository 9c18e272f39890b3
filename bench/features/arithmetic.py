"""Features are computed in full float32, whatever arithmetic the training around them has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch


@contextmanager
def full_precision(device: str) -> Iterator[None]:
    """Neither autocast nor, on CUDA, TF32 convolutions, whatever the training around has chosen.

    Rounded features would give other scores on a GPU than on a CPU. All settings are put back.
    """
    kind = device.partition(":")[0]
    with ExitStack() as stack:
        stack.enter_context(torch.autocast(kind, enabled=False))
        if kind == "cuda":
            flags = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
            stack.enter_context(flags)
        yield
