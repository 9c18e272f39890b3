"""What a worker process computes with; a module of its own, so that a child can import it."""

from __future__ import annotations

import torch


def pools() -> tuple[int, list[int]]:
    """Threads of torch, and of each library beneath NumPy and SciPy, once a worker has set them."""
    import scipy.linalg  # noqa: F401  # brings its own BLAS
    from threadpoolctl import threadpool_info

    from bench.worker import use_threads

    use_threads(1)
    return torch.get_num_threads(), [pool["num_threads"] for pool in threadpool_info()]
