"""What the components know about a study's metrics: which fit its data, and where their numbers mislead.

Only the components know, so this imports them, and torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from bench.limits import EACH_MODE, ENOUGH, RAREST, not_looked_for
from bench.metrics._split import held_out_rows
from bench.metrics.named import metric_of
from bench.problems import Problem, StudyError
from bench.registries import METRICS
from bench.study import Study
from bench.study_keys import DEFAULT_METRICS, ELSE_METRICS
from gan.build import component
from gan.data.base import Data
from gan.optimizers.base import Optimizer
from gan.recipe import Choice, Recipe


def default_metrics(data: Data) -> tuple[Choice, ...]:
    """What is scored where nobody says: what fits of DEFAULT_METRICS, or else of ELSE_METRICS."""

    def fitting(names: Sequence[str]) -> tuple[Choice, ...]:
        chosen = [Choice.of(METRICS, name) for name in names]
        return tuple(choice for choice in chosen if metric_of(choice).fits(data) is None)

    return fitting(DEFAULT_METRICS) or fitting(ELSE_METRICS)


def with_metrics(study: Study) -> Study:
    """The study with the default metrics if it names none, the first of them primary unless it says.

    Raises:
        StudyError: None of the default metrics fits the data, or the study's primary one does not.
    """
    if study.metrics:
        return study
    name, data = _data(study)
    metrics = default_metrics(data)
    if not metrics:
        message = f"no default metric fits the data {name}; name some under `metrics`"
        raise StudyError([Problem(str(study.path), 1, 1, message)])
    primary = study.primary or metrics[0].name
    if primary not in [metric.name for metric in metrics]:
        unfit = misfit(Choice.of(METRICS, primary), name, data)
        assert unfit is not None, "or it would be among them"
        raise StudyError([Problem(str(study.path), *study.primary_spot, unfit)])
    return replace(study, metrics=metrics, primary=primary)


def within_a_step(study: Study, recipe: Recipe) -> str | None:
    """Why this arm cannot be scored as often as the study says, in words; None if it can."""
    optimizer: Optimizer = component("optimizer", recipe.optimizer)
    if study.evaluate_every % optimizer.rounds == 0:
        return None
    return (
        f"{recipe.optimizer.name}: {optimizer.rounds} rounds make one step of it, and evaluations every "
        f"{study.evaluate_every} fall within one; set evaluate_every to a multiple of {optimizer.rounds}"
    )


def misfits(study: Study) -> list[Problem]:
    """Every metric that cannot be computed on the study's data, or not beside the others, at its line."""
    spots = study.metric_spots or ((1, 1),) * len(study.metrics)
    name, data = _data(study)
    found = []
    reported: dict[str, str] = {}
    for choice, (line, column) in zip(study.metrics, spots, strict=True):
        if message := misfit(choice, name, data) or _clash(choice, data, reported):
            found.append(Problem(str(study.path), line, column, message))
    return found


def _clash(choice: Choice, data: Data, reported: dict[str, str]) -> str | None:
    """Why a metric that fits cannot stand beside others, in a sentence; None if it can.

    Args:
        choice: The metric.
        data: What is scored.
        reported: Output -> the metric that reports it; this one's outputs are added.
    """
    own = [output.name for output in metric_of(choice).outputs(data)]
    for name in own:
        if name in reported:
            return f"metric {choice.name}: metric {reported[name]} reports `{name}` already"
        if own.count(name) > 1:
            return f"metric {choice.name}: it reports `{name}` twice"
    reported.update(dict.fromkeys(own, choice.name))
    return None


def outputs_of(study: Study) -> dict[str, dict[str, Any]]:
    """Every number that the study's metrics give on its data: name -> `metric`, `direction` and more."""
    _, data = _data(study)
    return {
        output.name: {**asdict(output), "metric": choice.name}
        for choice in study.metrics
        for output in metric_of(choice).outputs(data)
    }


def samples_scored(study: Study) -> int:
    """How many samples a score of this study takes: what it asks for, but no more than are held out."""
    _, data = _data(study)
    return study.samples if data.size is None else min(study.samples, held_out_rows(data.size))


def cautions(study: Study) -> tuple[str, ...]:
    """Why numbers of this study would mislead, and what to ask instead: `fid: on points ...`."""
    _, data = _data(study)
    return cautions_of(study.metrics, study.primary, data, samples_scored(study))


def cautions_of(
    metrics: Sequence[Choice], primary: str, data: Data, n: int, followed: bool = True
) -> tuple[str, ...]:
    """As `cautions`, for scores of `n` samples by `metrics`, of which `primary` decides.

    Args:
        followed: Whether they are the evaluations of a run, and not of one set of samples.
    """
    loaded = [(choice.name, metric_of(choice)) for choice in metrics]
    found = tuple(
        f"{name}: {sentence}"
        for name, metric in loaded
        for sentence in metric.cautions(data, n, name == primary)
    )
    # What real data scores is not known yet, but of K modes the rarest has no more than N / K samples.
    modes = max((metric.modes_counted(data) or 0 for _, metric in loaded), default=0)
    unknown = {output.name: math.inf for _, metric in loaded for output in metric.outputs(data)}
    expected = {**unknown, RAREST: n / modes} if modes else unknown
    blind = not_looked_for(n, expected, followed and RAREST in expected)
    return (*found, f"verdicts: {_too_few(blind, data, n, modes)}") if blind else found


def _too_few(blind: str, data: Data, n: int, modes: int) -> str:
    """That `n` samples are too few to look for what is named, and what to ask for, of what there is."""
    enough = max(ENOUGH, EACH_MODE.a_mode * modes)
    most = held_out_rows(data.size)
    no_more = f"that takes {enough:,}, and {most:,} are all that are held out"
    instead = f"ask for `samples: {enough}` or more" if enough <= most else no_more
    return f"{n:,} samples are too few to look for {blind}; {instead}"


def misfit(choice: Choice, data_name: str, data: Data) -> str | None:
    """Why a metric cannot be computed on `data`, in a sentence that calls it `data_name`; None if it can."""
    reason = metric_of(choice).fits(data)
    return reason and f"metric {choice.name} does not fit the data {data_name}: {reason}"


def _data(study: Study) -> tuple[str, Data]:
    """The study's data, by name and as it is."""
    chosen = study.base["data"]
    assert isinstance(chosen, Choice)
    return chosen.name, component("data", chosen)
