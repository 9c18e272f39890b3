"""`ganbench reproduce` and `ganbench clean`: a recorded run put to the test, and files that can go."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.command_options import DataRoot, Download, Plugins, Results
from bench.problems import UserError
from bench.shell import console, mistakes, say

if TYPE_CHECKING:
    from bench.again import Original, Way

_DIFFERENT = 1
Run = Annotated[
    str, typer.Argument(help="A run's id, the beginning of it, or 'ARM · seed N'.", show_default=False)
]
OfStudy = Annotated[
    str | None, typer.Option("--study", help="Name of the run's study, if several have such a run.")
]


def reproduce(
    run: Run,
    study: OfStudy = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="By itself and not in its cohort: quicker, and numbers drift.")
    ] = False,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda:0, ...; by default where it was.", show_default=False)
    ] = None,
    plugins: Plugins = None,
    results: Results = Path("results"),
    data_root: DataRoot = Path("data"),
    download: Download = False,
) -> None:
    """Train a run again from the record alone, and say whether its scores are the same.

    In the cohort that it was trained in, so that it is the same bit for bit. Nothing of it enters the study's
    table. Exit status 0: the same, 1: different.
    """
    with mistakes():
        from bench import again, find_run
        from bench.plugins import given

        with given(plugins or []) as there:
            known = again.original(find_run.find(results, run, study))
            way = again.Way(alone, device, data_root, download, there)
            raise typer.Exit(_reproduce(known, way))


def _reproduce(known: Original, way: Way) -> int:
    from bench.progress import Lines
    from bench.reproduce import reproduce
    from bench.wording import count

    out = console()
    size = 1 if way.alone else len(known.members)
    company = "by itself" if size == 1 else f"in its cohort of {count(size, 'run')}"
    say(out, f"{known.found.title}, {company}, from the record alone.")
    found = reproduce(known, way, Lines(out))
    if known.end["verdict"] in ("failed", "diverged"):
        for name, end in (("Recorded", known.end), ("This time", found.end)):
            say(out, f"{name}: {end['verdict']}{': ' + end['reason'] if end.get('reason') else ''}")
    for line in found.likeness.lines():
        say(out, line)
    if found.reasons:
        say(out, "Not as it was:")
        for reason in found.reasons:
            say(out, f"  {reason}")
    elif not found.likeness.same:
        say(out, "Nothing that is recorded of the machine, the versions and the company is different.")
    say(out, f"Kept apart from the study in {found.folder}")
    return 0 if found.likeness.same else _DIFFERENT


def clean(
    study: Annotated[
        str | None,
        typer.Argument(help="A study's name or file; all of them if left out.", show_default=False),
    ] = None,
    results: Results = Path("results"),
    weights: Annotated[
        bool, typer.Option("--weights", help="Also the last states of finished runs that MLflow has.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove checkpoints of finished runs and what killed processes left; asks first."""
    with mistakes():
        from bench import finding

        if not yes and not _watched():
            raise UserError("clean asks before it removes anything, and nobody can answer here: add --yes")
        folders = [finding.study(Path(study), results).folder] if study else finding.studies(results)
        if not folders:
            raise UserError(f"{results} holds no study that has been run")
        for folder in folders:
            _clean(folder, weights, yes, skip=study is None)


def _watched() -> bool:
    """Whether somebody can answer a question."""
    return sys.stdin.isatty()


def _clean(folder: Path, weights: bool, yes: bool, skip: bool) -> None:
    """One study; one that is running is left alone if `skip`. Raises UserError."""
    from bench.alone import NotAlone, alone
    from bench.litter import mirrored, remove, search
    from bench.wording import count

    out = console()
    if folder.is_symlink():
        say(out, f"{folder} is a link, which is not followed.")
        return
    try:
        with alone(folder, "ganbench clean"):
            if weights and not mirrored(folder):
                raise UserError(
                    f"{folder}: MLflow does not have the whole record of this study yet, so its weights "
                    "stay; ganbench sync sends the rest"
                )
            found = search(folder, weights)
    except NotAlone as error:
        if not skip:
            raise
        say(out, f"{error}; left alone")
        return
    for link in found.links:
        say(out, f"{link} is a link, which is not followed.")
    if found.kept:
        say(out, f"{folder}: {count(len(found.kept), 'checkpoint')} of unfinished or failed runs stay.")
    if not found.litter:
        say(out, f"{folder}: nothing to remove.")
        return
    for kind, meaning in MEANING.items():
        files = [each for each in found.litter if each.kind == kind]
        if files:
            size = sum(each.size for each in files) / 1e6
            say(out, f"{folder}: {count(len(files), 'file')}, {size:,.1f} MB: {meaning}")
    if not yes and not typer.confirm("Remove them?", default=False):
        say(out, "Nothing was removed.")
        return
    with alone(folder, "ganbench clean"):
        # Only what was shown, and is still of no use.
        still = {each.path for each in search(folder, weights).litter}
        freed, trouble = remove([each for each in found.litter if each.path in still])
    say(out, f"{folder}: {freed / 1e6:,.1f} MB are free.")
    if trouble:
        raise UserError("\n".join(trouble))


MEANING = {
    "checkpoint": "checkpoints of cohorts whose runs have all ended; nothing goes on from them.",
    "leftover": "what killed processes left half written, and damaged checkpoints; nothing reads them.",
    "weights": (
        "last states of finished runs. MLflow has copies; without these files `ganbench reproduce` compares "
        "scores but no weights, and another MLflow store cannot be given them."
    ),
}
"""What each kind of file is, and what goes with it."""
