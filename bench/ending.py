"""How a call of `ganbench run` ends: its exit status, what a person is told, and the command that goes on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.runner import Outcome
from bench.shell import INTERRUPTED, retrying
from bench.wording import count

DONE, FAILED = 0, 1


@dataclass(frozen=True)
class Ending:
    """The last words of a call, for people and for programs."""

    status: int
    """Exit status: 0 all that was asked for has an outcome, 1 some failed, 2 a mistake, 130 interrupted."""
    how: Literal["done", "failed", "unrecorded", "mistake", "interrupted"]
    """`unrecorded`: MLflow has not taken the whole record, or does not show it."""
    sentences: tuple[str, ...] = ()
    """What a person is told, commands included."""
    onward: str | None = None
    """The command that goes on from here; None if nothing is left to do."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Runs: ran (in this call), left, and failed."""


@dataclass(frozen=True)
class Call:
    """What an ending has to know of a call, to spell the commands that go on from it."""

    command: str
    """What the user typed."""
    study: Path
    """The study's file."""
    where: str
    """Options that name the results or the store, each with a space before it."""
    address: str
    """MLflow's, without credentials."""
    logs: Path
    """Where the logs of failed runs are."""

    def other(self, verb: str) -> str:
        """Another command on the same study."""
        return f"ganbench {verb} {shlex.quote(str(self.study))}{self.where}"

    @property
    def retry(self) -> str:
        """The command that tries failed runs again."""
        return retrying(self.command)


def interrupted(call: Call, outcome: Outcome) -> Ending:
    """The user has stopped it."""
    said = f"Stopped with {count(outcome.left, 'run')} left. Go on with: {call.command}"
    return Ending(INTERRUPTED, "interrupted", (said,), call.command, _counts(outcome))


def unrecorded(call: Call, outcome: Outcome, error: str | None) -> Ending:
    """MLflow has not taken the whole record in time; `error`: what it said to that."""
    onward = call.other("sync")
    why = f": {error}" if error else ""
    said = [
        f"MLflow at {call.address} has not taken the whole record{why}; the journal keeps it.",
        f"Once it does, complete it with: {onward}",
    ]
    if outcome.left:
        onward = call.command
        said.append(_left(call, outcome))
    return Ending(FAILED, "unrecorded", tuple(said), onward, _counts(outcome))


def unread(call: Call, outcome: Outcome, error: str) -> Ending:
    """MLflow has the whole record and does not show it: no table could be made."""
    said = f"MLflow at {call.address} has the record and does not show it: {error}"
    onward = call.other("report")
    then = f"Once it answers, write the table with: {onward}"
    return Ending(FAILED, "unrecorded", (said, then), onward, _counts(outcome))


def unpublished(call: Call, outcome: Outcome, folder: Path, error: str) -> Ending:
    """The table is written, and MLflow, which has the whole record, did not take a copy of it."""
    onward = call.command if outcome.left else call.other("report")
    said = (
        f"The reports are in {folder}; MLflow at {call.address} has the record and not the reports: {error}"
    )
    then = f"Once it answers, add them with: {onward}"
    return Ending(FAILED, "unrecorded", (said, then), onward, _counts(outcome))


def reported(
    call: Call, outcome: Outcome, verdicts: Mapping[str, int], more: tuple[str, ...], asked_for_less: bool
) -> Ending:
    """The table is written.

    Args:
        call: What was typed.
        outcome: How the runs went.
        verdicts: Verdict -> planned runs that have come to it.
        more: What else may be done with the results.
        asked_for_less: Whether a limit or named arms leave runs for later.
    """
    failed = verdicts.get("failed", 0)
    told = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.items())
    said = [f"{count(sum(verdicts.values()), 'run')} with an outcome: {told}." if told else "", *more]
    onward = None
    if failed:
        onward = call.retry
        said.append(f"{count(failed, 'run')} failed; why: {call.logs}; try again with: {onward}")
    if outcome.left:
        onward = call.command
        said.append(_left(call, outcome))
    complete = asked_for_less or not outcome.left
    fine = complete and not failed
    return Ending(
        DONE if fine else FAILED,
        "done" if fine else "failed",
        tuple(filter(None, said)),
        onward,
        {**_counts(outcome), "failed": failed},
    )


def _left(call: Call, outcome: Outcome) -> str:
    return f"{count(outcome.left, 'run')} left. Go on with: {call.command}"


def _counts(outcome: Outcome) -> dict[str, int]:
    return {"ran": outcome.ran, "left": outcome.left}
