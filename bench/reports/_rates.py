"""Shares of runs that ended in each verdict, against the baseline's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.reports._families import corrected
from bench.reports._grid import Grid
from bench.stats import sign_test, wilson
from bench.verdict import VERDICTS


@dataclass(frozen=True)
class Rate:
    """How many of the runs that ended have a verdict."""

    k: int
    n: int
    low: float | None
    high: float | None
    """Wilson's 95 % interval of the share."""
    p: float | None
    """Of McNemar's exact test against the baseline, paired by seed."""
    p_holm: float | None
    """Corrected over the arms that apply."""


def occurring(grid: Grid) -> list[str]:
    """ "healthy", and the other verdicts that runs have, known ones in their order first."""
    seen = {str(verdict) for verdict in grid.verdicts[grid.over]}
    others = [verdict for verdict in VERDICTS if verdict in seen and verdict != "healthy"]
    return ["healthy", *others, *sorted(seen - set(VERDICTS))]


def rates(grid: Grid, plan: dict[str, Any], verdicts: Sequence[str]) -> dict[str, dict[str, Rate]]:
    """Arm -> verdict -> rate."""
    base = grid.row(plan.get("baseline"))
    others = [row for row in range(len(grid.arms)) if row != base and grid.planned[row].any()]
    found: dict[str, dict[str, Rate]] = {arm: {} for arm in grid.arms}
    ended = grid.over.sum(axis=1).tolist()
    for verdict in verdicts:
        has = grid.verdicts == verdict
        p: dict[int, float | None] = {}
        if base is not None and grid.planned[base].any():
            both = grid.over[others] & grid.over[base]
            only = (both & has[others] & ~has[base]).sum(axis=1).tolist()
            lacks = (both & ~has[others] & has[base]).sum(axis=1).tolist()
            known = both.any(axis=1).tolist()
            for row, one, other, any_ in zip(others, only, lacks, known, strict=True):
                p[row] = sign_test(one, other) if any_ else None
        p_holm = dict(zip(p, corrected(list(p.values()), len(p)), strict=True))
        for row, (arm, k, n) in enumerate(zip(grid.arms, has.sum(axis=1).tolist(), ended, strict=True)):
            low, high = wilson(k, n) or (None, None)
            found[arm][verdict] = Rate(k, n, low, high, p.get(row), p_holm.get(row))
    return found
