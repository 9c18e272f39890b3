"""One thread and no deadlines, so that every test gives the same result however busy the machine is."""

from __future__ import annotations

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
