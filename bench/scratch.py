"""Folders for what is only looked at while a command runs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path


def scratch() -> Path:
    """A new empty folder, which goes away with the process."""
    folder = tempfile.mkdtemp(prefix="ganbench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
