"""What a single value of a study may be: types that pydantic checks, with messages for people.

Numbers are strict: a boolean, a quoted number or NaN is none; 1.0 is a whole number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from bench.yaml_lines import Place
from gan.registry import nearest, unknown
from gan.shapes import OUTLINES, default

Check = Callable[[Any], Any]
"""Returns what it is given, made of the right type; raises PydanticCustomError."""
IN_VALUE, IN_KEY = "mistake", "key"
"""Types of errors: what is meant, the value at a place or its key."""
LARGEST_SEED = 2**63 - 1
"""Streams of random numbers mix seeds as 64-bit words (see gan/rng.py)."""
MOST_SEEDS = 10_000


def number(value: float) -> str:
    """A number as short as it can be without becoming another one."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def shown(value: Any) -> str:
    """Any value as a person writes it; also the label of a number, a switch, a word or a schedule."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "auto"
    if isinstance(value, dict):
        return _schedule(value)
    return number(value) if isinstance(value, float) else str(value)


def _schedule(values: dict[str, Any]) -> str:
    """`cosine(0.3→0, until=0.5)`: its shape, its ends, and what differs from the shape's defaults."""
    shape = values["shape"]
    ends = [values[key] for key in ("start", "end") if key in OUTLINES[shape].keys]
    told = ["→".join(map(number, ends))]
    for key, value in values.items():
        if key not in ("shape", "start", "end") and value != default(shape, key):
            told.append(f"{key}={number(value)}")
    return f"{shape}({', '.join(told)})"


def quoted(value: Any) -> str:
    """A refused value inside a message."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    return "nothing" if value is None else shown(value)


def mistake(message: str, kind: str = IN_VALUE) -> PydanticCustomError:
    """An error whose message is `message`, whatever braces a user's text may hold.

    `IN_VALUE` says what its value must be; `IN_KEY` is a whole sentence about a key.
    """
    return PydanticCustomError(kind, "{text}", {"text": message})


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


def text(value: Any) -> str:
    """Text, blank or not."""
    if not isinstance(value, str):
        raise mistake(f"must be text, not {quoted(value)}")
    return value


def _words(value: Any) -> str:
    if not text(value).strip():
        raise mistake("must not be blank")
    return str(value)


def switch(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise mistake(f"must be yes or no, not {quoted(value)}")
    return value


def within(low: float | None, high: float | None) -> Check:
    """A check that a number lies between two bounds, inclusive; None passes, as `auto`."""

    def check(value: Any) -> Any:
        too_low = value is not None and low is not None and value < low
        too_high = value is not None and high is not None and value > high
        if too_low or too_high:
            bound = f"at least {shown(low)}" if too_low else f"at most {shown(high)}"
            raise mistake(f"must be {bound}, not {quoted(value)}")
        return value

    return check


def finite(value: Any) -> Any:
    """Any number but infinity; None passes, as `auto`."""
    if value is not None and not math.isfinite(value):
        raise mistake(f"must be finite, not {quoted(value)}")
    return value


def positive(value: float) -> float:
    """A number above 0."""
    if value <= 0.0:
        raise mistake(f"must be greater than 0, not {quoted(value)}")
    return value


def choice(*options: Any) -> Check:
    """A check that a value is one of `options`."""

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

    return check


def one_of(*options: Any) -> Any:
    """The type of a value that is one of `options`."""
    return Annotated[Any, PlainValidator(choice(*options))]


Text = Annotated[Any, PlainValidator(_words)]
Count = Annotated[Any, PlainValidator(whole), AfterValidator(within(1, 2**31 - 1))]
SampleCount = Annotated[Any, PlainValidator(whole), AfterValidator(within(2, 2**31 - 1))]
FewOrNone = Annotated[Any, PlainValidator(whole), AfterValidator(within(0, 1000))]
Seed = Annotated[Any, PlainValidator(whole), AfterValidator(within(0, LARGEST_SEED))]
SeedCount = Annotated[Any, PlainValidator(whole), AfterValidator(within(1, MOST_SEEDS))]
Mapping = dict[str, Any]
Items = list[Any]


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """The checker of a type."""
    return TypeAdapter(kind)


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
        elif item["type"] == IN_KEY:
            found.append((place, item["msg"], True))
        elif item["type"] == IN_VALUE:
            found.append((place, f"`{name}` {item['msg']}", False))
        else:
            wanted = {"dict_type": "a mapping", "list_type": "a list"}[item["type"]]
            found.append((place, f"`{name}` must be {wanted}, not {quoted(item['input'])}", False))
    return found
