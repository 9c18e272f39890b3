"""Results as if studies had run, without a run or a record, for the tests of what is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.rows import Results, tabulate
from bench.tracking import Record, Recorded

OUTPUTS = {
    "modes": {"metric": "modes", "label": "modes", "direction": "higher", "digits": 1, "headline": True},
    "fid": {"metric": "fid", "label": "FID", "direction": "lower", "digits": 2, "headline": True},
    "seen": {"metric": "seen", "label": "seen", "direction": "none", "digits": 0, "headline": False},
}
Scores = Sequence[float | str | None]
"""A run each, from the first seed on: its FID, None for one that diverged, "pending" for one to come."""


def made(
    name: str, arms: Mapping[str, Scores], data: str = "ring", first: int = 0, **changes: Any
) -> Results:
    """A study with an arm for each name, whose runs have these values of FID.

    Args:
        name: The study's.
        arms: The first is the baseline.
        data: What the protocol says that scores are against.
        first: The first seed.
        changes: Of the plan.
    """
    protocol = {"data": {"name": data}, "n_fake": 500}
    planned, records = [], []
    for index, (arm, scores) in enumerate(arms.items()):
        runs = [{"id": f"{name}-{index}-{seed}", "seed": seed} for seed in range(first, first + len(scores))]
        planned.append(
            {"id": f"{index:x}beef{name}", "name": arm, "levels": {"loss": arm}, "reason": None, "runs": runs}
        )
        for run, score in zip(runs, scores, strict=True):
            if score != "pending":
                records.append(_record(run, planned[-1]["id"], score, data))
    plan = {
        "name": name,
        "question": "Does it?",
        "design": "factorial",
        "arms": planned,
        "factors": {"loss": list(arms)},
        "seeds": sorted({run["seed"] for arm in planned for run in arm["runs"]}),
        "common": {"data": data, "steps": "100"},
        "baseline": planned[0]["id"],
        "primary": "fid",
        "outputs": {name: {**about, "ceiling": None} for name, about in OUTPUTS.items()},
        "protocol": protocol,
    } | changes
    recorded = Recorded(plan, {data: protocol}, {"fid": 0.5, "modes": 8.0}, tuple(records), f"id of {name}")
    return tabulate(recorded)


def _record(run: Mapping[str, Any], arm: str, score: Any, protocol: str) -> Record:
    scored = {} if score is None else {"fid.final": score, "modes.final": 8.0, "seen.final": 1e3}
    scored |= {key.replace("final", "best"): value for key, value in scored.items()}
    return Record(
        run_id=run["id"],
        arm=arm,
        seed=run["seed"],
        verdict="diverged" if score is None else "healthy",
        onset=None if score is not None else 10,
        reason=None,
        protocol=protocol,
        hardware="2 cores",
        date="2026-01-01",
        metrics={**scored, "seconds": 2.0, "steps": 100.0},
        mlflow_id=f"mlflow-{run['id']}",
    )
