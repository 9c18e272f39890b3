"""What is only looked at does not stay on the disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_folder_goes_away_with_the_process() -> None:
    """Also with what is in it, and where the process ends by an error."""
    program = (
        "from bench.scratch import scratch\n"
        "first, second = scratch(), scratch()\n"
        "(first / 'deep').mkdir(); (first / 'deep' / 'x.png').write_text('x')\n"
        "print(first, second, first.is_dir() and second.is_dir() and first != second)\n"
        "raise RuntimeError\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    first, second, there = done.stdout.split()
    assert done.returncode == 1 and there == "True"
    assert not Path(first).exists() and not Path(second).exists()
