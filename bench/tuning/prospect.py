"""What a plan knows of a search before it begins: what is searched in which arm, in how many runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench import settings
from bench.compare import output_of
from bench.plan import Arm, Plan, Run
from bench.problems import Problem, StudyError
from bench.study import Study
from bench.tuning.declared import Declared
from bench.tuning.space import Searched, Space, bounds, space
from gan.recipe import digest
from gan.registry import unknown


def prospective(plan: Plan, outputs: Mapping[str, Mapping[str, Any]]) -> Plan:
    """The plan with what is searched, and stand-ins for runs that nobody knows yet.

    In designs that search nothing it stays as it is.

    Args:
        plan: As if nothing were searched.
        outputs: Of the study's metrics; empty if nobody asked them.

    Raises:
        StudyError: A range means nothing, nothing is left to search, or the primary output has no better end.
    """
    study, declared = plan.study, plan.study.search
    if declared is None:
        return plan
    spaces = [
        space(arm.settings, _fixed(study, arm) | declared.off, declared.ranges) if arm.reason is None else ()
        for arm in plan.arms
    ]
    if found := [*_meaningless(plan, declared, spaces), *_directionless(study, outputs)]:
        raise StudyError(found)
    arms, searched = [], {}
    for arm, dimensions in zip(plan.arms, spaces, strict=True):
        if dimensions:
            known = Searched(dimensions)
            again = replace(arm, id=_arm_id(study, declared, arm, dimensions))
            searched[again.id] = known
            again = replace(again, runs=stand_ins(again, known, "winner", study.seeds))
            arms.append(again)
        else:
            arms.append(arm)
    return replace(plan, arms=tuple(arms), searched=searched)


def told(plan: Plan) -> dict[str, Any]:
    """What the record and the reports say of the search; plain values."""
    declared = plan.study.search
    assert declared is not None
    return {
        "trials": declared.trials,
        "batch": declared.batch,
        "sampler": declared.sampler,
        "seeds": list(declared.seeds),
        "arms": {
            arm: {
                "space": {each.name: each.plain() for each in about.space},
                **{key: (about.winner or {}).get(key) for key in ("trial", "knobs", "output", "value")},
            }
            for arm, about in plan.searched.items()
        },
    }


def stand_ins(arm: Arm, about: Searched, what: int | str, seeds: Collection[int]) -> tuple[Run, ...]:
    """Runs with the study's own numbers where others will be; none of them is ever trained."""
    names = {each.name for each in about.space}
    flat = settings.parameters(arm.settings, [], 0)
    return tuple(
        Run(
            id=digest([arm.id, what, seed]),
            arm=arm.id,
            seed=seed,
            recipe=settings.recipe(arm.settings, seed),
            params={**{name: value for name, value in flat.items() if name not in names}, "seed": str(seed)},
        )
        for seed in seeds
    )


def _arm_id(study: Study, declared: Declared, arm: Arm, dimensions: Space) -> str:
    """Digest of all that an arm's trials hang on but their number, of which there may be more some day."""
    about = {
        "sampler": declared.sampler,
        "batch": declared.batch,
        "seeds": list(declared.seeds),
        "space": {each.name: each.plain() for each in dimensions},
        "by": study.compare.metric or study.primary,
    }
    return digest({"arm": arm.id, "search": about})


def _fixed(study: Study, arm: Arm) -> frozenset[str]:
    """What the arm's levels set by number."""
    return frozenset(
        number
        for factor, label in arm.levels.items()
        for level in study.factors[factor]
        if level.label == label
        for number in level.numbers
    )


def _meaningless(plan: Plan, declared: Declared, spaces: Sequence[Space]) -> list[Problem]:
    """What is wrong with the ranges of a search."""
    found: list[Problem] = []
    path = str(plan.study.path)
    limits: dict[str, tuple[float, float]] = {}
    for arm in plan.arms:
        limits |= bounds(arm.settings)
    searched = {each.name for dimensions in spaces for each in dimensions}
    for name in (*declared.ranges, *sorted(declared.off)):
        if name not in limits:
            spot = declared.spots.get(name, (1, 1))
            found.append(Problem(path, *spot, unknown("number to search", name, limits)))
    for name, (low, high) in declared.ranges.items():
        spot = declared.spots.get(name, (1, 1))
        if name not in limits:
            continue
        if low < limits[name][0] or high > limits[name][1] or (name in settings.BOTH_RATES and low <= 0.0):
            least, most = limits[name]
            said = "above 0" if name in settings.BOTH_RATES else f"within {least:g} to {most:g}"
            found.append(Problem(path, *spot, f"the range of `{name}` must lie {said}"))
        elif name not in searched:
            said = "wherever it takes part, a level or a schedule sets it"
            found.append(Problem(path, *spot, f"`{name}` is searched in no arm: {said}"))
    if not searched and not found and any(arm.reason is None for arm in plan.arms):
        message = "there is nothing to search: levels or schedules set every learning rate and knob"
        found.append(Problem(path, 1, 1, message))
    return found


def _directionless(study: Study, outputs: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """That no trial can be called better than another."""
    if not outputs:
        return []
    output = output_of(study.compare.metric or study.primary, outputs)
    if outputs[output]["direction"] != "none":
        return []
    message = f"of {output} neither end is better: no trial can win by it; declare another `primary`"
    return [Problem(str(study.path), *study.primary_spot, message)]
