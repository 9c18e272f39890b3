"""Metric histories of many runs from a tracking server, by the question that its own interface asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient

Told = tuple[str, str, int, float]
"""MLflow run, logged name, step, value."""
_ENDPOINT = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
_RUNS = 100
"""Most runs that the server takes at a time."""
_POINTS = 25_000
"""Most values that it returns; what is more it drops without a word."""
_MISSING = (404, 405)


def bulk_histories(client: MlflowClient, runs: Sequence[str], names: Sequence[str]) -> Iterator[Told]:
    """Every value of `names` in `runs`, in no particular order.

    A store without a server, or a server that does not know the question, is asked run by run.
    """
    batches = [runs[start : start + _RUNS] for start in range(0, len(runs), _RUNS)]
    served = client.tracking_uri.startswith(("http://", "https://"))
    for name in names:
        for some in batches:
            yield from _of_several(client, some, name) if served else _one_by_one(client, some, name)


def _of_several(client: MlflowClient, runs: Sequence[str], name: str) -> Iterator[Told]:
    answer = _ask(client.tracking_uri, runs, name)
    if answer is None or (len(answer) >= _POINTS and len(runs) == 1):
        yield from _one_by_one(client, runs, name)
    elif len(answer) >= _POINTS:
        half = len(runs) // 2
        yield from _of_several(client, runs[:half], name)
        yield from _of_several(client, runs[half:], name)
    else:
        for point in answer:
            yield point["run_id"], name, int(point["step"]), float(point["value"])


def _ask(uri: str, runs: Sequence[str], name: str) -> list[dict[str, Any]] | None:
    """The server's answer; None if it does not know the question."""
    from mlflow.utils import credentials, rest_utils

    # Typed so that what mlflow leaves untyped may be called.
    credentials_of: Any = credentials.get_default_host_creds
    request: Any = rest_utils.http_request
    params = {"run_id": list(runs), "metric_key": name, "max_results": _POINTS}
    response = request(credentials_of(uri), _ENDPOINT, "GET", params=params)
    if response.status_code in _MISSING:
        return None
    response.raise_for_status()
    found: list[dict[str, Any]] = response.json().get("metrics", [])
    return found


def _one_by_one(client: MlflowClient, runs: Sequence[str], name: str) -> Iterator[Told]:
    for run in runs:
        for point in client.get_metric_history(run, name):
            yield run, name, point.step, point.value
