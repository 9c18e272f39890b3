"""Do a study's metrics fit its data? Only the components know, so this imports them, and torch."""

from __future__ import annotations

from bench.problems import Problem
from bench.registries import METRICS
from bench.study import Study
from gan.recipe import Choice
from gan.registry import DATA


def misfits(study: Study) -> list[Problem]:
    """Every metric that cannot be computed on some data of the study, at its line."""
    spots = study.metric_spots or ((1, 1),) * len(study.metrics)
    found = []
    for choice, (line, column) in zip(study.metrics, spots, strict=True):
        metric = METRICS.load(choice.name)(**choice.knobs)
        for data in datasets(study):
            reason = metric.fits(DATA.load(data.name)(**data.knobs))
            if reason is not None:
                message = f"metric {choice.name} does not fit the data {data.name}: {reason}"
                found.append(Problem(str(study.path), line, column, message))
    return found


def datasets(study: Study) -> list[Choice]:
    """The data of all arms: one, unless data is a factor."""
    levels = study.factors.get("data")
    values = [level.value for level in levels] if levels else [study.base["data"]]
    return [value for value in values if isinstance(value, Choice)]
