"""The events that a driver writes on its own account: the plan, and a start for what never started."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain
from typing import Any

from bench import compare
from bench.compare import output_of
from bench.journal import Event
from bench.plan import Plan, scoring
from bench.plugins import among, where
from bench.published import plain
from bench.study import Study
from bench.tasks import Member, Task
from bench.tuning.prospect import told
from gan.recipe import Choice, digest
from gan.registry import Spec


def study_event(plan: Plan, outputs: dict[str, Any], protocol: dict[str, Any]) -> Event:
    """The plan as the record and the reports need it.

    Args:
        plan: What is to be done.
        outputs: Output -> label, direction, digits, ceiling, headline, metric.
        protocol: All that a score depends on besides the samples.
    """
    study = plan.study
    primary = primary_output(study, outputs)
    applicable = {arm.id: arm.levels for arm in plan.arms if arm.reason is None}
    arms = [
        {
            "id": arm.id,
            "name": arm.name,
            "levels": arm.levels,
            "reason": arm.reason,
            "runs": [{"id": run.id, "seed": run.seed, "params": run.params} for run in arm.runs],
        }
        for arm in plan.arms
    ]
    event = {
        "type": "study",
        "name": study.name,
        "question": study.question,
        "path": study.path.name,
        "design": study.design,
        "factors": {name: [level.label for level in levels] for name, levels in study.factors.items()},
        "seeds": list(study.seeds),
        "common": _common(plan),
        "baseline": plan.baseline,
        "primary": primary,
        "compare": compare.plain(study.compare, outputs, primary, applicable, study.seeds, plan.baseline),
        "outputs": outputs,
        "scoring": scoring_digest(plan),
        "protocol": protocol,
        "cautions": list(plan.cautions),
        "arms": arms,
    }
    if plugins := {
        spec.name: {"kind": spec.kind, "sha256": spec.source, "file": where(spec)} for spec in used(study)
    }:
        event["plugins"] = plugins
    if study.search is not None:
        event["search"] = told(plan)
    if study.stop_when:
        event["stop_when"] = study.stop_when.as_dict()
    if study.profile:
        event["profile"] = study.profile
    if study.published:
        event["published"] = plain(study.published, {arm.id: arm.levels for arm in plan.arms})
    return {**event, "digest": digest(event)}


def _common(plan: Plan) -> dict[str, str]:
    """The parameters that all runs share."""
    first, *rest = [run.params for run in plan.runs] or [{}]
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in rest)}


def data_of(plan: Plan) -> dict[str, Any]:
    """The study's data with its options, as plain values."""
    data = plan.study.base["data"]
    assert isinstance(data, Choice)
    return data.as_dict()


def used(study: Study) -> tuple[Spec, ...]:
    """The plug-ins that a study has chosen, by name."""
    levels = (level.value for levels in study.factors.values() for level in levels)
    return among(chain(study.base.values(), levels, study.metrics), study.plugins)


def scoring_digest(plan: Plan) -> str:
    """Digest of what a survey depends on, besides library versions."""
    return digest({"data": data_of(plan), **scoring(plan.study)})


def primary_output(study: Study, outputs: dict[str, Any]) -> str:
    """The output that a study's conclusions rest on."""
    return output_of(study.compare.metric or study.primary, outputs)


def start_event(task: Task, member: Member) -> Event:
    """A run of a cohort begins, or begins again."""
    chosen = [*chain(*member.recipe.choices.values()), *task.scoring.metrics]
    plugins = {choice.name: choice.source for choice in chosen if choice.source is not None}
    event = {
        "type": "start",
        "run": member.run,
        "arm": member.arm,
        "arm_name": member.arm_name,
        "seed": member.seed,
        "name": f"{member.arm_name} · seed {member.seed}",
        "cohort": task.id,
        "cohort_size": len(task.members),
        **asdict(task.place),
        "scoring": task.scoring.as_dict(),
        "recipe": member.recipe.as_dict(),
        "params": member.params,
    }
    return {**event, "plugins": plugins} if plugins else event
