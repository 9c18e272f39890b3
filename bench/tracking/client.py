"""The only place that imports mlflow: quiet, without telemetry, and with retries that end.

MLflow's own defaults make one call to a dead server hang for four minutes; a value that the user has set
in the environment is left alone.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bench.tracking.address import database
from bench.tracking.errors import TrackingError
from bench.tracking.locks import locked
from bench.tracking.moved import settle
from bench.tracking.words import reason

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    # Seconds that libpq waits for a database to accept a connection; its own default is for ever.
    "PGCONNECT_TIMEOUT": "10",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # On a server it prints the address of every ended run, password and all.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

_RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"


def connect(uri: str, watch: Callable[[str], AbstractContextManager[None]] | None = None) -> MlflowClient:
    """A client of the store at `uri`; the schema of a new SQLite file is created by one process at a time.

    `watch` is entered around every call, with the call's name.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # urllib3 tells of every retry on stderr, in the middle of the progress display.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    # MLflow 3 uses a loader that SQLAlchemy 2.1 deprecates; nothing a user of ours can do about it.
    warnings.filterwarnings("ignore", message="The ``noload`` loader strategy", category=DeprecationWarning)
    from mlflow import MlflowClient

    path = database(uri)
    if path is None:
        if not uri.startswith("http"):
            from mlflow.store.db import utils

            # Ten by default, which is a minute and a half before anybody hears of it; ours come after it.
            utils.MAX_RETRY_COUNT = 3
        client = MlflowClient(tracking_uri=uri)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Six processes that migrate one empty file at a time leave five with an error.
        with locked(path.with_name(path.name + ".lock"), timeout=60.0):
            client = MlflowClient(tracking_uri=uri)
    return client if watch is None else cast("MlflowClient", _Watched(client, watch))


class _Watched:
    """A client whose calls are made within a context of the caller's."""

    def __init__(self, client: MlflowClient, watch: Callable[[str], AbstractContextManager[None]]) -> None:
        self._client = client
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **keywords: Any) -> Any:
            with self._watch(name):
                return found(*arguments, **keywords)

        return call


@contextmanager
def once() -> Iterator[None]:
    """Calls in this block are not repeated over HTTP when the answer is lost.

    MLflow repeats what is not idempotent, too: `create_run` would make a second run.
    """
    before = os.environ.get(_RETRIES)
    os.environ[_RETRIES] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_RETRIES]
        else:
            os.environ[_RETRIES] = before


def experiment(client: MlflowClient, name: str, artifacts: Path | None, uri: str) -> Experiment:
    """The experiment called `name`, created if there is none.

    Args:
        client: From `connect`.
        name: The study's name.
        artifacts: Folder for artifacts if the store is a local SQLite file; None for `mlartifacts/<name>`
            beside it. A server keeps its own default.
        uri: Where `client` is connected.
    """
    location = None
    if (path := database(uri)) is not None:
        folder = artifacts or path.parent / "mlartifacts" / name
        location = folder.absolute().as_uri()
        settle(path, name, folder)
    found = client.get_experiment_by_name(name)
    if found is None:
        with once():
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
        raise TrackingError(reason(error, uri)) from None
