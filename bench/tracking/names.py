"""What arms are called in MLflow, whose tables cut long names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ITEM = re.compile(r"([\w.]+)=([^=]+)")


def short_names(study: Mapping[str, Any]) -> dict[str, str]:
    """Arm id -> name, with what all levels of a factor share left out.

    `wasserstein + instance_noise(sigma=0.3, until=0.8)` is called `wasserstein + instance_noise 0.3`, unless
    another level has that sigma as well. If two arms of the study would be called the same, all keep the
    names that they have in the plan.

    Args:
        study: The study event, for its `factors` (name -> labels of the levels) and `arms`.
    """
    full = {arm["id"]: str(arm.get("name", arm["id"])) for arm in study["arms"]}
    names = dict(full)
    labels = {factor: _short_labels(levels) for factor, levels in study.get("factors", {}).items()}
    for arm in study["arms"]:
        for factor, label in (arm.get("levels") or {}).items():
            shortened = labels.get(factor, {}).get(str(label), str(label))
            names[arm["id"]] = names[arm["id"]].replace(f"{factor}({label})", f"{factor} {shortened}")
    return names if len(set(names.values())) == len(names) else full


def _short_labels(labels: list[str]) -> dict[str, str]:
    """Label -> its first knob's value, then the other knobs whose values tell the levels apart."""
    knobs = {label: found for label in map(str, labels) if (found := _knobs(label))}
    told = {name for found in knobs.values() for name in found}
    differing = {name for name in told if len({found.get(name) for found in knobs.values()}) > 1}
    short = {}
    for label, found in knobs.items():
        (_, first), *others = found.items()
        short[label] = ", ".join([first, *(f"{name}={value}" for name, value in others if name in differing)])
    return short if len(set(short.values())) == len(short) else {}


def _knobs(label: str) -> dict[str, str]:
    """Knob -> value of a label such as `sigma=0.3, until=0.8`; nothing for a label of another kind."""
    items = [_ITEM.fullmatch(item) for item in label.split(", ")]
    return {item[1]: item[2] for item in items if item} if all(items) else {}
