"""From a metric's name and options, as a study chooses them, to the metric."""

from __future__ import annotations

from bench.metrics.base import Metric
from bench.registries import METRICS
from gan.recipe import Choice


def metric_of(choice: Choice) -> Metric:
    """The metric that `choice` names, with its options. Raises KeyError if there is no such metric."""
    metric: Metric = METRICS.load(choice.name, choice.source)(**choice.knobs)
    return metric
