"""What a study declares that it will conclude from, before it has run.

    compare: {metric: fid, direction: lower, family: all_vs_baseline, alpha: 0.05}

One output, which end of it is better, which comparisons form the family that p-values are corrected for,
and at what level. All of it may be left out: the primary metric, its own direction, every arm against the
baseline, .05. A family may also be `all_pairs`, or a list of arms, each named by levels as the baseline is.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, PlainValidator
from typing_extensions import TypedDict

from bench.fields import Text, adapter, mistake, one_of, quoted, real
from bench.problems import Problem
from bench.settings import Level
from bench.study_parts import Parts
from bench.yaml_lines import Place, Spot
from gan.recipe import digest
from gan.registry import unknown

AGAINST_BASELINE, ALL_PAIRS = "all_vs_baseline", "all_pairs"
FAMILIES = (AGAINST_BASELINE, ALL_PAIRS)
ALPHA = 0.05
_KEY = "key of a comparison"
Outputs = MappingOf[str, MappingOf[str, Any]]
"""Output -> its `metric`, `headline` and `direction`."""


def _level(value: float) -> float:
    if not 0.0 < value < 1.0:
        raise mistake(f"must lie between 0 and 1, not {quoted(value)}")
    return value


class _Given(TypedDict, total=False):
    """The declaration as a file spells it."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    metric: Text
    direction: one_of("lower", "higher")  # type: ignore[valid-type]
    family: Any  # a word or a list: see `_family`
    alpha: Annotated[Any, PlainValidator(real), AfterValidator(_level)]


@dataclass(frozen=True)
class Compare:
    """What conclusions rest on."""

    metric: str = ""
    """A metric or one of its outputs; empty: the study's primary metric."""
    direction: str = ""
    """Which end is better; empty: the output's own."""
    family: str | tuple[MappingOf[str, str], ...] = AGAINST_BASELINE
    """A word of FAMILIES, or the levels of each arm that is compared with the baseline."""
    alpha: float = ALPHA
    spots: MappingOf[Place, Spot] = field(default_factory=dict, compare=False)
    """Line and column of each part, for what is found out about it later."""


def declared(parts: Parts, factors: dict[str, tuple[Level, ...]], baseline: MappingOf[str, Level]) -> Compare:
    """What the file declares; whatever is wrong with it goes to `parts.problems`."""
    problems, raw = parts.problems, parts.top.get("compare")
    if raw is None:
        return Compare()
    place: Place = ("compare",)
    given = problems.check(adapter(_Given), raw, place, list(_Given.__annotations__), _KEY)
    if given is None:
        return Compare()
    if "metric" in given and "primary" in parts.top:
        problems.add((*place, "metric"), "`primary` names a metric too; give one of them", key=True)
    family = _family(parts, given.get("family", AGAINST_BASELINE), factors, baseline)
    spot = problems.document.spot
    places: list[Place] = [(*place, "metric"), (*place, "direction"), (*place, "family")]
    if isinstance(family, tuple):
        places += [(*place, "family", index) for index in range(len(family))]
    return Compare(
        metric=given.get("metric", ""),
        direction=given.get("direction", ""),
        family=family,
        alpha=given.get("alpha", ALPHA),
        spots={at: spot(at) for at in places},
    )


def _family(
    parts: Parts, raw: Any, factors: dict[str, tuple[Level, ...]], baseline: MappingOf[str, Level]
) -> str | tuple[MappingOf[str, str], ...]:
    """The family, or the default one where it cannot be understood."""
    problems, place = parts.problems, ("compare", "family")
    if isinstance(raw, str) and raw in FAMILIES:
        return raw
    if not isinstance(raw, list) or not raw:
        words = f"{', '.join(FAMILIES)} or a list of arms"
        hint = f"; {unknown('family', raw, FAMILIES)}" if isinstance(raw, str) else ""
        problems.add(place, f"`family` must be {words}, not {quoted(raw)}{hint}")
        return AGAINST_BASELINE
    arms: list[dict[str, str]] = []
    for index, arm in enumerate(raw):
        at: Place = (*place, index)
        if not isinstance(arm, dict) or not arm:
            problems.add(at, f"an arm of `family` must be a mapping of factors to levels, not {quoted(arm)}")
            continue
        named = parts.named_levels(arm, at, factors)
        levels = {name: level.label for name, level in {**baseline, **named}.items()}
        if len(named) == len(arm):
            if levels in arms:
                problems.add(at, "this arm is there twice")
            if levels == {name: level.label for name, level in baseline.items()}:
                problems.add(at, "this is the baseline, which cannot be compared with itself")
        arms.append(levels)
    return tuple(arms)


def misdeclared(
    compare: Compare,
    path: str,
    primary: str,
    outputs: Outputs,
    arms: Sequence[MappingOf[str, str]],
) -> list[Problem]:
    """What of a declaration the study's metrics and arms do not bear out.

    Args:
        compare: The declaration.
        path: The study's file.
        primary: The study's primary metric.
        outputs: Of the study's metrics.
        arms: The levels of each arm.
    """
    found: list[Problem] = []

    def wrong(place: Place, message: str) -> None:
        found.append(Problem(path, *compare.spots.get(place, (1, 1)), message))

    named = list(dict.fromkeys([*outputs, *(str(about["metric"]) for about in outputs.values())]))
    if compare.metric and compare.metric not in named:
        wrong(("compare", "metric"), unknown("metric or output of this study", compare.metric, named))
    elif compare.direction:
        name = output_of(compare.metric or primary, outputs)
        own = outputs[name]["direction"]
        if own != compare.direction:
            better = "neither end is better" if own == "none" else f"{own} is better"
            message = f"of {name} {better}; it cannot be compared as {compare.direction}"
            wrong(("compare", "direction"), message)
    if isinstance(compare.family, tuple):
        for index, levels in enumerate(compare.family):
            if levels not in arms:
                said = ", ".join(f"{factor} {level}" for factor, level in levels.items())
                wrong(("compare", "family", index), f"the design has no arm with {said}")
    return found


def output_of(metric: str, outputs: Outputs) -> str:
    """The output that is meant by a metric (its first headline, or else its first) or by its own name."""
    named = [name for name, about in outputs.items() if about["metric"] == metric]
    headlines = [name for name in named if outputs[name]["headline"]]
    return (headlines or named or [metric])[0]


def plain(
    compare: Compare,
    outputs: Outputs,
    primary: str,
    arms: MappingOf[str, MappingOf[str, str]],
    seeds: Sequence[int],
    baseline: str,
) -> dict[str, Any]:
    """The declaration as the record keeps it, with everything that it hangs on, and the digest of all that.

    Args:
        compare: The declaration.
        outputs: Of the study's metrics.
        primary: The output that it is about.
        arms: Id -> levels, of the arms that apply.
        seeds: Of every arm.
        baseline: Id of the arm that others are compared with.
    """
    family: str | list[str]
    if isinstance(compare.family, tuple):
        family = [arm for arm, levels in arms.items() if levels in compare.family]
    else:
        family = compare.family
    told = {
        "metric": primary,
        "direction": outputs[primary]["direction"],
        "family": family,
        "alpha": compare.alpha,
        "baseline": baseline,
        "arms": list(arms),
        "seeds": list(seeds),
    }
    return {**told, "digest": digest(told)}
