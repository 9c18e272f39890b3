"""Numbers that others have published, which a study sets beside its own.

    published:
      - {arm: {loss: hinge}, output: modes, mean: 6.3, standard_error: 0.5, n: 10, source: "Table 1 of ..."}

`arm` names an arm as `baseline` does: a factor that it leaves out is at its baseline level.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, ConfigDict, PlainValidator
from typing_extensions import TypedDict

from bench.fields import Count, Mapping, Text, adapter, finite, quoted, real, within
from bench.problems import Problem
from bench.settings import Level
from bench.yaml_lines import Spot
from gan.registry import unknown

if TYPE_CHECKING:
    from bench.study import Study
    from bench.study_parts import Parts

_KEY = "key of a published number:"


class _Given(TypedDict, total=False):
    """A published number as a file spells it."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    arm: Mapping
    output: Text
    mean: Annotated[Any, PlainValidator(real), AfterValidator(finite)]
    standard_error: Annotated[
        Any, PlainValidator(real), AfterValidator(within(0.0, None)), AfterValidator(finite)
    ]
    n: Count
    source: Text


_REQUIRED = ("output", "mean", "source")


@dataclass(frozen=True)
class Published:
    """What somebody has reported of one arm."""

    levels: MappingOf[str, str]
    """The arm: factor -> label of its level, for every factor of the study."""
    output: str
    """Which number of the study's metrics it is."""
    mean: float
    standard_error: float | None
    """Of the mean; None where the source gives none."""
    n: int | None
    """Runs behind the mean; None where the source does not say."""
    source: str
    """Where it is from, in words."""
    arm_spot: Spot = field(default=(1, 1), compare=False)
    """Line and column at which the arm is named."""
    output_spot: Spot = field(default=(1, 1), compare=False)
    """The same of the output."""


def entries(
    parts: Parts, factors: dict[str, tuple[Level, ...]], baseline: MappingOf[str, Level]
) -> tuple[Published, ...]:
    """The published numbers of a study's file; whatever is wrong with any goes to `parts.problems`."""
    problems = parts.problems
    found: list[Published] = []
    for index, raw in enumerate(parts.top.get("published", ())):
        place = ("published", index)
        if not isinstance(raw, dict):
            keys = ", ".join(_Given.__annotations__)
            problems.add(place, f"a published number must be a mapping of {keys}, not {quoted(raw)}")
            continue
        given = problems.check(adapter(_Given), raw, place, list(_Given.__annotations__), _KEY)
        if given is None:
            continue
        if missing := [key for key in _REQUIRED if key not in raw]:
            problems.add(place, f"a published number needs {' and '.join(missing)}")
            continue
        arm = given.get("arm", {})
        named = parts.named_levels(arm, (*place, "arm"), factors)
        error, n = given.get("standard_error"), given.get("n")
        if error is not None and n == 1:
            problems.add((*place, "n"), "`n` must be at least 2 where there is a standard error, not 1")
        number = Published(
            levels={name: level.label for name, level in {**baseline, **named}.items()},
            output=given["output"],
            mean=given["mean"],
            standard_error=error,
            n=n,
            source=given["source"],
            arm_spot=problems.document.spot((*place, "arm")),
            output_spot=problems.document.spot((*place, "output")),
        )
        if number in found and len(named) == len(arm):
            problems.add(place, "this published number is there twice")
        found.append(number)
    if parts.top.get("published") == []:
        problems.add(("published",), "`published` must hold at least one number")
    return tuple(found)


def without_place(study: Study, arms: Sequence[MappingOf[str, str]]) -> list[Problem]:
    """A problem for each published number of an arm or an output that the study does not have.

    Args:
        study: With its metrics chosen.
        arms: The levels of each of its arms.
    """
    if not study.published:
        return []
    # Imported here because they import torch, which a study's own mistakes need not wait for.
    from bench.fitting import outputs_of

    outputs = outputs_of(study)
    found = []
    for number in study.published:
        if number.output not in outputs:
            message = unknown("output of this study's metrics", number.output, outputs)
            found.append(Problem(str(study.path), *number.output_spot, message))
        if number.levels not in arms:
            named = ", ".join(f"{factor} {level}" for factor, level in number.levels.items())
            message = f"the design {study.design} has no arm with {named}"
            found.append(Problem(str(study.path), *number.arm_spot, message))
    return found


def plain(published: Sequence[Published], arms: MappingOf[str, MappingOf[str, str]]) -> list[dict[str, Any]]:
    """Published numbers as the record keeps them, of those that have an arm.

    Args:
        published: What to record.
        arms: Arm's id -> its levels.
    """
    return [
        {
            "arm": arm,
            "output": number.output,
            "mean": number.mean,
            "standard_error": number.standard_error,
            "n": number.n,
            "source": number.source,
        }
        for number in published
        for arm, levels in arms.items()
        if levels == number.levels
    ]
