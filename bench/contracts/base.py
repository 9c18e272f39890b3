"""What a check is: a rule in its docstring, and `Broken` in words that say what to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.known import PluginError
from gan.plugins import blame
from gan.recipe import Choice
from gan.registry import Registry, Spec


class Broken(Exception):
    """A rule is not kept: the message says what is not so, with numbers, and what to do."""


class Untried(Exception):
    """A rule cannot be looked into here: the message says what is missing."""


@dataclass(frozen=True)
class Subject:
    """A component on trial. A plug-in must be in force."""

    registry: Registry
    name: str
    root: Path = Path("data")
    """Folder of datasets that live in files; rules about one that is not there are not tried."""

    @property
    def spec(self) -> Spec:
        """What its source says."""
        return self.registry.spec(self.name)

    def choice(self, **knobs: Any) -> Choice:
        """It, with `knobs` over its defaults."""
        return Choice.of(self.registry, self.name, **knobs)

    def made(self, **knobs: Any) -> Any:
        """An instance, with `knobs` over its defaults."""
        return self.registry.load(self.name, self.spec.source)(**{**self.spec.defaults, **knobs})


Check = Callable[[Subject], None]
"""Raises Broken."""


@dataclass(frozen=True)
class Finding:
    """What became of one check."""

    rule: str
    held: bool | None
    """None: not tried, because an earlier rule is broken on which this one rests, or something is missing."""
    reason: str = ""
    """Why it does not hold, or what is missing."""


def findings(subject: Subject, checks: Sequence[Check], gates: Sequence[Check] = ()) -> Iterator[Finding]:
    """The outcome of each check in turn. Once one of `gates` is broken the rest is not tried."""
    closed = False
    for check in checks:
        rule = rule_of(check)
        if closed:
            yield Finding(rule, None)
            continue
        try:
            check(subject)
        except Broken as broken:
            yield Finding(rule, False, str(broken))
        except Untried as missing:
            yield Finding(rule, None, str(missing))
            continue
        except Exception as error:
            yield Finding(rule, False, explained(error))
        else:
            yield Finding(rule, True)
            continue
        closed = check in gates


def rule_of(check: Check) -> str:
    """The first line of the check's docstring."""
    return (check.__doc__ or "").strip().partition("\n")[0]


_CAUSES = (
    (
        "random operation",
        "it draws random numbers of its own, which would differ alone and in a cohort; draw them from the "
        "`rng` that it is given (at.rng.normal, at.rng.uniform), never from torch.randn and its like",
    ),
    (
        "data-dependent control flow",
        "an `if`, `while`, `max()`, `float()` or `.item()` asks for the value of a tensor, which differs "
        "between the replicas of a cohort; keep it a tensor, compute both cases and choose with torch.where",
    ),
    (
        "fallback",
        "an operation has no batching rule, so that a cohort would run it replica by replica; use others",
    ),
    (
        "in-place operation",
        "it changes a tensor in place that others use too; make a new one (x + y, not x += y)",
    ),
    (
        "inplace arithmetic",
        "it changes a tensor in place that has fewer replicas than the change; make a new one (x + y, not "
        "x.add_(y))",
    ),
)
"""What an error of torch.func contains, and what it means for a component."""


def explained(error: Exception) -> str:
    """An error that a component has raised, in one line: where, what, and what to do if that is known."""
    if isinstance(error, PluginError):
        return str(error)
    said = blame(error) or " ".join(f"{type(error).__name__}: {error}".split())
    advice = next((advice for sign, advice in _CAUSES if sign in str(error)), None)
    if advice is None:
        return said
    # Torch's own words are about its machinery; the place is what helps.
    where = said.partition(f": {type(error).__name__}")[0] if blame(error) else ""
    return f"{where}: {advice}" if where else advice
