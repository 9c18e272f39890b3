"""The plan as an artifact of MLflow's."""

from __future__ import annotations

from typing import Any

from bench.journal import Event


def plan_of(event: Event) -> dict[str, Any]:
    """The study event without its runs' parameters, which every run carries itself."""
    plan = {key: value for key, value in event.items() if key not in ("type", "time")}
    plan["arms"] = [
        {**arm, "runs": [{"id": run["id"], "seed": run["seed"]} for run in arm.get("runs") or []]}
        for arm in event["arms"]
    ]
    return plan
