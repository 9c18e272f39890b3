"""The key `stop_when` of a study: `diverged`, `{collapsed_for: 3}`, or `{diverged: on, collapsed_for: 3}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, PlainValidator
from typing_extensions import TypedDict

from bench.fields import Count, adapter, quoted, switch
from bench.problems import Problem
from bench.stopping import StopWhen, sees_collapse
from bench.study_parts import Parts
from bench.wording import count
from gan.recipe import Recipe
from gan.registry import nearest

if TYPE_CHECKING:
    from bench.study import Study

KEY = "stop_when"
_FORM = "`stop_when` must be diverged, {collapsed_for: K} or {diverged: on, collapsed_for: K}"


class _Given(TypedDict, total=False):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    diverged: Annotated[Any, PlainValidator(switch)]
    collapsed_for: Count


def declared(parts: Parts) -> StopWhen:
    """What the file declares; whatever is wrong with it goes to `parts.problems`."""
    problems, raw = parts.problems, parts.top.get(KEY)
    if raw is None or raw is False:
        return StopWhen()
    spot = problems.document.spot((KEY,), key=True)
    if raw == "diverged":
        return StopWhen(diverged=True, spot=spot)
    if not isinstance(raw, dict):
        near = nearest(raw, list(_Given.__annotations__)) if isinstance(raw, str) else None
        meant = {"diverged": "diverged", "collapsed_for": "{collapsed_for: 3}"}
        hint = f"; did you mean {meant[near]}?" if near else ""
        problems.add((KEY,), f"{_FORM}, not {quoted(raw)}{hint}")
        return StopWhen()
    valid = list(_Given.__annotations__)
    given = problems.check(adapter(_Given), raw, (KEY,), valid, "key of stop_when:")
    if given is None:
        return StopWhen()
    found = replace(StopWhen(**given), spot=spot)
    if not found:
        problems.add((KEY,), "`stop_when` stops nothing; leave it out", key=True)
    return found


def without_effect(study: Study, outputs: Mapping[str, Any], recipes: Iterable[Recipe]) -> list[Problem]:
    """Why no run can ever be found collapsed so often before its end, if so.

    Args:
        study: What declares it.
        outputs: By name, what its metrics report.
        recipes: One of every arm that applies.
    """
    wanted, every = study.stop_when.collapsed_for, study.evaluate_every
    if not wanted:
        return []
    message = None
    # The evaluation at the end stops nothing.
    most = max((-(-recipe.steps // every) for recipe in recipes), default=wanted + 1)
    if not sees_collapse(outputs):
        message = "no metric of this study sees collapse (modes, precision_recall and support do)"
    elif wanted >= most:
        message = f"no run can stop early: it has {count(most, 'evaluation')}, the last one at its end"
    return [Problem(str(study.path), *study.stop_when.spot, f"`collapsed_for`: {message}")] if message else []
