"""A journal's file, line by line: which lines are events, and what is wrong with the others.

A line ends in a checksum of what stands before it. One that a disk has changed, that a power loss has filled
with NULs or that was written behind half of another is told by its number and passed over; a whole event
behind such a beginning is read. Lines of earlier versions have no checksum and are read as well.
"""

from __future__ import annotations

import json
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

Event = dict[str, Any]
_BEGIN = b'{"time": '
_END = re.compile(rb', "crc": "([0-9a-f]{8})"\}\n$')
_TAIL = len(b', "crc": "01234567"}\n')
_MANY = 5
_NUMBER = int | float
_NEEDS: Mapping[str, Mapping[str, Any]] = {
    "study": {"name": str, "arms": list},
    "oracle": {"scores": dict},
    "start": {"run": str},
    "train": {"run": str, "step": int, "metrics": dict},
    "score": {"run": str, "step": int, "metrics": dict},
    "image": {"run": str, "step": int, "path": str},
    "end": {"run": str, "verdict": str},
    "task": {"cohort": str, "runs": list, "steps": int, "worker": str, "device": str, "attempt": int},
    "cohort": {"cohort": str, "step": int, "seconds": _NUMBER},
    "trouble": {"sentence": str},
    "split": {"cohort": str, "into": list},
    "driver": {"phase": str, "host": str, "pid": int},
    "trial": {"arm": str, "number": int, "runs": list},
    "winner": {"arm": str, "trial": int},
}
"""What every reader relies on."""
_IDS = ("run", "cohort")
_ID = re.compile(r"\w[\w.-]*")
"""What names files."""
_PATHS = ("path", "checkpoint")
"""Relative to the study's folder; of a `study` event, the name of its file."""


@dataclass(frozen=True)
class Line:
    """One whole line."""

    number: int
    """From 1, at the place where reading began."""
    behind: int
    """Offset of the byte behind it."""
    event: Event | None
    """What it tells; None if that is lost."""
    wrong: str | None
    """What is wrong with it; None for nothing."""


def written(event: Event) -> bytes:
    """The line of an event. Raises TypeError for what JSON cannot hold."""
    body = json.dumps(event)[:-1].encode()
    return body + b', "crc": "%08x"}\n' % zlib.crc32(body)


def lines(
    path: Path, offset: int = 0, skim: Callable[[bytes], Event | None] = lambda line: None
) -> Iterator[Line]:
    """Each whole line from byte `offset` on; a torn last line is left, and so is a file that is not there.

    `skim`: what a line is taken for without parsing it; None: it is parsed. An empty event: the line is left
    out. Checksums are looked at even so.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(offset)
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            skimmed = skim(line)
            if skimmed is None or not _unchanged(line):
                yield Line(number, offset, *_read(line))
            elif skimmed:
                yield Line(number, offset, skimmed, None)


def damage(found: Sequence[Line], path: Path) -> str | None:
    """What to tell the user of lines with something wrong; None if there are none."""
    if not found:
        return None
    several = f"{len(found)} damaged lines" if len(found) > 1 else "a damaged line"
    told = [f"line {line.number} ({line.wrong})" for line in found[:_MANY]]
    more = f" and {len(found) - _MANY} more" if len(found) > _MANY else ""
    return (
        f"{path} has {several}, passed over: {', '.join(told)}{more}. "
        "What has ended is kept; a run whose end was lost is run again, one that was under way begins anew."
    )


def damaged(path: Path) -> list[Line]:
    """The lines of a journal with something wrong."""
    return [line for line in lines(path) if line.wrong is not None]


def event_on(line: bytes) -> Event | None:
    """The event on a whole line; None if that is lost."""
    return _read(line)[0]


def whole(path: Path) -> int:
    """Offset just behind the last whole line; 0 if there is none."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _unchanged(line: bytes) -> bool:
    """Whether no checksum at the end of a line says that it is another line now."""
    if line[-11:-3] == b"%08x" % zlib.crc32(line[:-_TAIL]):
        return True
    return not line[-_TAIL:].startswith(b', "crc": ')


def _read(line: bytes) -> tuple[Event | None, str | None]:
    event, wrong = _event(line)
    if wrong is None:
        return event, None
    # Half a line, or a block of NULs, with a whole one behind it.
    begin = line.rfind(_BEGIN)
    if begin > 0 and (found := _event(line[begin:]))[1] is None:
        return found[0], f"its first {begin} bytes are of no event"
    return None, wrong


def _event(line: bytes) -> tuple[Event | None, str | None]:
    """The event on a line, or what is wrong."""
    end = _END.search(line, max(0, len(line) - _TAIL))
    if end is not None and int(end[1], 16) != zlib.crc32(line[: end.start()]):
        return None, "its checksum does not match"
    try:
        event = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None, "not JSON"
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return None, "no event"
    event.pop("crc", None)
    if not _is_number(event.get("time")):
        return None, "an event without a time"
    for name, kind in _NEEDS.get(event["type"], {}).items():
        if not isinstance(event.get(name), kind):
            return None, f"an event of type {event['type']} without its {name}"
    if (astray := _astray(event)) is not None:
        return None, f"its {astray} is none"
    return event, None


def _astray(event: Event) -> str | None:
    """The id or path in an event that would lead out of the study's folder: a journal may be a stranger's."""
    for name in _IDS:
        if isinstance(value := event.get(name), str) and not _ID.fullmatch(value):
            return name
    for name in _PATHS:
        if isinstance(value := event.get(name), str) and (
            PurePath(value).is_absolute() or ".." in PurePath(value).parts
        ):
            return name
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
