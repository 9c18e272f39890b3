"""Which reports are written, where, and what they leave behind: the work of `ganbench report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.problems import UserError
from bench.registries import REPORTS
from bench.reports.base import AS_IT_IS, Report, Shape
from bench.rows import Results
from bench.shell import say
from gan.registry import unknown

if TYPE_CHECKING:
    from rich.console import Console

ALL = "all"


@dataclass(frozen=True)
class Call:
    """What is asked for."""

    reports: Sequence[type[Report]]
    folder: Path
    """Where they are written."""
    shape: Shape = AS_IT_IS
    mix_protocols: bool = False
    by_name: bool = False
    """Whether the reports were named: one that has nothing to show then says why."""


@dataclass(frozen=True)
class Written:
    """What became of the reports that were asked for."""

    files: tuple[Path, ...]
    lacking: tuple[str, ...]
    """A line a report, or a part of one, that had nothing to show: which, and why."""


def formats() -> dict[str, type[Report]]:
    """What `--format` may name -> the report; in alphabetical order."""
    reports: list[type[Report]] = [REPORTS.load(name) for name in REPORTS.names()]
    return {report.format: report for report in sorted(reports, key=lambda report: report.format)}


def chosen(words: str | None) -> list[type[Report]]:
    """The reports that `--format` asks for; without it those that a run ends with.

    Raises:
        UserError: There is no such format.
    """
    known = formats()
    if words is None:
        return [report for report in known.values() if not report.on_demand]
    asked = list(dict.fromkeys(word.strip() for word in words.split(",")))
    for word in asked:
        if word not in (*known, ALL):
            raise UserError(unknown("format", word, [*known, ALL]))
    return list(known.values()) if ALL in asked else [known[word] for word in asked]


def on_demand() -> list[str]:
    """The formats that only who asks for them gets."""
    return [name for name, about in formats().items() if about.on_demand]


def folder_of(results: Results, studies: Path) -> Path:
    """The study's own folder among those of all studies.

    Raises:
        UserError: The study has a name that no folder can have; only a file from elsewhere can say so.
    """
    name = str(results.plan["name"])
    if name in ("", ".", "..") or Path(name).name != name or "\0" in name or "\\" in name:
        raise UserError(f"the study's name {name!r} is no name of a folder; say where with --output FOLDER")
    return studies / name


def spare(source: Path, reports: Sequence[type[Report]], folder: Path, shape: Shape) -> None:
    """Raise UserError if part of what `source` holds would be written over it."""
    same = folder.resolve() == source.resolve().parent
    if same and shape != AS_IT_IS and any(source.match(name) for one in reports for name in one.makes):
        raise UserError(
            f"{source} would be replaced by a part of itself; say where else with --output FOLDER"
        )


def report(results: Results, call: Call, console: Console) -> None:
    """Write the reports, show the comparison and say what has been written.

    Raises:
        ProtocolError: The runs were scored in more than one way, and `mix_protocols` does not allow it;
            nothing is written.
        UserError: As `write` does; or nothing at all could be made of these results.
    """
    from bench.reports._terminal import render
    from bench.reports._view import view
    from bench.reports.base import check_protocols

    if not call.mix_protocols:
        check_protocols(results)
    if call.shape != AS_IT_IS:
        view(results, call.shape)  # A wrong name is told before anything is written.
    written = write(results, call)
    if not written.files:
        raise UserError("\n".join(written.lacking))
    console.print(render(results))
    say(console, "Written: " + ", ".join(str(path) for path in written.files))
    if call.by_name:
        for line in written.lacking:
            say(console, line)


def write(results: Results, call: Call) -> Written:
    """Write the reports, and remove what an earlier call has left there and they no longer make.

    Raises:
        UserError: Nothing can be written there, or the shape names something that there is not.
    """
    files: list[Path] = []
    lacking: list[str] = []
    try:
        for each in call.reports:
            one = each()
            made = one.write(results, call.folder, call.shape)
            _remove_stale(each, call.folder, made)
            files += made
            if not made:
                lacking.append(f"{each.format}: nothing to write; {each.lacking}")
            lacking += [f"{each.format}, without {line}" for line in one.left_out if made]
    except OSError as error:
        where = error.filename or call.folder
        raise UserError(f"cannot write to {where}: {error.strerror or error}") from None
    return Written(tuple(files), tuple(lacking))


def publish(results: Results, uri: str, folder: Path) -> None:
    """Show the answer in MLflow too, with whatever reports the study's folder holds.

    Raises:
        bench.tracking.TrackingError: MLflow could not be reached.
    """
    from bench.note import note
    from bench.tracking.publish import publish as to_mlflow

    patterns = [pattern for report in formats().values() for pattern in report.makes]
    found = sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    files = {path.relative_to(folder).as_posix(): path for path in found}
    to_mlflow(uri, str(results.plan["name"]), note(results), files)


def _remove_stale(report: type[Report], folder: Path, made: Sequence[Path]) -> None:
    """What the study no longer has must not look like its answer."""
    kept = {path.resolve() for path in made}
    for pattern in report.makes:
        for old in sorted(folder.glob(pattern)):
            if old.is_file() and old.resolve() not in kept:
                old.unlink()
