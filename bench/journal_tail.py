"""The end of a journal that is still being written: what has come since the last look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.journal_lines import Event, event_on

BULK = ("train", "image")
"""Most of a journal's lines, which nobody needs who asks how a study stands."""
_HEAD = 80
"""Bytes within which a line says its type."""


class Tail:
    """Reads on from where it stopped. Lines that are torn or damaged are passed over, as by the driver."""

    def __init__(self, path: Path, without: tuple[str, ...] = BULK) -> None:
        self.path = path
        self.offset = 0
        """Bytes that have been read."""
        self._without = tuple(f'"type": "{kind}"'.encode() for kind in without)

    def news(self, having: tuple[bytes, ...] = ()) -> Iterator[Event]:
        """Events since the last call, in order; only those whose line has one of `having` in it, if given."""
        try:
            file = self.path.open("rb")
        except OSError:
            return
        with file:
            file.seek(self.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self.offset += len(line)
                head = line[:_HEAD]
                if any(kind in head for kind in self._without):
                    continue
                if having and not any(part in line for part in having):
                    continue
                if (event := event_on(line)) is not None:
                    yield event
