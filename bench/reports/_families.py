"""Which comparisons p-values are corrected for: those that the study declared, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from bench.compare import AGAINST_BASELINE, ALL_PAIRS, ALPHA
from bench.reports._grid import Grid
from bench.stats import Array, Paired, holm, paired_difference
from bench.stats.contests import contests
from bench.stats.many import sign_flips
from bench.wording import count


@dataclass(frozen=True)
class Family:
    """The comparisons of one output that are corrected together."""

    output: str
    kind: str
    """AGAINST_BASELINE, ALL_PAIRS or "listed": some arms against the baseline."""
    arms: tuple[str, ...]
    """Those that are compared with the baseline, or with each other."""
    alpha: float
    confirmatory: bool
    """Whether the study declared it; what else is tested is exploratory."""

    @property
    def size(self) -> int:
        """Comparisons."""
        n = len(self.arms)
        return n * (n - 1) // 2 if self.kind == ALL_PAIRS else n

    def __str__(self) -> str:
        words = {AGAINST_BASELINE: "every arm against the baseline", ALL_PAIRS: "all pairs of arms"}
        return (
            f"{count(self.size, 'comparison')} ({words.get(self.kind, 'the arms listed, to the baseline')})"
        )


@dataclass(frozen=True)
class Pair:
    """Two arms of the family of all pairs: `first` minus `second`."""

    first: str
    second: str
    difference: Paired
    p: float | None
    p_holm: float | None


def declared_output(plan: Mapping[str, Any]) -> str:
    """The output that conclusions rest on."""
    return str((plan.get("compare") or {}).get("metric") or plan["primary"])


def family(plan: Mapping[str, Any], output: str) -> Family:
    """The declared family, if `output` is the declared one; else every arm against the baseline."""
    compare = plan.get("compare") or {}
    baseline = plan.get("baseline")
    arms = [arm["id"] for arm in plan["arms"] if arm["reason"] is None]
    others = tuple(arm for arm in arms if arm != baseline) if baseline in arms else ()
    alpha = float(compare.get("alpha", ALPHA))
    if output != declared_output(plan):
        return Family(output, AGAINST_BASELINE, others, alpha, confirmatory=False)
    kind = compare.get("family", AGAINST_BASELINE)
    if kind == ALL_PAIRS:
        return Family(output, ALL_PAIRS, tuple(arms), alpha, confirmatory=True)
    if kind == AGAINST_BASELINE:
        return Family(output, AGAINST_BASELINE, others, alpha, confirmatory=True)
    listed = tuple(arm for arm in others if arm in set(kind))
    return Family(output, "listed", listed, alpha, confirmatory=True)


def corrected(p: Sequence[float | None], size: int) -> list[float | None]:
    """Holm over a family of `size` comparisons: one that could not be tested still counts in it.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    tested = sum(value is not None for value in p)
    return holm([*p, *[1.0] * (size - tested)])[: len(p)]


def pairs(finals: Array, outcomes: Array, grid: Grid, family: Family) -> list[Pair]:
    """Every pair of the family's arms, the later one of the plan minus the earlier.

    Args:
        finals: (n_arms, n_seeds) final scores of the grid's arms.
        outcomes: The same as `endpoint` gives them, failures last.
        grid: Which arms those are.
        family: With its arms.
    """
    index = {arm: row for row, arm in enumerate(grid.arms)}
    named = [(second, first) for first, second in combinations(family.arms, 2)]
    if not named:
        return []
    ours, theirs = ([index[pair[side]] for pair in named] for side in (0, 1))
    gaps = contests(finals[ours] - finals[theirs], outcomes[ours], outcomes[theirs])
    tested = (~np.isnan(gaps)).sum(axis=1) >= 2
    found = sign_flips(gaps, np.random.default_rng(0))
    p = [value if enough else None for value, enough in zip(found, tested.tolist(), strict=True)]
    p_holm = corrected(p, family.size)
    return [
        Pair(one, other, paired_difference(finals[index[one]], finals[index[other]]), raw, holm_)
        for (one, other), raw, holm_ in zip(named, p, p_holm, strict=True)
    ]
