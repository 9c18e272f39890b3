"""Where the numbers come from: protocol, machines, cost, settings, and how to make them again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.reports._protocols import runs_of
from bench.reports._summary import Summary
from bench.reports._words import machines
from bench.rows import Results
from bench.wording import NOTHING

Pairs = tuple[tuple[str, str], ...]
_MINUTE, _HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Protocol:
    """One way in which runs were scored."""

    digest: str
    told: str
    """How many runs."""
    settings: Pairs


@dataclass(frozen=True)
class Spent:
    """What one arm took."""

    index: int | None
    """Place in the plan; None for the sum."""
    name: str
    runs: str
    training: str
    scoring: str
    share: str
    """Of all training."""


@dataclass(frozen=True)
class Provenance:
    """The section."""

    protocols: tuple[Protocol, ...]
    machines: tuple[str, ...]
    cost: tuple[Spent, ...]
    commands: tuple[str, ...]
    factors: Pairs
    common: Pairs
    digests: Pairs


def provenance(results: Results, summaries: Sequence[Summary]) -> Provenance:
    """Everything that another laboratory would ask for."""
    plan = results.plan
    return Provenance(
        protocols=_protocols(results),
        machines=_machines(results),
        cost=_cost(results, summaries),
        commands=_commands(plan),
        factors=tuple((str(name), ", ".join(map(str, levels))) for name, levels in plan["factors"].items()),
        common=tuple((str(key), str(value)) for key, value in (plan.get("common") or {}).items()),
        digests=_digests(plan),
    )


def _protocols(results: Results) -> tuple[Protocol, ...]:
    told = runs_of(results)
    return tuple(
        Protocol(name, told[name], tuple(_flat(settings)))
        for name, settings in sorted(results.protocols.items())
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested plain values as (`a.b`, value), sorted by key."""
    found: list[tuple[str, str]] = []
    for key, value in sorted(values.items()):
        if isinstance(value, Mapping) and value:
            found += _flat(value, f"{prefix}{key}.")
        elif isinstance(value, Mapping):
            found.append((f"{prefix}{key}", "with its defaults"))
        else:
            found.append((f"{prefix}{key}", NOTHING if value is None else str(value)))
    return found


def _machines(results: Results) -> tuple[str, ...]:
    return tuple(f"{hardware}: {runs}, {when}" for hardware, runs, when in machines(results))


def _cost(results: Results, summaries: Sequence[Summary]) -> tuple[Spent, ...]:
    """Training and scoring of every arm and in all; nothing where no run has told its time."""
    spent = results.rows.groupby("arm", sort=False)[["seconds", "scoring_seconds"]].agg(["sum", "count"])
    training, scoring = (spent[name, "sum"].sum() for name in ("seconds", "scoring_seconds"))
    if not spent["seconds", "count"].sum():
        return ()
    lines = []
    for index, arm in enumerate(summaries):
        if arm.id in spent.index:
            line = spent.loc[arm.id]
            lines.append(_spent(index, arm.name, line, float(training)))
    total = spent.sum()
    return (*lines, _spent(None, "all arms", total, float(training))) if scoring or training else tuple(lines)


def _spent(index: int | None, name: str, line: Any, training: float) -> Spent:
    own = float(line["seconds", "sum"])
    return Spent(
        index=index,
        name=name,
        runs=f"{int(line['seconds', 'count']):,}",
        training=duration(own) if line["seconds", "count"] else NOTHING,
        scoring=duration(float(line["scoring_seconds", "sum"]))
        if line["scoring_seconds", "count"]
        else NOTHING,
        share=f"{100 * own / training:.0f} %" if training else NOTHING,
    )


def duration(seconds: float) -> str:
    """`4.2 s`, `3 min 20 s`, `5 h 07 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < _MINUTE - 0.5:
        return f"{seconds:.0f} s"
    if seconds < _HOUR - 0.5:
        return f"{round(seconds) // 60} min {round(seconds) % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h {minutes % 60:02d} min"


def _commands(plan: dict[str, Any]) -> tuple[str, ...]:
    path = shlex.quote(str(plan.get("path") or f"{plan['name']}.yaml"))
    return (f"ganbench run {path}", f"ganbench report {path}")


def _digests(plan: dict[str, Any]) -> Pairs:
    """What tells this study, and what it declared, from another of the same name."""
    declared = plan.get("declared") or {}
    pairs = [
        ("plan", plan.get("digest")),
        ("scoring", plan.get("scoring")),
        ("comparison, as declared before the first run", declared.get("digest")),
        ("comparison, now", (plan.get("compare") or {}).get("digest")),
    ]
    plugins = (plan.get("plugins") or {}).items()
    pairs += [(f"plug-in {name}, from {about['file']}", about["sha256"]) for name, about in plugins]
    return tuple((name, str(value)) for name, value in pairs if value)
