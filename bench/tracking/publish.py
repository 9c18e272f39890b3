"""A study's answer, where MLflow shows the study: in its description, and as files of the plan's run.

    experiment      the note, then links to the report, to its files and to the saved views
    plan's run      the files; it is the one called "oracle (real data)"
    arms, runs      a link to the report and one to the study, which they have from their beginning

Links are relative to MLflow's interface (`#/experiments/...`), so that they work wherever it is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.markdown import escaped
from bench.tracking.client import connect, in_words
from bench.tracking.errors import StudyNotFoundError
from bench.tracking.held import Held, held_experiment, held_runs
from bench.tracking.keys import TAG_LENGTH
from bench.tracking.links import REPORT, artifact, back, view
from bench.tracking.views import ARM_CURVES, ARMS, COST, FAILURES, SAMPLES
from bench.tracking.writer import NOTE

if TYPE_CHECKING:
    from mlflow import MlflowClient

_VIEWS = (
    ("arms", ARMS, False),
    ("curves", ARM_CURVES, True),
    ("failures", FAILURES, False),
    ("samples over training", SAMPLES, True),
    ("cost", COST, False),
)
_CUT = "\n\n(cut: the report has all of it)"


def publish(uri: str, study: str, note: str, files: Mapping[str, Path]) -> None:
    """Show a study's answer in MLflow; done twice it is done once.

    Args:
        uri: The store.
        study: The experiment's name.
        note: Markdown that begins with the study's question; cut at a line's end if it is too long for a tag.
        files: Artifact path -> file, such as `report.html`; a file of that path is replaced.

    Raises:
        StudyNotFoundError: MLflow has no such study, or not yet its plan.
        TrackingError: MLflow could not be reached.
    """
    with in_words(uri):
        experiment = held_experiment(uri, study)
        runs = [] if experiment is None else held_runs(uri, experiment, metrics=False)
        plans = [run for run in runs if run.tags.get("ganbench.oracle") == "true"]
        if experiment is None or not plans:
            raise StudyNotFoundError(f"MLflow has no record of the study {study!r}")
        client, plan = connect(uri), plans[-1]
        for path, source in sorted(files.items()):
            _file(client, plan, path, source)
        front = _front(experiment, plan, sorted(files))
        client.set_experiment_tag(experiment, NOTE, _shortened(note, TAG_LENGTH - len(front)) + front)
        # Records of earlier versions lack it; of present ones no run is touched.
        way = back(experiment, plan.id, study)
        for run in runs:
            if run.id != plan.id and run.tags.get(NOTE) != way:
                client.set_tag(run.id, NOTE, way)


def _file(client: MlflowClient, plan: Held, path: str, source: Path) -> None:
    """MLflow keeps a file's own name, so that the path's last part is the source's."""
    folder = str(Path(path).parent)
    assert Path(path).name == source.name, f"{source} cannot be kept as {path}"
    client.log_artifact(plan.id, str(source), None if folder == "." else folder)


def _front(experiment: str, plan: Held, paths: list[str]) -> str:
    """What follows the note: where to go on from here."""
    seen = " · ".join(f"[{words}]({view(experiment, key, charts)})" for words, key, charts in _VIEWS)
    lines = [f"**Views:** {seen}"]
    if paths:
        first = [REPORT] if REPORT in paths else []
        listed = [*first, *(path for path in paths if path not in first)]
        files = " · ".join(f"[{escaped(path)}]({artifact(experiment, plan.id, path)})" for path in listed)
        lines.append(f"**Files:** {files}")
    return "".join(f"\n\n{line}" for line in lines)


def _shortened(note: str, length: int) -> str:
    """`note` if it is short enough, else its first whole lines and a word about the rest."""
    if len(note) <= length:
        return note
    return note[: length - len(_CUT)].rpartition("\n")[0] + _CUT
