"""Every number that no ranking may rest on, in one table at the end."""

from __future__ import annotations

from typing import Any

from bench.reports._markdown import ORACLE, escape, plus_minus, table
from bench.reports._summary import Summary
from bench.rows import Results
from bench.wording import ARROWS, number

ABOUT = (
    "Numbers that explain the ones above and that no ranking should rest on: final mean ± half of its 95 % "
    "interval over seeds. What each sees, and what it is blind to: docs/metrics.md."
)


def diagnostic_outputs(plan: dict[str, Any]) -> list[str]:
    """The outputs that have no section of their own, in the plan's order."""
    return [
        name
        for name, about in plan["outputs"].items()
        if not about.get("headline", True) and name != plan["primary"]
    ]


def diagnostics(results: Results, summaries: list[Summary]) -> list[str]:
    """Heading, explanation and table; nothing if every output has its own section."""
    names = diagnostic_outputs(results.plan)
    if not names:
        return []
    about = results.plan["outputs"]
    labels = [escape(about[name]["label"]) + ARROWS.get(about[name]["direction"], "") for name in names]
    oracle = [number(results.oracle.get(name), about[name]["digits"]) for name in names]
    rows = [[ORACLE, *oracle]]
    for summary in summaries:
        if summary.reason is None:
            means = [plus_minus(summary.cells[name].final, about[name]["digits"]) for name in names]
            rows.append([escape(summary.name), *means])
    return ["## Diagnostics", "", ABOUT, "", *table(["arm", *labels], rows)]
