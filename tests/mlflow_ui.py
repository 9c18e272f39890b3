"""MLflow's interface on a record, served and looked at with a browser: for tests and for screenshots."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import OPTIONS, installed
from ports import free_port

from bench.tracking.browse import HOST

PATIENCE = 150.0
"""Seconds that the server may take to start; it is up after 25 on an idle machine."""
_CHAT = "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1"
"""Where MLflow's interface remembers that it has opened its chat panel once."""
WINDOW = {"width": 1400, "height": 800}


@contextmanager
def serving(results: Path) -> Iterator[str]:
    """Address of a server of the record under `results`, by `ganbench ui`, until the block ends."""
    # Of another process's server, which ends when that has no more tests, the answers would be as good.
    port = free_port()
    command = [sys.executable, "-m", "bench.cli", "ui", "--results", str(results), "--port", str(port)]
    log = results / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | {"NO_COLOR": "1"})
    try:
        address = f"http://{HOST}:{port}/"
        limit = time.monotonic() + PATIENCE
        while not _answers(address):
            assert server.poll() is None and time.monotonic() < limit, log.read_text()
            time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}health", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@contextmanager
def browsing() -> Iterator[Any]:
    """A Playwright browser context without MLflow's chat panel, which opens itself at the first visit."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=OPTIONS)
        context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        context.add_init_script(f"localStorage.setItem('{_CHAT}', 'true')")
        yield context
        browser.close()
