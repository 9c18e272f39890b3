"""What a single value of a study may be: types that pydantic checks, with messages for people.

Numbers are strict: a boolean, a quoted number or NaN is none; 1.0 is a whole number.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from bench.yaml_lines import Place
from gan.registry import Knob, Spec, nearest, unknown

LARGEST_SEED = 2**63 - 1
"""Streams of random numbers mix seeds as 64-bit words (see gan/rng.py)."""
MOST_SEEDS = 10_000


def number(value: float) -> str:
    """A number as short as it can be without becoming another one."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def shown(value: Any) -> str:
    """Any value as a person writes it; also the label of a number, a switch or a word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "auto"
    return number(value) if isinstance(value, float) else str(value)


def quoted(value: Any) -> str:
    """A refused value inside a message."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    return "nothing" if value is None else shown(value)


def mistake(message: str) -> PydanticCustomError:
    """An error whose message is `message`, whatever braces a user's text may hold."""
    return PydanticCustomError("mistake", "{text}", {"text": message})


def whole(value: Any) -> int:
    """A whole number; 1.0 is one, true and '1' are none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise mistake(f"must be a whole number, not {quoted(value)}")
    return value


def real(value: Any) -> float:
    """A number that is not NaN; infinity is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise mistake(f"must be a number, not {quoted(value)}")
    try:
        return float(value)
    except OverflowError:
        raise mistake("must be a number that is not beyond all measure") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise mistake(f"must be text, not {quoted(value)}")
    return value


def _words(value: Any) -> str:
    if not _text(value).strip():
        raise mistake("must not be blank")
    return str(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise mistake(f"must be yes or no, not {quoted(value)}")
    return value


def _auto(value: Any) -> Any:
    return None if value == "auto" else value


def within(low: float | None, high: float | None) -> Callable[[Any], Any]:
    """A check that a number lies between two bounds, inclusive; None passes, as `auto`."""

    def check(value: Any) -> Any:
        too_low = value is not None and low is not None and value < low
        too_high = value is not None and high is not None and value > high
        if too_low or too_high:
            bound = f"at least {shown(low)}" if too_low else f"at most {shown(high)}"
            raise mistake(f"must be {bound}, not {quoted(value)}")
        return value

    return check


def _finite(value: Any) -> Any:
    if value is not None and not math.isfinite(value):
        raise mistake(f"must be finite, not {quoted(value)}")
    return value


def _positive(value: float) -> float:
    if value <= 0.0:
        raise mistake(f"must be greater than 0, not {quoted(value)}")
    return value


def one_of(*options: Any) -> Any:
    """The type of a value that is one of `options`."""

    def check(value: Any) -> Any:
        for option in options:
            if type(option) is type(value) and option == value:
                return option
        if isinstance(value, bool):
            # YAML reads `off` as a boolean; where only words are allowed, the word was meant.
            words = ("on", "yes", "true") if value else ("off", "no", "false")
            for word in words:
                if word in options:
                    return word
        guess = nearest(str(value), [str(option) for option in options])
        hint = f"; did you mean {guess!r}?" if guess and isinstance(value, str) else ""
        raise mistake(f"must be one of {', '.join(map(str, options))}, not {quoted(value)}{hint}")

    return Annotated[Any, PlainValidator(check)]


Text = Annotated[Any, PlainValidator(_words)]
Count = Annotated[Any, PlainValidator(whole), AfterValidator(within(1, 2**31 - 1))]
SampleCount = Annotated[Any, PlainValidator(whole), AfterValidator(within(2, 2**31 - 1))]
Rate = Annotated[Any, PlainValidator(real), AfterValidator(_finite), AfterValidator(_positive)]
Seed = Annotated[Any, PlainValidator(whole), AfterValidator(within(0, LARGEST_SEED))]
SeedCount = Annotated[Any, PlainValidator(whole), AfterValidator(within(1, MOST_SEEDS))]
Mapping = dict[str, Any]
Items = list[Any]


def knob_type(knob: Knob) -> Any:
    """The type of a component's knob, bounds included."""
    if typing.get_origin(knob.type) is Literal:
        return one_of(*typing.get_args(knob.type))
    members = set(typing.get_args(knob.type)) if isinstance(knob.type, types.UnionType) else {knob.type}
    base: Any = next(iter(members - {type(None)}))
    checks: dict[type, Callable[[Any], Any]] = {int: whole, float: real, bool: _switch, str: _text}
    kind: Any = Annotated[Any, PlainValidator(checks[base])]
    if base in (int, float):
        kind = Annotated[kind, AfterValidator(within(knob.low, knob.high))]
    if base is float and float("inf") not in (knob.default, knob.low, knob.high, knob.neutral):
        kind = Annotated[kind, AfterValidator(_finite)]
    return Annotated[kind | None, BeforeValidator(_auto)] if type(None) in members else kind


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """The checker of a type."""
    return TypeAdapter(kind)


@cache
def knobs_adapter(spec: Spec) -> TypeAdapter[dict[str, Any]]:
    """The checker of a mapping of a component's knobs, each optional, no other key."""
    # A TypedDict, not a model: the names of knobs must not collide with those of a model's methods.
    typed_dict: Any = TypedDict
    kinds = typed_dict("Knobs", {knob.name: knob_type(knob) for knob in spec.knobs}, total=False)
    kinds.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(kinds)


def messages(error: ValidationError, valid: list[str], kind: str) -> list[tuple[Place, str, bool]]:
    """Pydantic's errors as (place, message, whether the key is meant rather than its value).

    Args:
        error: What pydantic raised.
        valid: The names of which unknown keys may be misspellings.
        kind: What these names are.
    """
    found: list[tuple[Place, str, bool]] = []
    for item in error.errors(include_url=False):
        place: Place = tuple(item["loc"])
        name = str(place[-1]) if place else kind
        if item["type"] == "extra_forbidden":
            hint = unknown(kind, name, valid) if valid else f"unknown {kind} {name!r}; it has none"
            found.append((place, hint, True))
        elif item["type"] == "mistake":
            found.append((place, f"`{name}` {item['msg']}", False))
        else:
            wanted = {"dict_type": "a mapping", "list_type": "a list"}[item["type"]]
            found.append((place, f"`{name}` must be {wanted}, not {quoted(item['input'])}", False))
    return found
