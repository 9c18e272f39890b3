"""A process that is asked for what needs torch."""

from __future__ import annotations

import os

import pytest

from bench.executors.asking import asking


def test_another_process_answers() -> None:
    """The same every time, and it is gone afterwards."""
    with asking("counting") as ask:
        other = ask(os.getpid)
        assert ask(os.getpid) == other
    assert other != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(other, 0)
