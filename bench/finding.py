"""Which study or run a user means: by file, folder or name; by id, part of an id, or name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bench.journal_tail import Tail
from bench.problems import UserError
from gan.registry import nearest

JOURNAL = "journal.jsonl"
_YAML = (".yaml", ".yml")
_NAMED = re.compile(r"(?P<arm>.+?)\s*[·,:/-]?\s*seed\s*(?P<seed>\d+)", re.IGNORECASE | re.DOTALL)
_MOST = 10
"""Candidates that are listed where a name means several runs."""


@dataclass(frozen=True)
class Found:
    """A study whose results may be there."""

    name: str
    folder: Path
    file: Path | None
    """Its YAML file, if the user has named it; it need not be readable."""

    @property
    def journal(self) -> Path:
        """Where its events are."""
        return self.folder / JOURNAL


@dataclass(frozen=True)
class Known:
    """A run that a journal tells of."""

    run: str
    name: str
    """ARM · seed N."""
    folder: Path
    """Of its study's results."""


def study(given: Path, results: Path) -> Found:
    """The study that a path or a name means; what its file says does not matter.

    Raises:
        UserError: There is neither such a file nor such results.
    """
    if given.suffix.lower() in _YAML:
        folder = results / given.stem
        if given.is_file() or (folder / JOURNAL).is_file():
            return Found(given.stem, folder, given)
        raise UserError(
            f"there is no file {given}, and no study {given.stem!r} in {results}{_hint(given, results)}"
        )
    for folder in (given, results / given):
        if (folder / JOURNAL).is_file():
            return Found(folder.resolve().name, folder, None)
    raise UserError(f"there is no study {str(given)!r} in {results}{_hint(given, results)}")


def studies(results: Path) -> list[Path]:
    """The folders of all studies that have been run."""
    return sorted(path.parent for path in results.glob(f"*/{JOURNAL}"))


def run(given: str, folders: list[Path]) -> Known:
    """The run of these studies that an id, its beginning or a name means.

    Raises:
        UserError: None is meant, or several.
    """
    known = [found for folder in folders for found in _runs(folder)]
    if not known:
        where = ", ".join(map(str, folders)) or "the results folder"
        raise UserError(f"no run is known in {where}: nothing has been run there")
    meant = [one for one in known if one.run == given] or [
        one for one in known if _same(one.name, given) or (given and one.run.startswith(given))
    ]
    if not meant:
        names = [*(one.name for one in known), *(one.run for one in known)]
        guess = next((name for name in names if given and given in name), None) or nearest(given, names)
        hint = f"; did you mean {guess!r}?" if guess else ""
        raise UserError(f"there is no run {given!r} among the {len(known):,} of {_names(folders)}{hint}")
    if len(meant) > 1:
        lines = [f"  {one.run}  {one.name}  ({one.folder.name})" for one in meant[:_MOST]]
        more = [f"  and {len(meant) - _MOST:,} more"] if len(meant) > _MOST else []
        raise UserError("\n".join([f"{given!r} may be any of {len(meant):,} runs:", *lines, *more]))
    return meant[0]


def _runs(folder: Path) -> list[Known]:
    """Every run that was planned or has started."""
    names: dict[str, str] = {}
    for event in Tail(folder / JOURNAL).news((b'"type": "study"', b'"type": "start"')):
        if event["type"] == "study":
            for arm in event["arms"]:
                names |= {run["id"]: f"{arm['name']} · seed {run['seed']}" for run in arm["runs"]}
        elif event["type"] == "start":
            names[event["run"]] = event["name"]
    return [Known(run, name, folder) for run, name in names.items()]


def _same(name: str, given: str) -> bool:
    """Whether a name is meant, however its middle dot was typed."""
    one, other = _NAMED.fullmatch(name), _NAMED.fullmatch(given.strip())
    return name == given or (one is not None and other is not None and one.groups() == other.groups())


def _names(folders: list[Path]) -> str:
    return ", ".join(folder.name for folder in folders[:3]) + (", ..." if len(folders) > 3 else "")


def _hint(given: Path, results: Path) -> str:
    known = [folder.name for folder in studies(results)]
    guess = nearest(given.stem, known)
    if guess:
        return f"; did you mean {guess!r}?"
    return f"; there are {', '.join(known[:_MOST])}" if known else ": nothing has been run there"
