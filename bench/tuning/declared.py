"""What a study's file says of its search.

    design: search
    search: {trials: 20, batch: 5, sampler: tpe, seeds: [100], knobs: {r1.gamma: [0.01, 10]}}

All of it may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, PlainValidator
from typing_extensions import TypedDict

from bench import settings
from bench.fields import Items, adapter, finite, one_of, quoted, real, whole, within
from bench.fields import Mapping as Mapped
from bench.study_parts import Parts
from bench.yaml_lines import Place, Spot

DESIGN = "search"
SAMPLERS = ("tpe", "random")
MOST_TRIALS = 10_000
FIRST_SEED = 100
"""Of trials, unless the study says: far from the seeds that studies count from 0."""
_PLACE: Place = ("search",)
_End = Annotated[Any, PlainValidator(real), AfterValidator(finite)]
_Trials = Annotated[Any, PlainValidator(whole), AfterValidator(within(1, MOST_TRIALS))]


class _Given(TypedDict, total=False):
    """The search as a file spells it."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    trials: _Trials
    batch: _Trials
    sampler: one_of(*SAMPLERS)  # type: ignore[valid-type]
    seeds: Items
    knobs: Mapped


@dataclass(frozen=True)
class Declared:
    """A search as it was declared."""

    trials: int = 20
    """Of every arm that has something to search."""
    batch: int = 5
    """Trials that are asked for together, and train together."""
    sampler: str = "tpe"
    seeds: tuple[int, ...] = (FIRST_SEED,)
    """Training seeds of every trial; the winners never run on them."""
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Number of a run -> where it is searched, both ends included; others have ranges of their own."""
    off: frozenset[str] = frozenset()
    """Numbers that are not searched."""
    spots: Mapping[str, Spot] = field(default_factory=dict, compare=False)
    """Line and column of each of `ranges` and `off`, for what is found out about it later."""


def declared(parts: Parts, seeds: Sequence[int]) -> Declared | None:
    """The search of a study, None if it is none; whatever is wrong with it goes to `parts.problems`.

    Args:
        parts: Of the study's file.
        seeds: Those of the study: what the winners run on.
    """
    problems, design = parts.problems, parts.top.get("design", "factorial")
    if design != DESIGN:
        if "search" in parts.top:
            message = f"`search` does nothing in design {design}; write `design: {DESIGN}`"
            problems.add(_PLACE, message, key=True)
        return None
    names = list(_Given.__annotations__)
    raw = parts.top.get("search", {})
    given = problems.check(adapter(_Given), raw, _PLACE, names, "key of a search") or {}
    ranges, off = _ranges(parts, given.get("knobs", {}))
    spot = parts.problems.document.spot
    place = (*_PLACE, "knobs")
    return Declared(
        trials=given.get("trials", Declared.trials),
        batch=given.get("batch", Declared.batch),
        sampler=given.get("sampler", Declared.sampler),
        seeds=_seeds(parts, given["seeds"], seeds) if "seeds" in given else (_free(seeds),),
        ranges=ranges,
        off=off,
        spots={
            name: spot((*place, name if name in given["knobs"] else "lr"), key=True)
            for name in (*ranges, *off)
        },
    )


def _free(taken: Sequence[int]) -> int:
    """The first seed from FIRST_SEED on that is not taken."""
    seed = FIRST_SEED
    while seed in taken:
        seed += 1
    return seed


def _seeds(parts: Parts, raw: list[Any], taken: Sequence[int]) -> tuple[int, ...]:
    place = (*_PLACE, "seeds")
    found = parts.listed_seeds(raw, place)
    for index, seed in enumerate(raw):
        if seed in found and seed in taken:
            message = (
                f"seed {seed} is one of `seeds` too: knobs that were picked on a seed look better on it than "
                "they are; give trials seeds of their own"
            )
            parts.problems.add((*place, index), message)
    return found


def _ranges(parts: Parts, raw: Mapping[str, Any]) -> tuple[dict[str, tuple[float, float]], frozenset[str]]:
    """The ranges that can be understood, and what is off; `lr` spelled out."""
    found: dict[str, tuple[float, float]] = {}
    off: set[str] = set()
    for name, ends in raw.items():
        place = (*_PLACE, "knobs", name)
        if name in settings.BOTH_RATES and "lr" in raw:
            parts.problems.add(place, f"`lr` sets `{name}` too; give one of them", key=True)
        elif ends is False:
            off.update(settings.BOTH_RATES if name == "lr" else (name,))
        elif (limits := _limits(parts, name, ends, place)) is not None:
            found |= dict.fromkeys(settings.BOTH_RATES if name == "lr" else (name,), limits)
    return found, frozenset(off)


def _limits(parts: Parts, name: str, raw: Any, place: Place) -> tuple[float, float] | None:
    if not isinstance(raw, list) or len(raw) != 2:
        parts.problems.add(
            place, f"the range of `{name}` must be [lowest, highest] or off, not {quoted(raw)}"
        )
        return None
    kind = adapter(_End)
    low, high = (parts.problems.check(kind, end, (*place, at), [], name) for at, end in enumerate(raw))
    if low is None or high is None:
        return None
    if not low < high:
        parts.problems.add(place, f"the range of `{name}` must rise, not go from {low:g} to {high:g}")
        return None
    return low, high
