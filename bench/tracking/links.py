"""Addresses within MLflow's interface, relative to wherever it is served."""

from __future__ import annotations

from urllib.parse import quote

from bench.markdown import escaped
from bench.tracking.views import ARMS

REPORT = "report.html"
"""Artifact path of a study's report, in the plan's run."""
_TRAINING = "workflowType=machine_learning"
"""Without it MLflow shows its pages for language models."""


def view(experiment: str, key: str, charts: bool = False) -> str:
    """A saved view of an experiment's runs, as a table or as charts."""
    mode = "&compareRunsMode=CHART" if charts else ""
    return f"#/experiments/{experiment}/runs?{_TRAINING}{mode}&viewStateShareKey={quote(key)}"


def run(experiment: str, identity: str) -> str:
    """An MLflow run."""
    return f"#/experiments/{quote(experiment, safe='')}/runs/{quote(identity, safe='')}"


def artifact(experiment: str, identity: str, path: str = "") -> str:
    """A file of an MLflow run, or the list of all."""
    page = f"{run(experiment, identity)}/artifacts"
    return f"{page}/{quote(path)}?{_TRAINING}" if path else f"{page}?{_TRAINING}"


def back(experiment: str, plan: str, study: str) -> str:
    """Markdown on every arm and run: the way to the study's report. `plan` is the MLflow run of the plan."""
    report, files = artifact(experiment, plan, REPORT), artifact(experiment, plan)
    whole = f"[study {escaped(study)}]({view(experiment, ARMS)})"
    return f"[Report]({report}) · {whole} · [its plan and files]({files})"
