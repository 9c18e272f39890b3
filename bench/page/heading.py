"""What stands above the answer: which study this is, how large, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass

from bench.rows import Results
from bench.wording import count


@dataclass(frozen=True)
class Heading:
    """The top of the page."""

    study: str
    title: str
    """The question; the study's name where it asks none."""
    size: tuple[str, ...]
    """Arms, seeds, runs, data, design."""
    profile: str
    """Why this is not the full protocol; empty if it is."""
    cautions: tuple[str, ...]
    outside: str
    """Recorded runs that are not shown; empty if there are none."""
    seeds: str


def heading(results: Results) -> Heading:
    """The heading; what old records do not have is left out."""
    plan = results.plan
    size = [
        count(len(plan["arms"]), "arm"),
        count(len(plan["seeds"]), "seed"),
        count(len(results.rows), "run"),
    ]
    if data := (plan.get("common") or {}).get("data"):
        size.append(f"data: {data}")
    if design := plan.get("design"):
        size.append(f"design: {str(design).replace('_', ' ')}")
    left = f"Left out: {count(results.outside, 'recorded run')} that the present plan does not contain."
    return Heading(
        study=plan["name"],
        title=plan.get("question") or plan["name"],
        size=tuple(size),
        profile=plan.get("profile") or "",
        cautions=tuple(plan.get("cautions") or ()),
        outside=left if results.outside else "",
        seeds=", ".join(str(seed) for seed in plan["seeds"]),
    )
