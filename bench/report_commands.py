"""`ganbench report`, `export` and `compare`: what is made from a finished record, or from a file of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bench.command_options import MixProtocols, Results, StudyFile, TrackingUri
from bench.problems import UserError
from bench.shell import console, mistakes, say

Study = Annotated[Path | None, typer.Argument(help="The study's YAML file.", show_default=False)]
File = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="Instead of STUDY, and without MLflow: a comparison.csv, or a .parquet of `ganbench export`.",
        show_default=False,
    ),
]
Formats = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="md, csv, tex, html, page, figures, samples, trajectories, animation: one, several with commas "
        "between, or all; by default those that a run ends with.",
        show_default=False,
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        help="Columns of the table, in this order: fid,modes. By default all. Of --pivot: the output in it.",
        show_default=False,
    ),
]
Sort = Annotated[
    str, typer.Option(help="Column that rows are sorted by; -fid: from high to low.", show_default=False)
]
Arms = Annotated[
    list[str] | None,
    typer.Option(help="Only arms of this name, * for any text; may be repeated.", show_default=False),
]
Precision = Annotated[int | None, typer.Option(help="Decimals of scores.", show_default=False)]
Pivot = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="A B", help="A two-way table: factor A down, factor B across.", show_default=False),
]


def report(
    study: Study = None,
    file: File = None,
    format_: Formats = None,
    columns: Columns = None,
    sort: Sort = "",
    arms: Arms = None,
    precision: Precision = None,
    pivot: Pivot = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write into; by default RESULTS/<study>.", show_default=False),
    ] = None,
    results: Results = Path("results"),
    tracking_uri: TrackingUri = None,
    mix_protocols: MixProtocols = False,
) -> None:
    """Write a study's tables, page and figures from what MLflow holds, or from a file.

    For example: ganbench report studies/digits.yaml --format md,tex --columns fid,modes --arms 'hinge*'
    """
    with mistakes():
        if file is not None and study is not None:
            raise UserError("name a STUDY or a file with --from, not both")
        from bench import reporting, sources
        from bench.reports.base import Shape
        from bench.tracking import resolve_uri

        reports = reporting.chosen(format_)
        shape = Shape(_words(columns), sort, tuple(arms or ()), precision, pivot)
        if file is not None:
            found = sources.of_file(file, _aside)
        elif study is not None:
            found = sources.of_study(study, results, tracking_uri, _aside)
        else:
            raise UserError("name a STUDY, or a file with --from")
        folder = output or reporting.folder_of(found, results)
        if file is not None:
            reporting.spare(file, reports, folder, shape)
        call = reporting.Call(reports, folder, shape, mix_protocols, by_name=format_ is not None)
        reporting.report(found, call, console())
        if file is None and output is None and shape == Shape():
            # What is only a part, or for elsewhere, is not the study's answer.
            reporting.publish(found, resolve_uri(tracking_uri, results), folder)


def export(
    study: StudyFile,
    file: Annotated[Path, typer.Argument(help="x.parquet, or x.csv for the rows alone.", show_default=False)],
    pictures: Annotated[
        Literal["none", "last", "all"],
        typer.Option(help="Pictures of samples to put in; an animation needs all."),
    ] = "last",
    results: Results = Path("results"),
    tracking_uri: TrackingUri = None,
) -> None:
    """Write all that reports are made from into one .parquet, which `ganbench report --from FILE` reads."""
    with mistakes():
        from bench import export, sources
        from bench.wording import count

        export.suffix_of(file)
        found = sources.of_study(study, results, tracking_uri, _aside)
        export.write(found, file, pictures)
        say(console(), f"{file}: {count(len(found.rows), 'run')}, {file.stat().st_size:,} bytes")


def _aside(line: str) -> None:
    typer.echo(line, err=True)


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",")) if text else ()


def compare(
    arms: Annotated[
        list[str],
        typer.Argument(metavar="STUDY:ARM...", help="Two arms or more; see below.", show_default=False),
    ],
    arm: Annotated[
        str | None, typer.Option(help="ARM wherever a study is named without one.", show_default=False)
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", help="md, csv, tex or html to stdout, instead of a table.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="File to write; its suffix says the format.", show_default=False),
    ] = None,
    results: Results = Path("results"),
    tracking_uri: TrackingUri = None,
    mix_protocols: MixProtocols = False,
) -> None:
    """Set arms of one study, or of several, side by side; differences are to the first.

    STUDY is a study's file or name, a comparison.csv, or a .parquet of `ganbench export`; left out, it is
    the study before. ARM is an arm's name (* for any text) or the beginning of its id.

    ganbench compare studies/digits.yaml:hinge :'hinge + wgan_gp*'

    ganbench compare digits textbook_digits --arm hinge

    Runs of equal seeds are paired in one study, and across studies on the same data; else it is Welch's test.

    Arms of one name in several studies are also summed up over all of them, each study's scores on a scale
    from its baseline (0) to real data (1): interquartile mean and performance profile, with intervals.

    ganbench compare digits:'*' textbook_digits:'*' --mix-protocols
    """
    with mistakes():
        from bench import side_by_side, side_tables, sides, sources

        name = side_tables.format_of(format_, output)
        found = sides.sides(arms, arm, lambda word: sources.of(word, results, tracking_uri, _aside))
        if not mix_protocols:
            sides.refuse_mixture(found)
        compared = side_by_side.compare(found)
        if name is None:
            console().print(side_tables.terminal(compared))
            return
        text = side_tables.FORMATS[name](compared)
        if output is None:
            typer.echo(text, nl=False)
        else:
            side_tables.save(text, output)
            say(console(), f"Written: {output}")
