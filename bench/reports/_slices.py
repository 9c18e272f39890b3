"""Which arms can be analysed together: complete crossings of levels; in words, what is left out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.stats.subdesigns import Cell, largest_complete
from bench.wording import count

Arm = Mapping[str, Any]
"""An arm of the plan: id, name, levels, reason, runs."""

_AROUND = {
    "add_one": ("with all else as in the baseline", "changes one factor at a time"),
    "leave_one_out": ("with all else on", "takes one factor at a time back"),
}
"""Designs that cross nothing: where each factor is changed, and what they do."""


@dataclass(frozen=True)
class Slice:
    """Arms that cross some levels of some factors completely."""

    factors: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    """Of each factor, in the study's order; at least two."""
    references: tuple[str, ...]
    """Of each factor the level that the others are compared with: the baseline's, if it is among them."""
    arms: tuple[Arm, ...]
    """One a cell, the last factor's level changing fastest."""
    setting: str = ""
    """What all other factors are at, in words; empty where they are crossed too."""


def slices(plan: Mapping[str, Any]) -> tuple[list[Slice], list[str]]:
    """The parts of a study that can be analysed, and sentences about what cannot, and why.

    A factorial gives one: all of it, or the largest complete part. A design without one, or that crosses
    nothing, gives one a factor: the arms that differ from the baseline (or, leaving one out, from everything
    on) in that factor alone.
    """
    arms: list[Arm] = [arm for arm in plan["arms"] if arm["reason"] is None]
    factors = [factor for factor in plan["factors"] if len({arm["levels"].get(factor) for arm in arms}) > 1]
    if len(arms) < 2 or not factors:
        return [], ["Fewer than two arms apply: there is nothing to compare."]
    still = _still(plan, factors)
    baseline = next((arm for arm in plan["arms"] if arm["id"] == plan.get("baseline")), plan["arms"][0])
    design = str(plan.get("design"))
    if design in _AROUND and len(factors) > 1:
        setting, does = _AROUND[design]
        # Its first arm after the baseline has everything on: see `bench.designs`.
        centre = baseline if design == "add_one" else plan["arms"][1]
        found, notes = _one_at_a_time(plan, arms, factors, centre, setting)
        if len(arms) < len(plan["arms"]):
            notes.append(f"Left out: {_why_empty(plan, factors)}.")
        said = f"The design ({design}) {does}: no interactions can be asked, each effect holds {setting}."
        return found, [said, *still, *notes]
    whole = _crossing(plan, arms, factors, baseline)
    if whole is not None:
        return [whole], still + _left_out(plan, factors, whole, baseline)
    said = (
        f"No two-way table is complete: {_why_empty(plan, factors)}. Main effects only, each factor by "
        f"itself {_AROUND['add_one'][0]}."
    )
    found, notes = _one_at_a_time(plan, arms, factors, baseline, _AROUND["add_one"][0])
    return found, [said, *still, *notes]


def _still(plan: Mapping[str, Any], factors: Sequence[str]) -> list[str]:
    """Factors whose other levels do not apply anywhere."""
    names = [
        factor for factor, levels in plan["factors"].items() if len(levels) > 1 and factor not in factors
    ]
    return [f"Left out: {', '.join(names)}, the same in all arms that apply."] if names else []


def _crossing(
    plan: Mapping[str, Any], arms: Sequence[Arm], factors: Sequence[str], baseline: Arm
) -> Slice | None:
    """The largest complete part of the design."""
    listed = [list(plan["factors"][factor]) for factor in factors]
    cells: dict[Cell, Arm] = {}
    for arm in arms:
        cells[_indices(arm, factors, listed)] = arm
    start = _indices(baseline, factors, listed)
    kept = largest_complete(cells, tuple(map(len, listed)), start)
    if kept is None:
        return None
    axes = [axis for axis, levels in enumerate(kept) if len(levels) > 1]
    return Slice(
        factors=tuple(factors[axis] for axis in axes),
        levels=tuple(tuple(listed[axis][index] for index in kept[axis]) for axis in axes),
        references=tuple(
            listed[axis][start[axis] if start[axis] in kept[axis] else kept[axis][0]] for axis in axes
        ),
        arms=tuple(cells[cell] for cell in itertools.product(*kept)),
    )


def _indices(arm: Arm, factors: Sequence[str], listed: Sequence[Sequence[str]]) -> Cell:
    return tuple(levels.index(arm["levels"][f]) for f, levels in zip(factors, listed, strict=True))


def _one_at_a_time(
    plan: Mapping[str, Any], arms: Sequence[Arm], factors: Sequence[str], centre: Arm, setting: str
) -> tuple[list[Slice], list[str]]:
    """One slice a factor: `centre` and the arms that differ from it in that factor alone."""
    if centre["reason"] is not None:
        return [], [f"{centre['name']}, which the others would be compared with, does not apply."]
    found, alone = [], []
    for factor in factors:
        by_level = {arm["levels"][factor]: arm for arm in arms if _differs_in(arm, centre) <= {factor}}
        levels = tuple(level for level in plan["factors"][factor] if level in by_level)
        if len(levels) < 2:
            alone.append(factor)
            continue
        reference = centre["levels"][factor]
        cells = tuple(by_level[level] for level in levels)
        found.append(Slice((factor,), (levels,), (reference,), cells, setting))
    said = [f"Left out: {', '.join(alone)}, which no arm changes alone."] if alone else []
    return found, said


def _differs_in(arm: Arm, other: Arm) -> set[str]:
    return {factor for factor, level in arm["levels"].items() if other["levels"].get(factor) != level}


def _left_out(plan: Mapping[str, Any], factors: Sequence[str], whole: Slice, baseline: Arm) -> list[str]:
    """What the largest complete part leaves out of the design, and why."""
    kept = {arm["id"] for arm in whole.arms}
    lost = [arm for arm in plan["arms"] if arm["reason"] is None and arm["id"] not in kept]
    parts = []
    for factor in factors:
        levels = {arm["levels"][factor] for arm in whole.arms}
        missing = [level for level in plan["factors"][factor] if level not in levels]
        if len(levels) == 1:
            parts.append(f"{factor} stays at {next(iter(levels))}")
        elif missing:
            parts.append(f"{factor} goes without {', '.join(missing)}")
    if not parts:
        return []
    moved = [
        f"{factor}: {reference} stands for the baseline's {baseline['levels'][factor]}"
        for factor, reference in zip(whole.factors, whole.references, strict=True)
        if reference != baseline["levels"][factor]
    ]
    return [
        f"Only the largest complete part of the design is analysed ({len(kept)} of {len(kept) + len(lost)} "
        f"arms that apply): {'; '.join(parts)}; because {_why_empty(plan, factors)}."
        + (f" {'; '.join(moved)}." if moved else "")
    ]


def _why_empty(plan: Mapping[str, Any], factors: Sequence[str]) -> str:
    declined = [arm for arm in plan["arms"] if arm["reason"] is not None]
    if not declined:
        return f"not every combination of {', '.join(factors)} is part of the study"
    verb = "does" if len(declined) == 1 else "do"
    first = declined[0]
    more = ", for one" if len(declined) > 1 else ""
    return f"{count(len(declined), 'arm')} {verb} not apply ({first['name']}{more}: {first['reason']})"
