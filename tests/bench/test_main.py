"""The door of the command line: Ctrl-C and a full disk never show a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")


def test_ctrl_c_while_the_command_is_imported() -> None:
    """Exit status 130 and not a word, as early as that."""
    code = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'bench.cli':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from bench.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
def test_the_disk_that_the_output_goes_to_is_full() -> None:
    """Two lines on stderr: what is wrong, and what to type when there is room."""
    with FULL.open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "bench", "list"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "what this command writes: no space left",
        "Go on with: ganbench list",
    ]
