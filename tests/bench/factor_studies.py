"""Results of studies with factors, made from numbers: no record, no runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.designs import combinations
from bench.rows import Results, tabulate
from bench.tracking import Record, Recorded

Score = Callable[[Mapping[str, str], int], float | str]
"""Levels and seed -> the final score; a verdict's name stands for a run without one."""


def study(
    factors: Mapping[str, Sequence[str]],
    score: Score,
    seeds: int = 6,
    design: str = "factorial",
    declined: Mapping[tuple[str, ...], str] | None = None,
    direction: str = "lower",
    **changes: Any,
) -> Results:
    """A study whose baseline has every factor's first level, and which scores one output, `fid`.

    Args:
        factors: Factor -> labels of its levels.
        score: What each run scores; `pending` for a run that has not started.
        seeds: Runs of each arm.
        design: A key of `bench.designs.DESIGNS`, or "cells" for every combination.
        declined: Levels of an arm -> why it does not apply.
        direction: Which scores are better.
        changes: Other values of the plan.
    """
    sizes, first = tuple(map(len, factors.values())), (0,) * len(factors)
    arms, records = [], []
    for index, cell in enumerate(combinations(design, sizes, first)):
        levels = {f: labels[at] for (f, labels), at in zip(factors.items(), cell, strict=True)}
        reason = (declined or {}).get(tuple(levels.values()))
        runs = [] if reason else [{"id": f"{index}-{seed}", "seed": seed} for seed in range(seeds)]
        name = " + ".join(level for level in levels.values() if level != "off") or "base"
        arms.append({"id": f"arm{index}", "name": name, "levels": levels, "reason": reason, "runs": runs})
        for run in runs:
            value = score(levels, run["seed"])
            if value != "pending":
                records.append(_record(arms[-1]["id"], run, value))
    about = {"label": "FID", "direction": direction, "digits": 1, "headline": True, "ceiling": None}
    plan = {
        "name": "x",
        "design": design,
        "factors": {factor: list(labels) for factor, labels in factors.items()},
        "seeds": list(range(seeds)),
        "baseline": "arm0",
        "primary": "fid",
        "outputs": {"fid": about},
        "protocol": {"samples": 5},
        "arms": arms,
        **changes,
    }
    return tabulate(Recorded(plan, {"p": {}}, {}, tuple(records)))


def _record(arm: str, run: Mapping[str, Any], value: float | str) -> Record:
    failed = isinstance(value, str)
    return Record(
        run_id=run["id"],
        arm=arm,
        seed=run["seed"],
        verdict=str(value) if failed else "healthy",
        onset=None,
        reason=None,
        protocol="p",
        hardware="a machine",
        date="2026-01-02",
        metrics={} if failed else {"fid.final": float(value), "fid.best": float(value)},
    )


def crossed(*levels: Sequence[str]) -> list[tuple[str, ...]]:
    """Every combination."""
    return list(itertools.product(*levels))
