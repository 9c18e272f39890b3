"""Two ways of scoring: what differs between them, and which runs of a study would end up with both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.ledger import Ledger
from bench.problems import UserError
from bench.wording import short
from gan.recipe import digest

_Keys = tuple[str, ...]
_ABSENT = "none"


class ProtocolChanged(UserError):
    """What scores depend on is not what it was; the message says what to do."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What changed from one protocol to another, a phrase a value.

    Metrics that share a change share a phrase: `weights_sha256 of fid, modes: 4254… -> 9c1d…`.
    """
    old, new = dict(_leaves(before)), dict(_leaves(after))
    changed: dict[tuple[str, str], list[str]] = {}
    for path in dict.fromkeys([*new, *old]):
        values = old.get(path, _ABSENT), new.get(path, _ABSENT)
        if values[0] != values[1]:
            name, metric = _named(path)
            changed.setdefault((name, f"{short(values[0])} -> {short(values[1])}"), []).extend(metric)
    return [
        f"{name} of {', '.join(sorted(metrics))}: {values}" if metrics else f"{name}: {values}"
        for (name, values), metrics in changed.items()
    ]


def mixture(runs: Sequence[str], ledger: Ledger, protocol: Mapping[str, Any]) -> str | None:
    """Which of `runs` have scores of another protocol than this, and what differs; None if none has."""
    now = digest(protocol)
    others = {run: ledger.protocols_of.get(run, set()) - {now} for run in runs}
    earlier = sorted(set().union(*others.values()))
    if not earlier:
        return None
    phrases = dict.fromkeys(
        phrase for name in earlier for phrase in differences(ledger.protocols.get(name, {}), protocol)
    )
    count = sum(bool(found) for found in others.values())
    return f"{count} of {len(runs)} planned runs were scored in another way ({'; '.join(phrases)})"


def refusal(found: str) -> str:
    """What a user is told who has not asked for a `mixture`."""
    return (
        f"{found}. Restore what has changed; or begin anew, with another --results folder or study name; "
        "or go on with --mix-protocols: the table is then refused, or marked where that option is given."
    )


def _leaves(values: Mapping[str, Any], path: _Keys = ()) -> Iterator[tuple[_Keys, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, str(key)))
        else:
            # As it reads after a trip through the journal.
            yield (*path, str(key)), list(value) if isinstance(value, tuple) else value


def _named(path: _Keys) -> tuple[str, list[str]]:
    """What a person calls a value, and the metric that it belongs to, if any."""
    match path:
        case ("metrics", metric, *option):
            return ".".join(option), [metric]
        case ("versions", library):
            return library, []
    return ".".join(path), []
