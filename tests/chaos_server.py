"""A real MLflow tracking server on SQLite, to be killed, hung and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from ports import HOST, free_port

PATIENCE = 240.0
"""Seconds that it may take to answer; 20 on an idle machine."""


class Server:
    """One server, with its store under `folder`; it keeps its port over restarts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.hung = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where clients find it."""
        return f"http://{HOST}:{self.port}"

    @property
    def database(self) -> Path:
        """Its store."""
        return self.folder / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Files: `<experiment>/<run>/artifacts/...`."""
        return self.folder / "artifacts"

    @property
    def running(self) -> bool:
        """Whether there is a process, answering or not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Begin to start; returns at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(self.port)]
        command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self.database}"]
        command += ["--artifacts-destination", str(self.artifacts)]
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, **quiet}, start_new_session=True
            )
        self.hung = False

    def kill(self) -> None:
        """SIGKILL for all of it."""
        self._send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self.hung = False

    def hang(self) -> None:
        """Stop in the middle of whatever it does; connections stay open."""
        self._send(signal.SIGSTOP)
        self.hung = True

    def go_on(self) -> None:
        """End a hang."""
        self._send(signal.SIGCONT)
        self.hung = False

    def answers(self) -> bool:
        """Whether it takes requests now."""
        if not self.running or self.hung:
            return False
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def until_it_answers(self) -> None:
        """Wait for it. Raises TimeoutError."""
        limit = time.monotonic() + PATIENCE
        while not self.answers():
            if time.monotonic() > limit:
                raise TimeoutError(f"the server does not answer: see {self.folder / 'server.log'}")
            time.sleep(0.3)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
