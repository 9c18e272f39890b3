"""Study -> arms -> runs -> cohorts; what does not apply, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bench import settings
from bench.compare import misdeclared, output_of
from bench.designs import Combination, combinations
from bench.problems import Problem, StudyError
from bench.published import without_place
from bench.settings import Level, Value
from bench.stop_key import without_effect
from bench.study import Study, baseline_indices
from bench.tuning.space import Searched
from gan.recipe import SEMANTICS, Recipe, canonical, digest, named


@dataclass(frozen=True)
class Arm:
    """One combination of levels: a row of the comparison table."""

    id: str
    """Digest of the arm's resolved configuration without the seed."""
    name: str
    """What a person reads: `non_saturating + instance_noise(sigma=0.1, until=0.5)`."""
    levels: dict[str, str]
    """Factor -> label of its level (`off` included), in the study's order."""
    reason: str | None
    """Why this combination does not apply; None if it does."""
    runs: tuple[Run, ...]
    """One a seed; empty if the arm does not apply."""
    settings: Mapping[str, Value] = field(default_factory=dict, compare=False, repr=False)
    """All that its runs are made of but the seed."""


@dataclass(frozen=True)
class Run:
    """One arm with one seed."""

    id: str
    """Digest of the resolved configuration, seed and scoring protocol included."""
    arm: str
    """The arm's id."""
    seed: int
    recipe: Recipe
    params: dict[str, str]
    """Flat parameters for the record, one a factor and knob: `loss`, `instance_noise.sigma`, `seed`."""


@dataclass(frozen=True)
class Plan:
    """Everything a study will do."""

    study: Study
    arms: tuple[Arm, ...]
    """The baseline first."""
    cautions: tuple[str, ...] = ()
    """Why some of its numbers will mislead, and what to ask instead: `fid: on points ...`."""
    samples: int | None = None
    """Samples that a score really takes: no more than are held out. None if nobody asked the data."""
    searched: Mapping[str, Searched] = field(default_factory=dict)
    """Arm -> what is searched in it and what has been found, in design `search`."""

    @property
    def baseline(self) -> str:
        """Id of the arm that the others are compared with."""
        return self.arms[0].id

    @property
    def runs(self) -> list[Run]:
        """All runs of the arms that apply: every arm with the first seed, then with the second, ..."""
        by_arm = [arm.runs for arm in self.arms if arm.runs]
        return [run for of_one_seed in zip(*by_arm, strict=True) for run in of_one_seed]


@dataclass(frozen=True)
class Cohort:
    """Runs of one structure, trained together."""

    id: str
    """Digest of the ids of its runs."""
    runs: tuple[Run, ...]


def plan(study: Study, why_not: Callable[[Recipe], str | None] | None = None) -> Plan:
    """The arms of a study and their runs; of arms whose knobs are searched, prospective ones.

    Args:
        study: What to plan; without metrics of its own it gets the default ones.
        why_not: Why a combination does not apply, or None if it does; by default `gan.build.why_not`.

    Raises:
        StudyError: There are more runs than anybody can do; two arms are one and the same, or a search has
            nothing to search; or a metric does not fit the data, or a published number is of no arm or output
            of the study: these, like cautions, only with the default `why_not`.
    """
    from bench.tuning.prospect import prospective

    # What imports torch is imported where it is needed: a study's own mistakes need not wait for it.
    if not study.metrics:
        from bench.fitting import with_metrics

        study = with_metrics(study)
    from bench.excess import refuse

    if why_not is not None:
        refuse(study, why_not)
        return _without_twins(prospective(Plan(study, _arms(study, why_not)), {}))

    from bench import fitting
    from gan.build import why_not as ask_components

    if unfit := fitting.misfits(study):
        raise StudyError(unfit)

    def declined(recipe: Recipe) -> str | None:
        return ask_components(recipe) or fitting.within_a_step(study, recipe)

    refuse(study, declined)
    arms = _arms(study, declined)
    levels = [arm.levels for arm in arms]
    outputs = fitting.outputs_of(study)
    if lost := [
        *without_place(study, levels),
        *misdeclared(study.compare, str(study.path), study.primary, outputs, levels),
        *without_effect(study, outputs, (arm.runs[0].recipe for arm in arms if arm.runs)),
    ]:
        raise StudyError(lost)
    if study.compare.metric:
        decides = output_of(study.compare.metric, outputs)
        study = replace(study, primary=outputs[decides]["metric"])
    whole = Plan(study, arms, fitting.cautions(study), fitting.samples_scored(study))
    return _without_twins(prospective(whole, outputs))


def _arms(study: Study, why_not: Callable[[Recipe], str | None]) -> tuple[Arm, ...]:
    """One for each combination of the design."""
    sizes = tuple(len(levels) for levels in study.factors.values())
    return arms_of(study, combinations(study.design, sizes, baseline_indices(study)), why_not)


def arms_of(
    study: Study, chosen: Iterable[Combination], why_not: Callable[[Recipe], str | None]
) -> tuple[Arm, ...]:
    """The arms of some combinations of a study's levels."""
    tricks, factors = mentioned_tricks(study), study.factors.items()
    return tuple(
        _arm(
            study,
            {factor: levels[i] for (factor, levels), i in zip(factors, each, strict=True)},
            tricks,
            why_not,
        )
        for each in chosen
    )


def _without_twins(plan: Plan) -> Plan:
    """The plan. Two arms of one configuration share their runs, which would count once for each of them."""
    first: dict[str, Arm] = {}
    found = []
    for arm in plan.arms:
        if (twin := first.setdefault(arm.id, arm)) is not arm:
            # Levels of one factor differ in value, so that only arms which are spelled out can be twins.
            one, other = (same.levels[settings.ARM] for same in (twin, arm))
            message = (
                f"arm `{other}` is the same run as arm `{one}`: a setting that is already so changes nothing"
            )
            spot = plan.study.arm_spots.get(other, (1, 1))
            found.append(Problem(str(plan.study.path), *spot, message))
    if found:
        raise StudyError(found)
    return plan


def cohorts(runs: Iterable[Run], size_of: Callable[[Recipe], int]) -> list[Cohort]:
    """Runs grouped by structure, in the order in which structures and runs first appear.

    Args:
        runs: What to group.
        size_of: Most runs of this structure that train together, at least 1.
    """
    structures: dict[str, str] = {}  # of an arm: the seed is no part of it
    groups: dict[str, list[Run]] = {}
    for run in runs:
        if run.arm not in structures:
            structures[run.arm] = run.recipe.structure()
        groups.setdefault(structures[run.arm], []).append(run)
    found = []
    for group in groups.values():
        size = max(1, size_of(group[0].recipe))
        for first in range(0, len(group), size):
            members = tuple(group[first : first + size])
            found.append(Cohort(digest([run.id for run in members]), members))
    return found


def scoring(study: Study) -> dict[str, Any]:
    """The protocol under which runs are scored, as plain values; part of every run's id."""
    metrics = sorted(study.metrics, key=lambda metric: metric.name)
    told = {
        "metrics": [metric.as_dict() for metric in metrics],
        "evaluate_every": study.evaluate_every,
        "samples": study.samples,
    }
    return {**told, "stop_when": study.stop_when.as_dict()} if study.stop_when else told


def mentioned_tricks(study: Study) -> list[str]:
    """Every trick that is mentioned anywhere in the study."""
    levels = [(factor, level) for factor, several in study.factors.items() for level in several]
    mentioned = {*study.base, *(name for factor, level in levels for name in level.of(factor))}
    return sorted(name for name in mentioned if settings.is_trick(name))


def _arm(
    study: Study, chosen: Mapping[str, Level], tricks: list[str], why_not: Callable[[Recipe], str | None]
) -> Arm:
    changed = {name: value for factor, level in chosen.items() for name, value in level.of(factor).items()}
    resolved: dict[str, Value] = {**study.base, **settings.expanded(changed)}
    recipe = settings.recipe(resolved, study.seeds[0])
    reason = why_not(recipe)
    arm_id = _ids(study, recipe)(None)
    runs = runs_of(study, arm_id, resolved, study.seeds, tricks)
    return Arm(
        id=arm_id,
        name=" + ".join(_words(chosen)) or "base",
        levels={factor: level.label for factor, level in chosen.items()},
        reason=reason,
        runs=() if reason else runs,
        settings=resolved,
    )


def runs_of(
    study: Study, arm: str, resolved: Mapping[str, Value], seeds: Iterable[int], tricks: list[str]
) -> tuple[Run, ...]:
    """The runs of an arm that complete settings describe, one a seed.

    Args:
        study: For how they are scored.
        arm: The arm's id.
        resolved: All that they are made of but the seed.
        seeds: Of the runs.
        tricks: What is on or off even if unmentioned (see `mentioned_tricks`).
    """
    recipe = settings.recipe(resolved, 0)
    id_of, params = _ids(study, recipe), settings.parameters(resolved, tricks, 0)
    return tuple(
        Run(id_of(seed), arm, seed, replace(recipe, seed=seed), {**params, "seed": str(seed)})
        for seed in seeds
    )


def identity(study: Study) -> dict[str, Any]:
    """What every id is a digest of besides a recipe."""
    return {"scoring": scoring(study), "semantics": SEMANTICS}


def _ids(study: Study, recipe: Recipe) -> Callable[[int | None], str]:
    """Seed -> the id of a recipe's run with it; None -> that of its arm.

    All that they have in common is put into its canonical form once: a plan may have 100,000 runs.
    """
    plain: dict[str, Any] = canonical({**identity(study), "recipe": recipe.as_dict()})
    return lambda seed: named({**plain, "recipe": {**plain["recipe"], "seed": seed}})


def _words(chosen: Mapping[str, Level]) -> Iterable[str]:
    """What tells an arm from the others, factor by factor; a trick that is off goes without saying."""
    for factor, level in chosen.items():
        if factor in (*settings.PARTS, settings.ARM):
            yield level.label
        elif not settings.is_trick(factor):
            yield f"{factor}={level.label}"
        elif level.value is not None:
            yield factor if level.label == "on" else f"{factor}({level.label})"
