"""Options that several commands share: what they are called, and what `--help` says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

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
Devices = Annotated[
    str,
    typer.Option(
        "--devices",
        "--device",
        help="cpu, cuda:0,cuda:1, ...; auto: every GPU there is, or else the CPU.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, help="Worker processes; by default one a GPU, or one a core of the CPU.", show_default=False
    ),
]
WorkersPerDevice = Annotated[
    int | None, typer.Option(min=1, help="Worker processes on each device.", show_default=False)
]
Executor = Annotated[str, typer.Option(help="Where cohorts run: local, or ray for several machines.")]
Address = Annotated[
    str | None,
    typer.Option(
        help="Ray's cluster: auto or HOST:PORT; else RAY_ADDRESS, else this machine.", show_default=False
    ),
]
CohortSize = Annotated[
    int | None,
    typer.Option(min=1, help="Most runs that train together; by default looked up.", show_default=False),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1, help="Most runs to do this time; an interrupted cohort goes on whole.", show_default=False
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(help="An arm to run, by its name, failed runs again; may be repeated.", metavar="ARM"),
]
Retry = Annotated[
    Literal["failed"] | None,
    typer.Option(help="Try runs again that the machine failed (not diverged ones).", show_default=False),
]
Retries = Annotated[
    int, typer.Option(min=0, help="How often in a row a cohort is tried again whose worker was lost.")
]
Compiled = Annotated[
    bool,
    typer.Option("--compile", help="torch.compile the step: a minute's wait a structure, then faster."),
]
CheckpointMinutes = Annotated[
    float, typer.Option(min=0.0, help="Checkpoint at least this often, and at every evaluation.")
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
Quiet = Annotated[bool, typer.Option("--quiet", help="Only warnings and the end.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout, and nothing else there.")]
