"""Sentences with arms in them: an arm keeps its place in the plan, so that a page can link it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KINDS = (
    "provisional",
    "mixed",
    "nothing",
    "lead",
    "better",
    "worse",
    "differs",
    "undecided",
    "withheld",
    "unasked",
    "unknown",
    "best",
    "failures",
    "healthy",
    "declined",
    "power",
    "few",
    "declared",
    "undeclared",
    "departed",
)
"""What a sentence may be about, in the order of reading."""
MOST_NAMED = 6
"""Arms that one sentence names."""
_LONGEST = 90


@dataclass(frozen=True)
class Named:
    """An arm within a sentence."""

    index: int
    """Place in the plan."""
    name: str

    @property
    def short(self) -> str:
        """The name, cut where a sentence could not be read for its length."""
        return self.name if len(self.name) <= _LONGEST else f"{self.name[: _LONGEST - 1]}…"


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


def minus(text: str) -> str:
    """A number or interval with the sign that is as wide as a plus."""
    return text.replace("-", "−")


def listed(items: Iterable[Parts], last: str = " and ", between: str = ", ") -> Parts:
    """`a, b and c`."""
    told = list(items)
    parts: list[Part] = []
    for place, item in enumerate(told):
        if place:
            parts.append(last if place == len(told) - 1 else between)
        parts += item
    return tuple(parts)


def arms(named: Sequence[Named], noun: str = "arm") -> Parts:
    """The arms' names, at most MOST_NAMED of them; of the others, how many they are."""
    items: list[Parts] = [(name,) for name in named[:MOST_NAMED]]
    more = len(named) - MOST_NAMED
    if more > 0:
        items.append((f"{more} more {noun}{'' if more == 1 else 's'}",))
    return listed(items)
