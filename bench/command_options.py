"""Options that several commands share: what they are called, and what `--help` says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyFile = Annotated[Path, typer.Argument(help="The study's YAML file.", show_default=False)]
Results = Annotated[Path, typer.Option(help="Folder of all studies' results.")]
TrackingUri = Annotated[
    str | None,
    typer.Option(
        help="MLflow's store; else MLFLOW_TRACKING_URI, else RESULTS/mlflow.db.", show_default=False
    ),
]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1, ...; auto: a GPU if there is one.")]
CohortSize = Annotated[
    int | None,
    typer.Option(min=1, help="Most runs that train together; by default looked up.", show_default=False),
]
DataRoot = Annotated[Path, typer.Option(help="Folder of datasets that live in files.")]
Plugins = Annotated[
    list[Path] | None,
    typer.Option("--plugins", help="Folder or file of plug-ins; may be repeated.", show_default=False),
]
Download = Annotated[bool, typer.Option("--download", help="Fetch missing datasets.")]
MixProtocols = Annotated[
    bool, typer.Option("--mix-protocols", help="Go on although scores were made in different ways; mark it.")
]
