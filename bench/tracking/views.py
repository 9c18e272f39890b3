"""The questions of a researcher as saved views, which MLflow lists under "Views" above its runs.

A saved view is a tag of the experiment: JSON with a name, the time it was saved, and the state of the page as
JSON text (MLflow 3.17; an interface that knows no such tag passes over it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.headlines import leading
from bench.tracking.keys import TAG_LENGTH, clean

TAG = "mlflow.sharedViewState."
_ARMS = "tags.`ganbench.kind` != 'run' and tags.`ganbench.kind` != 'trial'"
_RUNS = "tags.`ganbench.kind` = 'run'"
_BADLY = f"{_RUNS} and tags.`ganbench.verdict` != 'healthy'"
_NAME = "attributes.`Run Name`"
_FIRST = ("1", _NAME, "runDateAndNestInfo", "duration")
"""What MLflow calls the columns that are always there."""
_WIDE, _COLUMN = 330, 150
"""Pixels for names, which MLflow cuts at twenty characters, and for what else we ask for."""
_OUTPUTS = 3
"""Most outputs that the comparison has columns for, the primary one first."""
IMAGES = "samples"
"""What MLflow calls the series of pictures."""
ARMS, ARM_CURVES, FAILURES, SAMPLES, COST = "arms", "curves", "failures", "samples", "cost"


def views(study: Mapping[str, Any], time: int) -> dict[str, str]:
    """Tags of the experiment, one a view.

    Args:
        study: The study event, for its `outputs`, `primary` and `factors`.
        time: When the views were made, in milliseconds.
    """
    states = {
        ARMS: ("1 Compare arms", _compared(study)),
        ARM_CURVES: ("2 Curves of every arm", _curves("tag", "ganbench.arm_name")),
        **{
            curves_of(factor): (f"2 Curves by {factor}", _curves("param", clean(factor)))
            for factor, levels in study.get("factors", {}).items()
            if len(levels) > 1
        },
        FAILURES: ("3 Failures", _state(_BADLY, tags=("verdict", "onset", "reason", "hardware"))),
        SAMPLES: ("4 Samples over training", _samples(study)),
        COST: ("5 Cost", _cost()),
    }
    found = {}
    for key, (name, state) in states.items():
        saved = {"name": name, "createdAt": time, "updatedAt": time, "state": json.dumps(state)}
        tag, text = f"{TAG}{key}", json.dumps(saved)
        # A cut state would be no state.
        if clean(tag) == tag and len(text) <= TAG_LENGTH:
            found[tag] = text
    return found


def curves_of(factor: str) -> str:
    """Key of the view of a factor's curves."""
    return f"{ARM_CURVES}-{factor}"


def _compared(study: Mapping[str, Any]) -> dict[str, Any]:
    outputs = study["outputs"]
    primary = study.get("primary") or next(iter(outputs), None)
    if primary is None:
        return _state(_ARMS, metrics=("healthy_share", "n"))
    shown = leading(primary, outputs)[:_OUTPUTS]
    parts = ("final.mean", "final.ci_low", "final.ci_high")
    columns = [f"{output}.{part}" for output in shown for part in parts]
    rising = outputs[primary]["direction"] == "lower"
    return _state(
        _ARMS,
        metrics=(columns[0], *columns[1:3], "healthy_share", "n", *columns[3:]),
        order=(f"metrics.`{clean(columns[0])}`", rising),
    )


def _cost() -> dict[str, Any]:
    metrics = ("seconds/train", "seconds/scoring", "steps", "n")
    return _state(_ARMS, metrics=metrics, order=("metrics.`seconds/train`", False))


def _curves(mode: str, by: str) -> dict[str, Any]:
    """Charts of the scores over training, averaged over the runs that agree in `by`."""
    group = {"aggregateFunction": "average", "groupByKeys": [{"mode": mode, "groupByData": by}]}
    return _state(_RUNS, groupBy=group, chartsSearchFilter="score/")


def _samples(study: Mapping[str, Any]) -> dict[str, Any]:
    """One large card of pictures, with a slider over the steps; the first seed of every arm comes first."""
    steps = (study.get("common") or {}).get("steps", "")
    card = {
        "uuid": IMAGES,
        "type": "IMAGE",
        "metricSectionId": IMAGES,
        "imageKeys": [IMAGES],
        "step": int(steps) if str(steps).isdigit() else 0,
        "showRunParams": False,
        "isGenerated": False,
        "deleted": False,
    }
    section = {"uuid": IMAGES, "name": IMAGES, "columns": 1, "cardHeight": 370, "display": True}
    section |= {"isReordered": False, "isGenerated": False, "deleted": False}
    by_seed = ("tags.`ganbench.seed`", True)
    return _state(
        _RUNS, order=by_seed, chartsSearchFilter=IMAGES, compareRunCharts=[card], compareRunSections=[section]
    )


def _state(
    runs: str,
    metrics: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    order: tuple[str, bool] = ("tags.`mlflow.runName`", True),
    **more: Any,
) -> dict[str, Any]:
    """The page's state: which runs, which columns beside the name, what they are sorted by, rising or not.

    Sorted by time, as MLflow does unasked, runs would appear only within their arms, and those closed.
    """
    columns = [f"metrics.`{clean(name)}`" for name in metrics] + [f"tags.`ganbench.{tag}`" for tag in tags]
    facets = {"searchFilter": runs, "startTime": "ALL", "lifecycleFilter": "Active", "datasetsFilter": []}
    return {
        **facets,
        "orderByKey": order[0],
        "orderByAsc": order[1],
        "selectedColumns": columns,
        "columnOrder": [*_FIRST, *columns],
        "columnWidths": {_NAME: _WIDE} | dict.fromkeys(columns, _COLUMN),
        "runsHiddenMode": "SHOW_ALL",
        **more,
    }
