"""`ganbench new` and `ganbench verify`: a component of one's own, begun and put to the test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.command_options import DataRoot
from bench.problems import UserError
from bench.shell import mistakes

_NOT_KEPT = 1
"""Exit status when a rule is broken."""


def new(
    kind: Annotated[
        str, typer.Argument(help="trick, loss, model, optimizer, data or metric.", show_default=False)
    ],
    name: Annotated[str, typer.Argument(help="Like my_noise.", show_default=False)],
    folder: Annotated[Path, typer.Option(help="Where to write it; made if it is not there.")] = Path(
        "plugins"
    ),
) -> None:
    """Write a working component of one's own, and its test, to be changed into what is wanted."""
    with mistakes():
        from bench.new import write

        files = write(kind, name, folder)
        typer.echo("\n".join(f"wrote {file}" for file in files))
        typer.echo(f"In a study: plugins: [{folder}], relative to its file. Try: ganbench verify {files[0]}")


def verify(
    file: Annotated[Path, typer.Argument(help="A component's Python file.", show_default=False)],
    data_root: DataRoot = Path("data"),
) -> None:
    """Say which rules of its kind a component keeps and which not, and why. Exit status 1 if not all."""
    with mistakes():
        if file.is_dir():
            raise UserError(f"{file} is a folder; name one component's file")
        import torch

        from bench.contracts.verify import on_trial
        from bench.contracts.verify import verify as findings_of

        torch.set_num_threads(1)
        broken = kept = total = 0
        with on_trial(file, data_root) as subject:
            typer.echo(f"{subject.registry.kind} {subject.name}, {file}")
            for finding in findings_of(subject):
                mark = {True: "holds", False: "FAILS", None: "not tried"}[finding.held]
                typer.echo(f"{mark:>9}  {finding.rule}")
                if finding.reason:
                    typer.echo(f"{'':>9}  -> {finding.reason}")
                total, kept = total + 1, kept + (finding.held is True)
                broken += finding.held is False
        if broken:
            typer.echo(f"{kept} of {total} rules hold.")
            raise typer.Exit(_NOT_KEPT)
        typer.echo(
            f"All {total} rules hold." if kept == total else f"{kept} of {total} rules hold, as far as tried."
        )
