"""A signal to a terminal's whole process group is the driver's alone."""

from __future__ import annotations

import signal

from bench.shelter import sheltered


def test_no_worker_hears_ctrl_c() -> None:
    """SIGINT is blocked while a worker starts, so that it begins its life deaf, and unblocked after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with sheltered():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
