"""How an arm's knobs were chosen, where a study searched them: `bench.tuning`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bench.fields import number
from bench.reports._document import Block, Listing, Paragraph
from bench.reports._families import declared_output
from bench.wording import count

_SAMPLERS = {"tpe": "TPE", "random": "random search"}
"""How people call them."""


def searched(plan: dict[str, Any], arms: Collection[str]) -> list[Block]:
    """Below the table: how many trials, by what, and what they found in each of these arms."""
    if not plan.get("search"):
        return []
    return [Paragraph(told(plan)), Listing(tuple(found(plan, arms)))]


def told(plan: dict[str, Any]) -> str:
    """How the search went, in a sentence or two."""
    about = plan["search"]
    seeds = about["seeds"]
    named = f"training seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"
    label = plan["outputs"][declared_output(plan)]["label"]
    sampler = _SAMPLERS.get(about["sampler"], about["sampler"])
    return (
        f"Knobs chosen by search: {count(about['trials'], 'trial')} an arm, {sampler}, {named}, the best by "
        f"final {label}. All scores are of other runs: the winners' own, on seeds that no trial had."
    )


def found(plan: dict[str, Any], arms: Collection[str]) -> list[str]:
    """What was chosen in each of these arms, in the plan's order: `hinge: r1.gamma=0.31 (trial 7 of 20)`."""
    about = plan["search"]
    lines = []
    for arm in plan["arms"]:
        if arm["id"] not in arms or arm["reason"]:
            continue
        own = about["arms"].get(arm["id"])
        if own is None:
            said = "nothing was left to search"
        elif own["knobs"] is None:
            said = "not chosen yet"
        else:
            knobs = ", ".join(f"{name}={number(float(value))}" for name, value in own["knobs"].items())
            said = f"{knobs} ({_which(own['trial'], about['trials'])})"
        lines.append(f"{arm['name']}: {said}")
    return lines


def _which(trial: int, trials: int) -> str:
    """Trials are counted from 0, which is what the study's file has set."""
    return f"trial 0 of {trials}, as the study sets them" if trial == 0 else f"trial {trial} of {trials}"
