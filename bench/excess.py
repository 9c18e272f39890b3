"""What a design of too many runs would cost, from a few of its arms: no other is spelled out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import mean

from bench import placement
from bench.designs import DESIGNS, count, spread
from bench.plan import Arm, Cohort, arms_of
from bench.problems import Problem, StudyError
from bench.record_size import record_bytes, size
from bench.study import Study, baseline_indices
from gan.recipe import Recipe

MOST_RUNS = 100_000
"""A design with more is refused."""
LOOKED_AT = 11
"""Arms that stand for all; a prime, so that evenly spaced they meet all levels of factors with 2, 5 or 10."""


@dataclass(frozen=True)
class _Cost:
    """Of a whole design."""

    time: str
    record: str
    arms: str
    """Which arms it was computed from."""


def refuse(study: Study, why_not: Callable[[Recipe], str | None]) -> None:
    """Nothing, unless the design is too large.

    Raises:
        StudyError: It has more than `MOST_RUNS` runs; says what they would cost on this machine, and what to
            change.
    """
    runs = _arms(study, study.design) * _of_an_arm(study)
    if runs <= MOST_RUNS:
        return
    each = f"{_of_an_arm(study):,} {'runs of its search' if study.search else 'seeds'}"
    many = f"{_arms(study, study.design):,} arms x {each} = {runs:,} runs"
    cost = _cost(study, why_not, runs)
    told = (
        "none of the arms that were looked at applies"
        if cost is None
        else (f"on this machine they would take {cost.time}, and their record {cost.record} ({cost.arms})")
    )
    message = f"the design has {many}, more than the {MOST_RUNS:,} that are run; {told}. {_instead(study)}"
    raise StudyError([Problem(str(study.path), *study.factors_spot, message)])


def _arms(study: Study, design: str) -> int:
    sizes = tuple(len(levels) for levels in study.factors.values())
    return count(design, sizes, baseline_indices(study))


def _instead(study: Study) -> str:
    """What to change, in a sentence."""
    if study.search:
        return "Take fewer levels, seeds or trials."
    others = {name: _arms(study, name) * len(study.seeds) for name in DESIGNS if name != "search"}
    fewer = [f"`design: {name}` ({runs:,} runs)" for name, runs in others.items() if runs <= MOST_RUNS]
    return ", or ".join(["Take fewer levels or seeds", *fewer]) + "."


def _of_an_arm(study: Study) -> int:
    """Runs: one a seed, and those of a search."""
    return len(study.seeds) + (study.search.trials * len(study.search.seeds) if study.search else 0)


def _cost(study: Study, why_not: Callable[[Recipe], str | None], runs: int) -> _Cost | None:
    """Of all `runs`, from some arms; None if none of these applies."""
    from bench import estimate

    sizes = tuple(len(levels) for levels in study.factors.values())
    some = spread(study.design, sizes, baseline_indices(study), LOOKED_AT)
    looked = arms_of(replace(study, seeds=study.seeds[:1]), some, why_not)
    found = [arm for arm in looked if arm.reason is None]
    if not found:
        return None
    devices = placement.spread(placement.devices(("auto",)))
    device, workers = devices[0], len(devices)
    size_of = placement.cohort_size(device, devices.count(device))
    groups = [_full(arm, size_of) for arm in found]
    spans = estimate.costs(study, groups, estimate.NOTHING, device, workers)
    share = runs * len(found) / len(looked)
    low, high = (
        share / workers * mean(span[end] / len(group.runs) for span, group in zip(spans, groups, strict=True))
        for end in (0, 1)
    )
    one = [record_bytes(study, group.runs[0]) for group in groups]
    parts = {
        "journal": mean(each.journal for each in one),
        "pictures and checkpoints": mean(each.files for each in one),
        "MLflow": mean(each.mlflow for each in one),
    }
    said = ", ".join(f"{name} {size(share * each)}" for name, each in parts.items())
    declined = len(looked) - len(found)
    lacking = f", {declined} of which do not apply" if declined else ""
    return _Cost(
        f"{estimate.words(low, high)} with {workers} worker{'s' if workers > 1 else ''}",
        f"about {size(share * sum(parts.values()))}: {said}",
        f"estimated from {len(looked)} arms, evenly spaced{lacking}",
    )


def _full(arm: Arm, size_of: Callable[[Recipe], int]) -> Cohort:
    """As many replicas of an arm as train together: among so many runs every cohort is full."""
    (first,) = arm.runs
    return Cohort(arm.id, (first,) * max(1, size_of(first.recipe)))
