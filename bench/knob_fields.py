"""What a knob of a component may be set to: a number, a word, a switch, or a schedule.

A schedule is a mapping (`gan.shapes.KEYS`); every number in it lies within the range of the knob itself.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainValidator, TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import TypedDict

from bench import fields
from bench.fields import IN_KEY, IN_VALUE, Check, choice, mistake, one_of, quoted, real, whole, within
from gan.registry import Knob, Shape, Spec, unknown
from gan.shapes import KEYS, OUTLINES, default, spelled_out

_MOST_CYCLES = 1_000_000
_SHAPE = choice(*OUTLINES)


def _all(*checks: Check) -> Check:
    def check(value: Any) -> Any:
        for each in checks:
            value = each(value)
        return value

    return check


def knob_type(knob: Knob) -> Any:
    """The type of a component's knob, bounds included."""
    if typing.get_origin(knob.type) is Literal:
        return one_of(*typing.get_args(knob.type))
    bounds = within(knob.low, knob.high)
    endless = float("inf") in (knob.default, knob.low, knob.high, knob.neutral)
    if knob.scheduled:
        end = _all(real, bounds, fields.finite)
        return number_or_schedule(_all(real, bounds) if endless else end, end)
    members = set(typing.get_args(knob.type)) if isinstance(knob.type, types.UnionType) else {knob.type}
    base: Any = next(iter(members - {type(None)}))
    checks: dict[type, Check] = {int: whole, float: real, bool: fields.switch, str: fields.text}
    kind: Any = Annotated[Any, PlainValidator(checks[base])]
    if base in (int, float):
        kind = Annotated[kind, AfterValidator(bounds)]
    if base is float and not endless:
        kind = Annotated[kind, AfterValidator(fields.finite)]
    return Annotated[kind | None, BeforeValidator(_auto)] if type(None) in members else kind


def _auto(value: Any) -> Any:
    return None if value == "auto" else value


@cache
def knobs_adapter(spec: Spec) -> TypeAdapter[dict[str, Any]]:
    """The checker of a mapping of a component's knobs, each optional, no other key."""
    # A TypedDict, not a model: the names of knobs must not collide with those of a model's methods.
    typed_dict: Any = TypedDict
    kinds = typed_dict("Knobs", {knob.name: knob_type(knob) for knob in spec.knobs}, total=False)
    kinds.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(kinds)


def number_or_schedule(number: Check, end: Check) -> Any:
    """The type of a value that is a number, or a schedule with every key spelled out.

    Args:
        number: Checks a number that stays; also the larger end of a schedule.
        end: Checks each end of a schedule.
    """

    def check(value: Any) -> Any:
        if isinstance(value, dict):
            if found := list(_mistakes(value, number, end)):
                raise ValidationError.from_exception_data("schedule", found)
            return spelled_out(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            example = "{shape: linear, start: 1, end: 0}"
            raise mistake(f"must be a number or a schedule such as {example}, not {quoted(value)}")
        return number(value)

    return Annotated[Any, PlainValidator(check)]


Rate = number_or_schedule(
    _all(real, fields.finite, fields.positive), _all(real, fields.finite, within(0.0, None))
)
"""A learning rate: above 0, but a schedule may begin or end at 0."""


def _mistakes(given: Mapping[str, Any], number: Check, end: Check) -> Iterator[InitErrorDetails]:
    """Everything that is wrong with a schedule's mapping."""
    for key in given:
        if key not in KEYS:
            yield _error((key,), unknown("key of a schedule:", key, KEYS), IN_KEY)
    shape = given.get("shape", "linear")
    if reason := _reason(_SHAPE, shape):
        yield _error(("shape",), reason)
        return
    keys = OUTLINES[shape].keys
    for key in given:
        if key in KEYS and key not in ("shape", *keys):
            acts = ", ".join(other for other, outline in OUTLINES.items() if key in outline.keys)
            yield _error((key,), f"{key!r} does nothing in shape {shape}, only in {acts}", IN_KEY)
    missing = [key for key in keys if key not in given and default(shape, key) is None]
    if missing:
        yield _error((), f"needs {' and '.join(missing)}: shape {shape} has no default for it")
    wrong = {
        key: reason
        for key, check in _checks(shape, end).items()
        if key in given and key in keys and (reason := _reason(check, given[key]))
    }
    yield from (_error((key,), reason) for key, reason in wrong.items())
    if not missing and not wrong:
        yield from _at_odds(given, number, end)


def _checks(shape: Shape, end: Check) -> dict[str, Check]:
    """What each number of a schedule must be by itself."""
    value = _all(end, fields.positive) if OUTLINES[shape].positive else end
    progress = _all(real, within(0.0, 1.0))
    return {
        "start": value,
        "end": value,
        "begin": progress,
        "until": progress,
        "count": _all(whole, within(1, _MOST_CYCLES)),
        "warmup": progress,
    }


def _at_odds(given: Mapping[str, Any], number: Check, end: Check) -> Iterator[InitErrorDetails]:
    """What is wrong with numbers that are right by themselves."""
    whole_one = spelled_out({key: value for key, value in given.items() if key in KEYS})
    begin, until = whole_one["begin"], whole_one["until"]
    if until <= begin:
        key = "until" if "until" in given else "begin"
        way = f"{fields.number(begin)} to {fields.number(until)}"
        yield _error((key,), f"leaves no way from start to end: it is from {way}")
    # A ramp begins at 0, which a knob's range need not hold; so does a warm-up without a start.
    if (whole_one["warmup"] > 0.0 or "start" not in given) and (reason := _reason(end, 0.0)):
        place = ("warmup",) if "warmup" in given else ()
        yield _error(place, f"begins at 0, but the value {reason}")
    highest = max(("start", "end"), key=lambda key: float(whole_one[key]))
    if reason := _reason(number, whole_one[highest]):
        yield _error((highest,) if highest in given else (), reason)


def _reason(check: Check, value: Any) -> str | None:
    """Why `check` refuses `value`; None if it does not."""
    try:
        check(value)
    except PydanticCustomError as error:
        return error.message()
    return None


def _error(place: tuple[str, ...], message: str, kind: str = IN_VALUE) -> InitErrorDetails:
    return InitErrorDetails(type=mistake(message, kind), loc=place, input=None)
