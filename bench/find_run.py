"""The run that a person means, with its beginning: what it can be made again from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench import finding
from bench.journal import Event
from bench.journal_tail import Tail
from bench.problems import UserError


@dataclass(frozen=True)
class Found:
    """A run in the journal of a study."""

    folder: Path
    """The study's."""
    start: Event
    """How it began; the last time, if it was interrupted."""

    @property
    def run(self) -> str:
        """Its id."""
        return str(self.start["run"])

    @property
    def title(self) -> str:
        """How a person tells it from others."""
        return f"{self.folder.name}: {self.start['name']} ({self.run})"


def find(results: Path, text: str, study: str | None = None) -> Found:
    """The run that `text` means (see `bench.finding.run`) among those that have begun.

    Args:
        results: The folder of all studies' results.
        text: An id, its beginning, or `ARM · seed N`.
        study: A study's name or file; None: all there are.

    Raises:
        UserError: There is no such run or study, several are meant, or it has not begun.
    """
    folders = [finding.study(Path(study), results).folder] if study else finding.studies(results)
    known = finding.run(text, folders)
    starts = Tail(known.folder / finding.JOURNAL).news((b'"type": "start"',))
    own = [event for event in starts if event["type"] == "start" and event["run"] == known.run]
    if not own:
        raise UserError(f"{known.folder.name}: {known.name} ({known.run}) has not begun")
    return Found(known.folder, own[-1])
