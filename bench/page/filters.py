"""What the table can be filtered by: levels of factors and verdicts, each told by its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.reports._summary import Summary
from bench.rows import PENDING

_MOST_LEVELS = 60
"""Levels that a list to choose from has room for."""


@dataclass(frozen=True)
class Filter:
    """One list to choose from."""

    label: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Filters:
    """Every list, and what each arm is among them."""

    lists: tuple[Filter, ...]
    arms: tuple[tuple[str, ...], ...]
    """Of each arm in the plan's order, one entry a list: places of its options, apart by blanks."""


def filters(plan: dict[str, Any], summaries: Sequence[Summary]) -> Filters:
    """The lists that tell arms apart: of a factor whose arms have several levels, and of verdicts."""
    lists: list[Filter] = []
    columns: list[list[str]] = []
    for factor, levels in plan["factors"].items():
        used = [level for level in levels if any(arm.levels.get(factor) == level for arm in summaries)]
        if 1 < len(used) <= _MOST_LEVELS:
            lists.append(Filter(factor, tuple(used)))
            places = {level: str(place) for place, level in enumerate(used)}
            columns.append([places.get(str(arm.levels.get(factor)), "") for arm in summaries])
    verdicts = sorted({verdict for arm in summaries for verdict in _verdicts(arm)})
    if len(verdicts) > 1:
        lists.append(Filter("verdict", tuple(verdicts)))
        columns.append(
            [" ".join(str(verdicts.index(verdict)) for verdict in _verdicts(arm)) for arm in summaries]
        )
    arms = tuple(zip(*columns, strict=True)) if columns else tuple(() for _ in summaries)
    return Filters(tuple(lists), arms)


def _verdicts(arm: Summary) -> list[str]:
    if arm.reason is not None:
        return ["not applicable"]
    return [*arm.verdicts, *([PENDING] if arm.unfinished else [])]
