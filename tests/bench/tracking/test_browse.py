"""MLflow's interface on the record: on loopback, on a free port, and never on nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.tracking import TrackingError, sync
from bench.tracking.browse import HOST, address, free_port, serve

ROOT = Path(__file__).parents[3]


def test_a_port_in_use_is_passed_over() -> None:
    """The next free one is taken."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_the_address_is_on_this_machine_only() -> None:
    """Loopback, and the pages on training."""
    assert address(5000).startswith("http://127.0.0.1:5000/")


def test_each_study_has_an_address_of_its_own(journal: Path, store: str) -> None:
    """Its arms; MLflow's own list leads to other pages, and a store without a study has the list alone."""
    assert address(5000, store) == address(5000)
    sync(journal, store)
    (_, line) = address(5000, store).splitlines()
    assert line.startswith(
        "  does-noise-help: http://127.0.0.1:5000/#/experiments/1/runs?workflowType=machine"
    )


def test_no_record_is_a_clear_error(tmp_path: Path) -> None:
    """MLflow would silently make an empty store."""
    with pytest.raises(TrackingError, match=r"no record at .* yet; `ganbench run STUDY` makes one"):
        serve(f"sqlite:///{tmp_path}/mlflow.db", 5000)
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.slow
def test_the_interface_listens_on_loopback_and_its_command_line_tells_no_address(
    journal: Path, store: str
) -> None:
    """Of all processes that it starts; an address may hold a password, and anybody may list processes."""
    sync(journal, store)
    command = [sys.executable, "-m", "bench.cli", "ui", "--results", str(journal.parent.parent)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as server:
        try:
            found = psutil.Process(server.pid)
            limit = time.monotonic() + 300.0
            ports: list[str] = []
            while not ports and time.monotonic() < limit:
                time.sleep(0.5)
                ports = [connection.laddr.ip for connection in listening(found)]
            time.sleep(3.0)
            assert {connection.laddr.ip for connection in listening(found)} == {HOST}
            lines = [" ".join(process.cmdline()) for process in (found, *found.children(recursive=True))]
            assert not any("mlflow.db" in line for line in lines), lines
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def listening(process: psutil.Process) -> list[Any]:
    """What a process and its children wait for connections on."""
    every = (process, *process.children(recursive=True))
    return [
        connection
        for one in every
        for connection in one.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
