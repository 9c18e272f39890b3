"""Knobs that are a list of names in one text, such as "color,translation,cutout"."""

from __future__ import annotations

from collections.abc import Iterable

from gan.registry import unknown


def names(text: str) -> list[str]:
    """The names in the order in which they are written; blanks around them do not count."""
    return [name.strip() for name in text.split(",")]


def misnamed(kind: str, text: str, known: Iterable[str]) -> str | None:
    """What is wrong with a list of names, in one line; None if each is known and comes once."""
    known, seen = list(known), names(text)
    if seen == [""]:
        return f"it needs at least one {kind}; valid: {', '.join(known)}"
    for name in seen:
        if name not in known:
            return unknown(kind, name[:40], known)
    twice = [name for name in known if seen.count(name) > 1]
    return f"the {kind} {twice[0]!r} is named twice; name it once" if twice else None
