"""Rows -> one summary an arm: what the comparison shows, as numbers, before anybody formats them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bench.reports._cells import Cell, cells, outcomes, ranks
from bench.reports._families import Pair, declared_output, family, pairs
from bench.reports._grid import BROKEN, Grid, grid
from bench.reports._rates import Rate, occurring, rates
from bench.rows import Results
from bench.stats import Friedman, Interval, Nemenyi, mean_interval, nemenyi

__all__ = ["BROKEN", "Cell", "Pair", "Ranking", "Rate", "Summary", "all_pairs", "ranking", "summarise"]


@dataclass(frozen=True)
class Summary:
    """One arm."""

    id: str
    name: str
    levels: dict[str, str]
    reason: str | None
    """Why it does not apply; None if it does."""
    planned: int
    verdicts: dict[str, int]
    """Verdict -> runs, of the runs that ended."""
    unfinished: tuple[int, ...]
    """Seeds that are pending or running."""
    seconds: Interval
    cells: dict[str, Cell]
    rates: dict[str, Rate]
    """Verdict -> rate, of "healthy" and of every verdict that any arm's runs have."""

    @property
    def ended(self) -> int:
        """Runs that came to an end, whatever end."""
        return sum(self.verdicts.values())

    @property
    def healthy(self) -> int:
        """Runs that ended healthy."""
        return self.verdicts.get("healthy", 0)

    @property
    def unhealthy(self) -> list[str]:
        """Runs that ended otherwise, by verdict: `3 collapsed`."""
        return [f"{runs} {verdict}" for verdict, runs in self.verdicts.items() if verdict != "healthy"]


@dataclass(frozen=True)
class Ranking:
    """The combined endpoint over all arms that apply: an overview, which confirms nothing."""

    arms: tuple[str, ...]
    friedman: Friedman
    nemenyi: Nemenyi | None
    """Which arms' mean ranks can be told apart; None where there are too few seeds or arms."""


def summarise(results: Results) -> list[Summary]:
    """Every arm in the plan's order, those that do not apply among them."""
    # Every report asks for them, and of ten thousand runs they take seconds.
    if "summaries" not in results.memo:
        results.memo["summaries"] = _summaries(results)
    return list(results.memo["summaries"])


def _summaries(results: Results) -> list[Summary]:
    plan, runs = results.plan, grid(results)
    comparable = len(results.protocols) < 2
    columns = {output: cells(runs, plan, output, comparable) for output in plan["outputs"]}
    shares = rates(runs, plan, occurring(runs))
    seconds = runs.values("seconds")
    found = []
    for row, arm in enumerate(plan["arms"]):
        ended = runs.verdicts[row][runs.over[row]].tolist()
        waiting = (runs.planned[row] & ~runs.over[row]).tolist()
        took = seconds[row]
        found.append(
            Summary(
                id=arm["id"],
                name=arm["name"],
                levels=arm["levels"],
                reason=arm["reason"],
                planned=int(runs.planned[row].sum()),
                verdicts=dict(sorted(Counter(map(str, ended)).items())),
                unfinished=tuple(seed for seed, wait in zip(runs.seeds, waiting, strict=True) if wait),
                seconds=mean_interval(took[took == took]),
                cells={output: column[arm["id"]] for output, column in columns.items()},
                rates=shares[arm["id"]],
            )
        )
    return found


def ranking(results: Results, output: str | None = None) -> Ranking | None:
    """The arms that apply, ranked within each seed on `output`, by default the declared one.

    None where neither end is better, or protocols are mixed.
    """
    plan, runs = results.plan, grid(results)
    output = output or declared_output(plan)
    rows = _applicable(runs)
    placed = ranks(runs, output, plan["outputs"][output]["direction"], rows)
    if placed is None or len(results.protocols) > 1:
        return None
    alpha = family(plan, output).alpha
    apart = nemenyi(placed.mean_ranks, placed.n, alpha)
    return Ranking(tuple(runs.arms[row] for row in rows), placed, apart)


def all_pairs(results: Results) -> list[Pair]:
    """The comparisons of a declared family of all pairs; none under another family."""
    output = declared_output(results.plan)
    asked = family(results.plan, output)
    if asked.kind != "all_pairs":
        return []
    runs = grid(results)
    finals = runs.values(f"{output}.final")
    return pairs(finals, outcomes(runs, finals, results.plan["outputs"][output]["direction"]), runs, asked)


def _applicable(runs: Grid) -> list[int]:
    return [row for row in range(len(runs.arms)) if runs.planned[row].any()]
