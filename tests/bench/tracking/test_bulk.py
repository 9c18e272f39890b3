"""Histories of many runs from a server that returns no more than so many values."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from bench.tracking import bulk
from bench.tracking.bulk import bulk_histories

POINTS = {"a": 3, "b": 2, "c": 7, "d": 0}
"""Run -> how many values it has; one of them has more than the server returns."""


class Client:
    """Answers run by run, as MLflow's client does."""

    tracking_uri = "http://server"

    def get_metric_history(self, run: str, name: str) -> list[Any]:
        return [SimpleNamespace(step=step, value=float(step)) for step in range(POINTS[run])]


@pytest.mark.parametrize("known", [True, False])
def test_nothing_is_lost_where_the_server_cuts_its_answer(
    monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """A full answer may be a cut one, so that fewer runs are asked for; an old server is asked run by run."""

    def ask(uri: str, runs: Sequence[str], name: str) -> list[dict[str, Any]] | None:
        told = [{"run_id": run, "step": step, "value": step} for run in runs for step in range(POINTS[run])]
        return told[: bulk._POINTS] if known else None

    monkeypatch.setattr(bulk, "_POINTS", 6)
    monkeypatch.setattr(bulk, "_ask", ask)
    found = list(bulk_histories(Client(), list(POINTS), ["x"]))  # type: ignore[arg-type]
    assert sorted(found) == [(run, "x", step, step) for run, n in POINTS.items() for step in range(n)]
