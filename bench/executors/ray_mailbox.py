"""Where Ray's workers leave their messages for the driver: an actor on its node. Ray is not needed here."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bench.journal import Event


@dataclass(frozen=True)
class Letter:
    """One message of a worker's."""

    number: int
    """Told to the mailbox once the message is written down."""
    cohort: str
    attempt: int
    events: list[Event]


class Mailbox:
    """Holds every message until the driver has written it down; only then does its worker go on.

    A worker that Ray has given up, but that lives (a network that was cut), is told so: of a cohort only the
    newest attempt is heard, so no two of them write the same checkpoint.
    """

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._sent = 0
        self._arrived = asyncio.Event()
        self._written: dict[int, asyncio.Event] = {}
        self._attempts: defaultdict[str, int] = defaultdict(int)
        self._over = False

    async def begin(self, cohort: str) -> int | None:
        """The number of this attempt, from 1; None if nothing is to be begun any more."""
        if self._over:
            return None
        self._attempts[cohort] += 1
        return self._attempts[cohort]

    async def say(self, cohort: str, attempt: int, events: list[Event]) -> bool:
        """Leave a message, and wait until it is written down; False if nobody wants to hear it."""
        # A mailbox that Ray has started again learns the numbers from whoever still speaks.
        self._attempts[cohort] = max(attempt, self._attempts[cohort])
        if attempt < self._attempts[cohort]:
            return False
        self._sent += 1
        number, written = self._sent, asyncio.Event()
        self._written[number] = written
        self._letters.append(Letter(number, cohort, attempt, events))
        self._arrived.set()
        await written.wait()
        return True

    async def read(self, timeout: float, known: Mapping[str, int]) -> list[Letter]:
        """All messages that have come; waits at most `timeout` seconds for one.

        Args:
            timeout: In seconds.
            known: The attempts that the driver has heard of: a mailbox that was started again has not.
        """
        for cohort, attempt in known.items():
            self._attempts[cohort] = max(attempt, self._attempts[cohort])
        try:
            await asyncio.wait_for(self._arrived.wait(), timeout)
        except TimeoutError:
            return []
        self._arrived.clear()
        found, self._letters = self._letters, []
        return found

    async def noted(self, numbers: list[int]) -> None:
        """These messages are written down."""
        for number in numbers:
            if (written := self._written.pop(number, None)) is not None:
                written.set()

    async def stop(self) -> set[str]:
        """Ask for all cohorts to checkpoint and end; those that have begun at all."""
        self._over = True
        return set(self._attempts)

    async def stopping(self, cohort: str, attempt: int) -> bool:
        """Whether this attempt at a cohort is to end at its next checkpoint."""
        return self._over or attempt < self._attempts[cohort]
