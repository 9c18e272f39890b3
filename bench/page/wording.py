"""Sentences with arms in them: an arm keeps its place in the plan, so that a page can link it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bench.wording import count

Kind = Literal[
    "better",
    "worse",
    "differs",
    "ahead",
    "behind",
    "suggestive",
    "undecided",
    "unmeasured",
    "withheld",
    "unasked",
    "unknown",
]
"""What may be said of one arm."""
KINDS = (
    "provisional",
    "mixed",
    "nothing",
    "lead",
    *get_args(Kind),
    "best",
    "factors",
    "failures",
    "healthy",
    "declined",
    "searched",
    "power",
    "few",
    "declared",
    "undeclared",
    "departed",
)
"""What a sentence may be about, in the order of reading."""
MOST_NAMED = 5
"""Arms that one sentence names."""
_LONGEST = 64
"""Characters of a name that a sentence has room for."""


@dataclass(frozen=True)
class Named:
    """An arm within a sentence."""

    index: int
    """Place in the plan."""
    name: str

    @property
    def short(self) -> str:
        """The name as a sentence has room for it."""
        return shortened(self.name, _LONGEST)


Part = str | Named
Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Sentence:
    """One thing that is said."""

    kind: str
    """One of KINDS."""
    parts: Parts

    @property
    def order(self) -> int:
        """Place of its kind in the answer: sentences of one kind stand together."""
        return KINDS.index(self.kind)

    @property
    def text(self) -> str:
        """As a reader sees it."""
        return "".join(part if isinstance(part, str) else part.short for part in self.parts)


def shortened(name: str, most: int) -> str:
    """`name` in at most `most` characters. What is left out stood in the middle: ends differ."""
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - 1 - tail]}…{name[-tail:]}"


def listed(items: Iterable[Parts], last: str = " and ", between: str = ", ") -> Parts:
    """`a, b and c`; `a; b, x; and c` where an arm among them has a comma in its name."""
    told = list(items)
    if (last, between) == (" and ", ", ") and any(with_comma(part) for item in told for part in item):
        last, between = "; and ", "; "
    parts: list[Part] = []
    for place, item in enumerate(told):
        if place:
            parts.append(last if place == len(told) - 1 else between)
        parts += item
    return tuple(parts)


def with_comma(part: Part) -> bool:
    """Whether this is an arm whose name would seem to be two in a list with commas."""
    return isinstance(part, Named) and "," in part.short


def arms(named: Sequence[Named], most: int = MOST_NAMED) -> Parts:
    """The arms' names, at most `most` of them; of the others, how many they are."""
    items: list[Parts] = [(name,) for name in named[:most]]
    if len(named) > most:
        items.append((count(len(named) - most, "more arm"),))
    return listed(items)
