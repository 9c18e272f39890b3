"""What a study's file says that its record does not know yet: it was changed after it was last run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.compare import output_of
from bench.study import Study


def unrecorded(study: Study, plan: Mapping[str, Any]) -> list[str]:
    """The keys of the file that read differently in the record.

    Args:
        study: The file as it is now.
        plan: The plan as it was last run.
    """
    now: dict[str, Any] = {
        "question": study.question,
        "design": study.design,
        "factors": {name: [level.label for level in levels] for name, levels in study.factors.items()},
        "seeds": list(study.seeds),
        "profile": study.profile,
    }
    then = {"profile": "", **plan}
    found = [key for key, value in now.items() if then.get(key) != value]
    # Records of an earlier version declare nothing.
    if (declared := plan.get("compare")) is not None and _otherwise(study, declared, plan["outputs"]):
        found.append("compare")
    return found


def _otherwise(study: Study, declared: Mapping[str, Any], outputs: Mapping[str, Any]) -> bool:
    """Whether the file compares otherwise; listed arms by their number, since ids are not known here."""
    family, recorded = study.compare.family, declared["family"]
    metric = study.compare.metric or study.primary
    return (
        (bool(metric) and output_of(metric, outputs) != declared["metric"])
        or study.compare.alpha != declared["alpha"]
        or isinstance(family, str) != isinstance(recorded, str)
        or (family != recorded if isinstance(family, str) else len(family) != len(recorded))
    )


def told(path: str, keys: list[str]) -> str:
    """What a user is told of it."""
    return (
        f"Note: {path} was changed since it was last run ({', '.join(keys)}); this shows what was recorded. "
        f"`ganbench run {path}` takes the change over."
    )
