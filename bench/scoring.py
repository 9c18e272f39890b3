"""What `ganbench score` does: anybody's samples, scored with the code and the protocol of a run.

No study, no journal and no MLflow are needed. The verdict judges the samples by themselves, because there is
no history that could tell a run that oscillates from one that has collapsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bench import verdict
from bench.features.pixels import NotFinite, require_finite
from bench.fitting import cautions_of, default_metrics, misfit
from bench.metrics.base import Output
from bench.metrics.scorer import Scorer
from bench.problems import Problem, StudyError, UserError
from bench.registries import METRICS
from bench.sample_files import FORMS, Given, Pixels, read
from bench.settings import Problems, component
from bench.yaml_lines import read as read_yaml
from gan.build import component as build
from gan.data.base import Data, Samples
from gan.memory import keep_freed_memory
from gan.recipe import Choice
from gan.registry import DATA

# Not the seed of the split: with it, whoever scores a data set in its own order would be given the reference.
_SUBSET_SEED = 1


@dataclass(frozen=True)
class ScoreRequest:
    """What is asked for."""

    samples: Path
    against: str
    """A data set as a study's `data` would name it."""
    metrics: str | None = None
    """As a study's `metrics` would list them, with or without the brackets; None: the default ones."""
    most: int = 2_000
    """Most samples that are scored."""
    device: str = "cpu"
    data_root: Path = Path("data")
    download: bool = False
    pixels: Pixels | None = None
    """The range of images of floats; None: [-1, 1], and those that look like [0, 1] are refused."""


@dataclass(frozen=True)
class ScoreReport:
    """What is found."""

    data: str
    """The data set, with the options that were given."""
    n: int
    """Samples scored, and real ones they are held against."""
    outputs: tuple[Output, ...]
    scores: Mapping[str, float | None]
    """None where there is no number, because samples are not finite."""
    oracle: Mapping[str, float]
    """The scores of real samples that were held out."""
    verdict: str
    reason: str | None
    cautions: tuple[str, ...]
    """Why numbers here would mislead."""
    protocol: Mapping[str, Any]
    """Everything besides the samples that the scores depend on."""
    notes: tuple[str, ...]
    """What was assumed of the samples."""

    @property
    def ceilings(self) -> dict[str, float | None]:
        """The best value there is of every output; None where it is not known in closed form."""
        return {output.name: output.ceiling for output in self.outputs}


def score(request: ScoreRequest) -> ScoreReport:
    """Score the samples.

    Raises:
        UserError: The samples cannot be read, or the data or a metric does not exist or fit.
        DataError: The data's files, or an extractor's weights, cannot be had.
    """
    keep_freed_memory()  # metrics make and drop the same large matrices again and again
    chosen, label = _data(request.against)
    data: Data = build("data", chosen)
    metrics = _metrics(request.metrics, chosen.name, data)
    given = read(request.samples, data.shape, request.pixels)
    real = data.load(request.data_root, request.download)
    scorer = _scorer(request, data, real, metrics, len(given.x))
    kept, notes = _subset(given, scorer.n, request.most)
    scores, reason = _scores(scorer, given.x, kept)
    oracle = scorer.oracle()
    judged = verdict.of_scores(scores, oracle, scorer.n)
    return ScoreReport(
        data=label,
        n=scorer.n,
        outputs=tuple(scorer.outputs.values()),
        scores=scores,
        oracle=oracle,
        verdict=judged.name,
        reason=reason or judged.reason,
        cautions=cautions_of(metrics, metrics[0].name, data, scorer.n, followed=False),
        protocol={
            **scorer.protocol(),
            "samples_given": len(given.x),
            "subset_seed": _SUBSET_SEED if len(given.x) > scorer.n else None,
            "pixels": request.pixels,
        },
        notes=notes,
    )


def given_path(text: str) -> Path:
    """The path of the samples as it was typed. Raises UserError if nothing was: not this folder is meant."""
    if not text:
        raise UserError(f"the samples have no name; samples are {FORMS}")
    return Path(text)


def as_plain(report: ScoreReport) -> dict[str, Any]:
    """The report as `--json` prints it."""
    found = ("data", "n", "scores", "oracle", "ceilings")
    meant = ("verdict", "reason", "cautions", "notes", "protocol")
    return {name: getattr(report, name) for name in (*found, *meant)}


def _data(text: str) -> tuple[Choice, str]:
    """The data set that `text` names, and how a person writes it."""
    document = read_yaml(text)
    problems = Problems("--against", document)
    level = component(DATA, document.value, (), problems) if document.complete else None
    if problems.found or level is None:
        raise StudyError(problems.found)
    assert isinstance(level.value, Choice)
    return level.value, level.label


def _metrics(text: str | None, data_name: str, data: Data) -> tuple[Choice, ...]:
    """The metrics that `text` lists; every mistake in it at once."""
    if text is None:
        found = default_metrics(data)
        if not found:
            raise UserError(f"no default metric fits the data {data_name}; name some with --metrics")
        return found
    bare = not text.lstrip().startswith("[")
    document = read_yaml(f"[{text}]" if bare else text)
    problems = Problems("--metrics", document)
    chosen: list[Choice] = []
    listed = document.value if document.complete and isinstance(document.value, list) else []
    for index, raw in enumerate(listed):
        level = component(METRICS, raw, (index,), problems)
        if level is None:
            continue
        assert isinstance(level.value, Choice)
        if level.value.name in [choice.name for choice in chosen]:
            problems.add((index,), f"metric {level.value.name!r} is there twice")
        elif message := misfit(level.value, data_name, data):
            problems.add((index,), message)
        chosen.append(level.value)
    if document.complete and not listed:
        problems.add((), "name at least one metric")
    if problems.found:
        raise StudyError([_moved(problem, bare) for problem in problems.found])
    return tuple(chosen)


def _moved(problem: Problem, bare: bool) -> Problem:
    """The problem where the user sees it: a bracket before the first line was not theirs."""
    column = max(1, problem.column - (bare and problem.line == 1))
    return Problem(problem.file, problem.line, column, problem.message)


def _scorer(
    request: ScoreRequest, data: Data, real: Samples, metrics: tuple[Choice, ...], given: int
) -> Scorer:
    try:
        return Scorer.of(data, real, metrics, min(given, request.most), device=request.device)
    except ValueError as error:
        # What is left, after every metric has been found to fit: two of them report the same output.
        raise UserError(f"--metrics: {error}") from None


def _subset(given: Given, n: int, most: int) -> tuple[Tensor, tuple[str, ...]]:
    """`n` of the samples, always the same ones, and what there is to say about them."""
    if len(given.x) == n:
        return given.x, given.notes
    order = torch.randperm(len(given.x), generator=torch.Generator().manual_seed(_SUBSET_SEED))
    why = "as --samples says" if n == most else "as many as there are held-out real ones"
    note = f"{len(given.x):,} samples were given; a random {n:,} of them are scored, {why}"
    return given.x[order[:n]], (*given.notes, note)


def _scores(scorer: Scorer, x: Tensor, kept: Tensor) -> tuple[dict[str, float | None], str | None]:
    """The scores of the kept samples; none, and why, if any sample at all is not finite."""
    try:
        require_finite(x)
        return dict(scorer.score(kept)), None
    except NotFinite as error:
        return dict.fromkeys(scorer.outputs), str(error)
