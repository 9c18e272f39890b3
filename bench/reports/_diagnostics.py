"""Every number that no ranking may rest on, and what is said of them."""

from __future__ import annotations

from typing import Any

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
