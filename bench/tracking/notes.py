"""What has been mirrored, in `mirror.json` beside the journal; read and written without MLflow.

    <address>   experiment, created, journal, offset    how much of the journal a store is known to have
    now         address, offset, error, since           how the last mirror fares

Notes only save work: without them everything is sent again, and sending again adds nothing. So a note that
cannot be written is left out. An address, and an error, never hold a credential.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.tracking.locks import LOCK, holder

NOTES = "mirror.json"
_NOW = "now"


@dataclass(frozen=True)
class Standing:
    """How far MLflow is behind a journal."""

    address: str
    """Of the store, without credentials."""
    behind: int
    """Whole events in the journal that it does not have."""
    error: str | None
    """Why the last attempt failed; None if it did not."""
    since: float | None
    """When attempts began to fail, in seconds since the epoch."""
    mirrored_by: str | None
    """The process that sends the journal now; None if nobody does."""


def standing(folder: Path) -> Standing | None:
    """How the record of the study in `folder` stands, from its files alone; None if nothing was ever sent."""
    now = read_notes(folder).get(_NOW)
    if not isinstance(now, dict) or not isinstance(offset := now.get("offset"), int) or "address" not in now:
        return None
    behind = lines(folder / "journal.jsonl", offset)
    by = holder(folder / LOCK)
    return Standing(str(now["address"]), behind, now.get("error"), now.get("since"), by)


def read_notes(folder: Path) -> dict[str, Any]:
    """The notes; nothing if there are none, or broken ones."""
    try:
        content = json.loads((folder / NOTES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def noted_offset(folder: Path, address: str) -> int:
    """Up to which byte the store at `address` has the journal, as far as is known here."""
    known = read_notes(folder).get(address)
    offset = known.get("offset") if isinstance(known, dict) else None
    return offset if isinstance(offset, int) else 0


def remember(folder: Path, address: str, place: dict[str, Any]) -> None:
    """Note that the store at `address` has the journal up to `place`."""
    _write(folder, {address: place})


def tell(folder: Path, address: str, offset: int, error: str | None, since: float | None) -> None:
    """Note how the mirror fares. `since`: when it began to fail, in seconds since the epoch."""
    _write(folder, {_NOW: {"address": address, "offset": offset, "error": error, "since": since}})


def _write(folder: Path, news: dict[str, Any]) -> None:
    before = read_notes(folder)
    if (content := before | news) == before:
        return
    temporary = folder / f"{NOTES}.{os.getpid()}.tmp"
    try:
        temporary.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(folder / NOTES)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def lines(path: Path, offset: int) -> int:
    """Whole lines of a file from byte `offset` on; all of them if it is not that long."""
    if not path.exists():
        return 0
    offset = offset if offset <= path.stat().st_size else 0
    return sum(block.count(b"\n") for block in _blocks(path, offset))


def _blocks(path: Path, offset: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while block := file.read(1 << 20):
            yield block
