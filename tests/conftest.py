"""One thread, no deadlines and a cache of its own: every test gives the same result, however busy or used the
machine is."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings

settings.register_profile("ganbench", deadline=None, derandomize=True)
settings.load_profile("ganbench")


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Sums split over threads round differently from one number of threads to another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Features of real samples are kept for this session only; also by the processes that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "GANBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
