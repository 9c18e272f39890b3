"""The only place that imports mlflow: quiet, without telemetry, and with retries that end.

MLflow's own defaults make one call to a dead server hang for four minutes; a value that the user has set
in the environment is left alone.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.tracking.address import database, scrub
from bench.tracking.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # On a server it prints the address of every ended run, password and all.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

# mlflow's packages import one another in a circle, which two threads at once may find half done.
_importing = threading.Lock()


def connect(uri: str) -> MlflowClient:
    """A client of the store at `uri`; the schema of a new SQLite file is created by one process at a time."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # urllib3 tells of every retry on stderr, in the middle of the progress display.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    # MLflow 3 uses a loader that SQLAlchemy 2.1 deprecates; nothing a user of ours can do about it.
    warnings.filterwarnings("ignore", message="The ``noload`` loader strategy", category=DeprecationWarning)
    with _importing:
        from mlflow import MlflowClient

    path = database(uri)
    if path is None:
        return MlflowClient(tracking_uri=uri)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Six processes that migrate one empty file at a time leave five with an error.
    with locked(path.with_name(path.name + ".lock"), timeout=60.0):
        return MlflowClient(tracking_uri=uri)


@contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold an exclusive lock on `path`, which the system gives back when the process dies.

    Raises:
        TrackingError: Somebody else held it all the time.
    """
    deadline = time.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TrackingError(f"another process is writing here and holds {path}") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def experiment(client: MlflowClient, name: str, artifacts: Path | None, uri: str) -> Experiment:
    """The experiment called `name`, created if there is none.

    Args:
        client: From `connect`.
        name: The study's name.
        artifacts: Folder for artifacts if the store is a local SQLite file; None for `mlartifacts/<name>`
            beside it. A server keeps its own default.
        uri: Where `client` is connected.
    """
    found = client.get_experiment_by_name(name)
    if found is None:
        location = None
        if (path := database(uri)) is not None:
            folder = artifacts or path.parent / "mlartifacts" / name
            location = folder.absolute().as_uri()
        found = client.get_experiment(client.create_experiment(name, artifact_location=location))
    if found.lifecycle_stage != "active":
        raise TrackingError(f"the experiment {name!r} is deleted in MLflow: restore it, or run `mlflow gc`")
    return found


def all_runs(client: MlflowClient, experiment_id: str) -> list[Run]:
    """Every run of an experiment that was not deleted, oldest first."""
    runs: list[Run] = []
    token: str | None = None
    while True:
        page = client.search_runs([experiment_id], max_results=1000, page_token=token)
        runs.extend(page)
        token = page.token
        if not token:
            return sorted(runs, key=lambda run: (run.info.start_time or 0, run.info.run_id))


@contextmanager
def in_words(uri: str) -> Iterator[None]:
    """Turn whatever MLflow, SQLAlchemy or requests raise into a line without credentials.

    Raises:
        TrackingError: MLflow could not be reached, or refused.
    """
    try:
        yield
    except TrackingError:
        raise
    except Exception as error:
        raise TrackingError(scrub(str(error).strip().partition("\n")[0], uri)) from None
