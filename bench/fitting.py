"""Do a study's metrics fit its data? Only the components know, so this imports them, and torch."""

from __future__ import annotations

from bench.problems import Problem
from bench.registries import METRICS
from bench.study import Study
from gan.recipe import Choice
from gan.registry import DATA


def misfits(study: Study) -> list[Problem]:
    """Every metric that cannot be computed on the study's data, at its line."""
    spots = study.metric_spots or ((1, 1),) * len(study.metrics)
    chosen = study.base["data"]
    assert isinstance(chosen, Choice)
    data = DATA.load(chosen.name)(**chosen.knobs)
    found = []
    for choice, (line, column) in zip(study.metrics, spots, strict=True):
        reason = METRICS.load(choice.name)(**choice.knobs).fits(data)
        if reason is not None:
            message = f"metric {choice.name} does not fit the data {chosen.name}: {reason}"
            found.append(Problem(str(study.path), line, column, message))
    return found
