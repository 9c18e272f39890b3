"""Every run by itself, arm by arm, with its link into MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.limits import strictly_counted
from bench.page.findings import asked
from bench.reports._estimates import seconds
from bench.reports._summary import Summary
from bench.rows import Results
from bench.tracking import links
from bench.wording import NOTHING, count, minus, number

MOST = 1000
"""Runs that the page has room for."""


@dataclass(frozen=True)
class Run:
    """One line."""

    seed: int
    verdict: str
    onset: str
    score: str
    seconds: str
    reason: str
    link: str
    """Into MLflow; empty where these rows are not MLflow's."""


@dataclass(frozen=True)
class ArmRuns:
    """The runs of one arm."""

    index: int
    name: str
    told: str
    """How many of them ended how."""
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Runs:
    """The section."""

    label: str
    """Of the output whose final score is shown."""
    arms: tuple[ArmRuns, ...]
    left_out: str
    """A sentence about the runs that are not here; empty if all are."""
    note: str
    """How verdicts count modes, where the study has an output that counts them otherwise; else empty."""

    @property
    def linked(self) -> bool:
        """Whether any run has a link into MLflow."""
        return any(run.link for arm in self.arms for run in arm.runs)


def runs(results: Results, summaries: Sequence[Summary]) -> Runs:
    """The runs of every arm, at most MOST in all: beyond that the first seeds of each arm."""
    question = asked(results)
    total = len(results.rows)
    each = total if total <= MOST else max(1, MOST // max(1, results.rows["arm"].nunique()))
    groups: dict[str, list[dict[Any, Any]]] = {}
    # All at once: a frame for every arm costs more than all of its runs.
    for line in results.rows.groupby("arm", sort=False).head(each).to_dict("records"):
        groups.setdefault(str(line["arm"]), []).append(line)
    arms: list[ArmRuns] = []
    for index, arm in enumerate(summaries):
        if arm.id in groups and len(arms) < MOST:
            shown = tuple(_run(results, question.output, question.digits, line) for line in groups[arm.id])
            arms.append(ArmRuns(index, arm.name, _told(arm), shown))
    kept = sum(len(arm.runs) for arm in arms)
    left = _left_out(results, total, kept, len(arms)) if kept < total else ""
    return Runs(question.label, tuple(arms), left, strictly_counted(results.plan["outputs"]) or "")


def _left_out(results: Results, total: int, kept: int, arms: int) -> str:
    where = (
        "MLflow has them all" if results.experiment else "the rows that this page was made from have them all"
    )
    return (
        f"{count(total, 'run')} are too many for one page. Listed are the first seeds of "
        f"{count(arms, 'arm')}; {count(total - kept, 'run')} are left out of this list, and of "
        f"nothing else: {where}."
    )


def _run(results: Results, output: str, digits: int, line: dict[Any, Any]) -> Run:
    import pandas as pd

    onset, reason = line["onset"], line["reason"]
    score, spent = line[f"{output}.final"], line["seconds"]
    return Run(
        seed=int(line["seed"]),
        verdict=str(line["verdict"]),
        onset=NOTHING if pd.isna(onset) else f"{int(onset):,}",
        score=NOTHING if pd.isna(score) else minus(number(float(score), digits)),
        seconds=seconds(None if pd.isna(spent) else float(spent)),
        reason="" if pd.isna(reason) else str(reason),
        link=_link(results, "" if pd.isna(line["mlflow_run"]) else str(line["mlflow_run"])),
    )


def _link(results: Results, run: str) -> str:
    """Only http: what a record calls its server must not become a script."""
    if not run or not results.experiment or not results.server.startswith(("http://", "https://")):
        return ""
    return f"{results.server.rstrip('/')}/{links.run(results.experiment, run)}"


def _told(arm: Summary) -> str:
    parts = [f"{arm.healthy} of {arm.ended} healthy"] if arm.ended else []
    parts += arm.unhealthy
    parts += [f"{len(arm.unfinished)} not ended"] if arm.unfinished else []
    return ", ".join(parts)
