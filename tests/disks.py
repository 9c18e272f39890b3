"""File systems of their own for tests: small ones, and ones that cannot be written to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount something at `folder`, which is made, with these words for mount(8); skips if that is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    mount(*options, str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def mount(*words: str) -> None:
    """Call mount(8); skips the test where it is not there or is refused."""
    try:
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip(f"mounting is refused here: {done.stderr.strip()}")


def fill(path: Path) -> None:
    """Make a file that takes up all the room there is left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(descriptor, b"x" * 512):
            pass
    os.close(descriptor)
