"""What the allocator keeps."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import ctypes
from gan.memory import keep_freed_memory

class Info(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    _fields_ = [(name, ctypes.c_size_t) for name in names]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype, libc.malloc.restype = Info, ctypes.c_void_p
libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]

def mapped_and_kept():
    before = libc.mallinfo2()
    blocks = [libc.malloc(16 << 20) for _ in range(4)]
    mapped = libc.mallinfo2().hblkhd - before.hblkhd
    for block in blocks:
        libc.free(block)
    return mapped, libc.mallinfo2().arena - before.arena

print(*mapped_and_kept(), int(keep_freed_memory()), *mapped_and_kept())
"""
"""Allocates four blocks of 16 MB and frees them, before and after."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told anything")
def test_freed_memory_is_kept_for_the_next_step() -> None:
    """By default large blocks are mapped one by one and given back; then they stay in the process."""
    command = [sys.executable, "-c", PROGRAM]
    root = Path(__file__).parents[2]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    mapped_before, kept_before, taken, mapped, kept = map(int, ended.stdout.split())
    assert mapped_before >= 64 << 20 and kept_before == 0, "the kernel gets them back"
    assert taken == 1, "glibc takes both settings"
    assert mapped == 0 and kept >= 64 << 20, "they are there for the next step"
