"""What of a study's files nobody needs any more, and what would still be possible without them.

    checkpoints   of cohorts whose runs have all ended well (a driver that was killed leaves them); those of
                  runs that failed stay, because `--retry failed` goes on from them
    leftovers     of files that were being written when a process died, and damaged checkpoints put aside
    weights       last states of finished runs: only where they are asked for, and MLflow has them

Nothing outside the study's folder is ever looked at: links are not followed, wherever they point.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.alone import NotAlone, alone
from bench.journal import Journal
from bench.ledger import Ledger
from bench.reproduce import FOLDER

Kind = Literal["checkpoint", "leftover", "weights"]
_COHORT = "cohort-"
_UNFINISHED = (".writing", ".tmp", ".damaged")


@dataclass(frozen=True)
class Litter:
    """A file that can go."""

    path: Path
    kind: Kind
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Found:
    """What there is in one study's folder."""

    litter: tuple[Litter, ...]
    kept: tuple[Path, ...]
    """Checkpoints that are still of use."""
    links: tuple[Path, ...]
    """What was not followed."""


def search(folder: Path, weights: bool = False) -> Found:
    """What can go in a study's folder, and in those of its reproductions.

    Args:
        folder: The study's folder.
        weights: Whether last states of finished runs can go too.
    """
    links: list[Path] = []
    litter, kept = _in_one(folder, weights, links)
    for place in _folders(folder / FOLDER, links):
        try:
            with alone(place, "ganbench clean"):
                more, also = _in_one(place, weights, links)
        except NotAlone:  # It is being made.
            continue
        litter, kept = litter + more, kept + also
    return Found(tuple(litter), tuple(kept), tuple(links))


def mirrored(folder: Path) -> bool:
    """Whether some MLflow has all that the study's journal tells, the last states among it."""
    from bench.journal_lines import whole
    from bench.tracking.notes import read_notes

    end = whole(folder / "journal.jsonl")
    offsets = [note.get("offset") for note in read_notes(folder).values() if isinstance(note, dict)]
    return any(isinstance(offset, int) and offset >= end for offset in offsets)


def remove(litter: Iterable[Litter]) -> tuple[int, list[str]]:
    """Remove files; the bytes that are free now, and why some could not go."""
    freed, trouble = 0, []
    for each in litter:
        try:
            each.path.unlink()
            freed += each.size
        except FileNotFoundError:
            pass  # Somebody else was quicker.
        except OSError as error:
            trouble.append(f"{each.path}: {error.strerror}")
    return freed, trouble


def _in_one(folder: Path, weights: bool, links: list[Path]) -> tuple[list[Litter], list[Path]]:
    journal = folder / "journal.jsonl"
    ledger = Ledger(Journal(journal))
    done, ended = ledger.finished_cohorts, ledger.ended_well
    litter: list[Litter] = []
    kept: list[Path] = []
    for path, size in _files(folder, links):
        if path.name.endswith(".tmp") and path.name.startswith("mirror.json."):
            litter.append(Litter(path, "leftover", size))
    for path, size in _files(folder / "checkpoints", links):
        name = path.name
        if name.endswith(_UNFINISHED):
            litter.append(Litter(path, "leftover", size))
        elif name.startswith(_COHORT) and name.endswith(".pt"):
            cohort = name.removeprefix(_COHORT).partition(".")[0]
            if cohort in done:
                litter.append(Litter(path, "checkpoint", size))
            else:
                kept.append(path)
        elif weights and name.endswith(".pt") and path.stem in ended:
            litter.append(Litter(path, "weights", size))
    return litter, kept


def _folders(folder: Path, links: list[Path]) -> Iterator[Path]:
    for entry, status in _entries(folder, links):
        if stat.S_ISDIR(status.st_mode):
            yield entry


def _files(folder: Path, links: list[Path]) -> Iterator[tuple[Path, int]]:
    for entry, status in _entries(folder, links):
        if stat.S_ISREG(status.st_mode):
            yield entry, status.st_size


def _entries(folder: Path, links: list[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """What is in a folder; nothing if it is a link or not there."""
    if folder.is_symlink():
        if folder not in links:
            links.append(folder)
        return
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        path = folder / name
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            if path not in links:
                links.append(path)
        else:
            yield path, status
