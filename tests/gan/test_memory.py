"""What the allocator keeps."""

from __future__ import annotations

import platform
import resource

import pytest
import torch

from gan.memory import keep_freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told anything")
def test_freed_memory_is_not_fetched_again_from_the_kernel() -> None:
    """Once rounds of 16 blocks of 4 MB have found their places, they touch pages that are already there."""
    assert keep_freed_memory(), "glibc takes both settings"

    def round_of_blocks() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        blocks = [torch.zeros(1 << 20) for _ in range(16)]
        assert float(blocks[-1][0]) == 0.0
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    # What was free before fits some of the first blocks; it takes a few rounds until all are in place.
    faults = [round_of_blocks() for _ in range(6)]
    pages = 16 * (4 << 20) // resource.getpagesize()
    assert faults[-1] < pages / 10, f"a step's memory is reused by the next step: {faults}"
