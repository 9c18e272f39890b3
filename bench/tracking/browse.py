"""MLflow's own web interface on a study's store, for this machine only."""

from __future__ import annotations

import os
import socket
import sys
from typing import NoReturn

from bench.tracking.address import database
from bench.tracking.errors import TrackingError
from bench.tracking.held import opened
from bench.tracking.links import view
from bench.tracking.views import ARMS, TAG

HOST = "127.0.0.1"
_PORTS_TRIED = 20


def address(port: int, uri: str | None = None) -> str:
    """Where a browser finds the record, and, a line each, the arms of each study in a local store at `uri`.

    MLflow would open on its pages for language models otherwise; its own list of studies leads there.
    """
    server = f"http://{HOST}:{port}/"
    lines = [f"{server}#/experiments?workflowType=machine_learning"]
    for identity, name in _studies(uri):
        lines.append(f"  {name}: {server}{view(identity, ARMS)}")
    return "\n".join(lines)


def _studies(uri: str | None) -> list[tuple[str, str]]:
    """Ids and names of the experiments that a local store has saved views of, by name."""
    path = None if uri is None else database(uri)
    if path is None or not path.exists():
        return []
    query = (
        "select cast(experiment_id as text), name "
        "from experiments join experiment_tags using (experiment_id) "
        "where lifecycle_stage = 'active' and key = ? order by name"
    )
    with opened(path) as store:
        return list(store.execute(query, (f"{TAG}{ARMS}",)))


def free_port(wanted: int) -> int:
    """`wanted`, or the next port that nothing listens on. Raises TrackingError if there is none near."""
    for port in range(wanted, wanted + _PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise TrackingError(f"ports {wanted} to {wanted + _PORTS_TRIED - 1} are all in use; give another --port")


def serve(uri: str, port: int) -> NoReturn:
    """Become a server of the local store at `uri`, on loopback, until interrupted.

    Raises:
        TrackingError: There is nothing at `uri` yet.
    """
    path = database(uri)
    if path is not None and not path.exists():
        raise TrackingError(f"there is no record at {path} yet; `ganbench run STUDY` makes one")
    settings = {
        # One worker and no job runner: the default is ten processes and two gigabytes.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Not as an argument: the list of processes is for everybody to read, and this may hold a password.
        "MLFLOW_BACKEND_STORE_URI": uri,
    }
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--host",
        HOST,
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    sys.stdout.flush()
    # In this process's place, so that whatever ends this command ends the server.
    os.execve(command[0], command, os.environ | settings)
