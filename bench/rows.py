"""The tidy table of results, read back from MLflow: one row a planned run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.scratch import scratch
from bench.tracking import Record, Recorded, read
from bench.tracking.address import interface
from bench.tracking.histories import Histories, histories
from bench.tracking.keys import clean
from bench.tracking.pictures import every_picture, last_pictures
from gan.recipe import digest

if TYPE_CHECKING:
    import pandas as pd

RUN_COLUMNS = (
    "study",
    "arm",
    "arm_name",
    "seed",
    "run_id",
    "mlflow_run",
    "verdict",
    "onset",
    "reason",
    "protocol",
    "hardware",
    "date",
    "seconds",
    "scoring_seconds",
    "steps",
)
"""Columns that every study has, before those of its factors and outputs."""

_NUMBERS = {
    "seed": "Int64",
    "onset": "Int64",
    "steps": "Int64",
    "seconds": "float64",
    "scoring_seconds": "float64",
}
"""What those of them hold that are no text."""

SUFFIXES = {
    "final": "float64",
    "best": "float64",
    "best_step": "Int64",
    "area": "float64",
    "noise": "float64",
}
"""Columns that each output has, `<output>.final` and so on, and what they hold."""
PENDING = "pending"
"""Verdict of a run that has not started."""
RUNNING = "running"
"""Verdict of a run that has started and not ended."""
UNFINISHED = (PENDING, RUNNING)


@dataclass(frozen=True)
class Results:
    """A study's results, as every report is given them."""

    rows: pd.DataFrame
    """One row a planned run: RUN_COLUMNS, one column a factor (see `factor_column`), and
    `<output>.final`, `.best`, `.best_step`, `.area` (averaged over training) and `.noise` (standard
    deviation over sample sets of the last state). In the plan's order of arms, then by seed."""
    oracle: dict[str, float]
    """Output -> score of real data."""
    protocols: dict[str, dict[str, Any]]
    """Digest -> scoring protocol, of those that occur among the rows (the plan's own if none does)."""
    plan: dict[str, Any]
    """The study event of the journal, without its runs' parameters."""
    outside: int = 0
    """Recorded runs that the present plan does not contain; they are not among the rows."""
    pictures: Callable[[list[str]], dict[str, Path]] = lambda wanted: {}
    """Run ids -> the last picture of each run's samples, where there is one."""
    every_picture: Callable[[list[str]], dict[str, dict[int, Path]]] = lambda wanted: {}
    """Run ids -> step -> picture of each run's samples."""
    experiment: str = ""
    """What MLflow calls the study; empty if these rows are not MLflow's."""
    server: str = ""
    """Where MLflow's interface is when `ganbench ui` runs; empty with `experiment`."""
    logged: frozenset[str] = frozenset()
    """Names of everything that any run has logged over time."""
    histories: Callable[[list[str], list[str]], dict[str, Histories]] = lambda wanted, names: {}
    """Run ids and logged names -> each run's values over its steps."""
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What has been computed of these results and is needed again; other results begin with an empty one."""

    def first_runs(self) -> dict[str, str]:
        """Arm -> its run with the first seed: the same latents in all."""
        first = self.rows.drop_duplicates("arm")
        return dict(zip(first["arm"], first["run_id"], strict=True))


def rows(uri: str, study: str) -> pd.DataFrame:
    """The table alone; raises as `results` does."""
    return results(uri, study).rows


def results(uri: str, study: str) -> Results:
    """Everything about `study` that a report needs.

    Raises:
        bench.tracking.StudyNotFoundError: There is no such study at `uri`.
        bench.tracking.TrackingError: MLflow could not be reached.
    """

    def fetched(fetch: Callable[..., Any]) -> Callable[[list[str]], Any]:
        return lambda wanted: fetch(uri, study, wanted, scratch())

    return replace(
        tabulate(read(uri, study)),
        pictures=fetched(last_pictures),
        every_picture=fetched(every_picture),
        server=interface(uri),
        histories=partial(histories, uri, study),
    )


def tabulate(recorded: Recorded) -> Results:
    """The record as a table: pure, so that equal records give equal tables."""
    plan = recorded.plan
    records = {record.run_id: record for record in recorded.runs}
    lines = [
        _row(plan, arm, run, records.get(run["id"]))
        for arm in plan["arms"]
        for run in sorted(arm["runs"], key=lambda run: (run["seed"], run["id"]))
    ]
    planned = {line["run_id"] for line in lines}
    frame = framed(plan, lines)
    used = sorted({name for value in frame["protocol"].dropna() for name in str(value).split()})
    own = plan.get("protocol") or {}
    protocols = {key: recorded.protocols.get(key, {}) for key in used} or {digest(own): own}
    outside = len(records.keys() - planned)
    logged = frozenset(name for record in recorded.runs for name in record.metrics)
    where = recorded.experiment
    return Results(frame, recorded.oracle, protocols, plan, outside, experiment=where, logged=logged)


def framed(plan: dict[str, Any], lines: list[dict[str, Any]]) -> pd.DataFrame:
    """The table of `lines`, one a planned run, with the columns and types that the plan asks for."""
    import pandas as pd

    kinds = columns(plan)
    return pd.DataFrame(lines, columns=list(kinds)).astype(kinds)


def in_order(plan: dict[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in the plan's order of arms, then by seed, wherever they stood."""
    places = {arm["id"]: place for place, arm in enumerate(plan["arms"])}
    keys = rows[["seed", "run_id"]].assign(place=rows["arm"].map(places))
    order = keys.sort_values(["place", "seed", "run_id"], kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def factor_column(factor: str) -> str:
    """Name of a factor's column: its own, unless every study already has a column of that name."""
    return f"level.{factor}" if factor in RUN_COLUMNS else factor


def columns(plan: dict[str, Any]) -> dict[str, str]:
    """The columns of a study's rows in their order, and what each holds, as pandas calls it."""
    kinds = dict.fromkeys(RUN_COLUMNS, "str") | _NUMBERS
    kinds |= {factor_column(factor): "str" for factor in plan["factors"]}
    for output in plan["outputs"]:
        kinds |= {f"{output}.{suffix}": kind for suffix, kind in SUFFIXES.items()}
    return kinds


def _row(
    plan: dict[str, Any], arm: dict[str, Any], run: dict[str, Any], record: Record | None
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "study": plan["name"],
        "arm": arm["id"],
        "arm_name": arm["name"],
        "seed": run["seed"],
        "run_id": run["id"],
        "verdict": PENDING if record is None else record.verdict or RUNNING,
    }
    row |= {factor_column(factor): arm["levels"].get(factor) for factor in plan["factors"]}
    if record is None:
        return row
    row |= {"onset": record.onset, "reason": record.reason, "protocol": record.protocol}
    row |= {"mlflow_run": record.mlflow_id, "hardware": record.hardware, "date": record.date}
    for name in ("seconds", "scoring_seconds", "steps"):
        row[name] = record.metrics.get(name)
    for output in plan["outputs"]:
        for suffix in SUFFIXES:
            row[f"{output}.{suffix}"] = record.metrics.get(clean(f"{output}.{suffix}"))
    return row
