"""A tracking server that wants a password: it is sent, and shown nowhere."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.tracking import sync

RUN = {
    "info": {
        "run_id": "r" * 32,
        "run_uuid": "r" * 32,
        "experiment_id": "1",
        "run_name": "a run",
        "status": "RUNNING",
        "lifecycle_stage": "active",
        "artifact_uri": "mlflow-artifacts:/1/r/artifacts",
    },
    "data": {},
}
EXPERIMENT = {"experiment_id": "1", "name": "does-noise-help", "lifecycle_stage": "active"}


class Handler(BaseHTTPRequestHandler):
    """Says yes to whatever MLflow's client asks, and keeps note of it."""

    asked: list[tuple[str, str, str]]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        type(self).asked.append(
            (path, self.headers.get("Authorization") or "", body.decode(errors="replace"))
        )
        answers: dict[str, Any] = {
            "/experiments/get-by-name": {"experiment": EXPERIMENT},
            "/runs/create": {"run": RUN},
            "/runs/get": {"run": RUN},
            "/runs/update": {"run_info": RUN["info"]},
        }
        answer = next((value for end, value in answers.items() if path.endswith(end)), {})
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = _answer

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the test's stderr."""


@pytest.fixture
def server() -> Iterator[tuple[int, type[Handler]]]:
    """A server on a port of its own, and the handler that notes what it was asked."""
    handler = type("Noting", (Handler,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening.server_port, handler
        listening.shutdown()
        thread.join()


def test_a_password_reaches_the_server_and_nothing_else(
    journal: Path, server: tuple[int, type[Handler]], capfd: pytest.CaptureFixture[str]
) -> None:
    port, handler = server
    assert sync(journal, f"http://ann:s3cret@127.0.0.1:{port}") == journal.read_text().count("\n")
    paths = {path.rpartition("/2.0/mlflow/")[2] for path, _, _ in handler.asked}
    assert {"runs/create", "runs/log-batch", "runs/update"} <= paths, "the server was told everything"
    wanted = "Basic " + base64.b64encode(b"ann:s3cret").decode()
    assert {authorization for _, authorization, _ in handler.asked} == {wanted}
    created = [json.loads(body) for path, _, body in handler.asked if path.endswith("experiments/create")]
    assert created == [], "the server has the experiment, and its own place for artifacts"
    printed = capfd.readouterr()
    notes = "".join(path.read_text() for path in journal.parent.glob("mirror*"))
    sent = "".join(body for _, _, body in handler.asked)
    assert "s3cret" not in printed.out + printed.err + notes + sent
    assert printed.out == "", "MLflow does not talk into the progress display"
