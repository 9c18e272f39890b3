"""A journal's lines with the place behind each, for whoever goes through it stretch by stretch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.journal import Event
from bench.journal_lines import lines

_OF_A_STEP = re.compile(rb'\{"time": [^,"]+, "type": "(train|image)", "run": "(\w+)", "step": (\d+), ')


def events(path: Path, offset: int = 0, known: bool = False) -> Iterator[tuple[int, Event]]:
    """Each whole line from byte `offset` on, with the offset just behind it; a torn last line is left.

    A damaged line is an event of a type that nobody knows, so that whoever follows gets past it. Where all is
    `known`, what of training and pictures is not needed to tell their repeats is not parsed.
    """
    for line in lines(path, offset, _skimmed if known else lambda line: None):
        yield line.behind, line.event or {"type": "damaged"}


def _skimmed(line: bytes) -> Event | None:
    begin = _OF_A_STEP.match(line)
    return begin and {"type": begin[1].decode(), "run": begin[2].decode(), "step": int(begin[3])}
