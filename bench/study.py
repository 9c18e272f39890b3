"""YAML -> frozen Study; every mistake is an error with its line.

The file is read into plain values (`bench.yaml_lines`), each part of it is checked
(`bench.study_parts`, `bench.settings`), and what remains is a Study that needs no more checking but
for what only the components themselves know (`bench.plan`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import compare, settings, stop_key
from bench.plugins import of_study
from bench.problems import Problem, StudyError
from bench.published import Published, entries
from bench.settings import Level, Problems, Value
from bench.stopping import StopWhen
from bench.study_keys import REQUIRED
from bench.study_parts import Parts, values_of
from bench.tuning.declared import Declared, declared
from bench.yaml_lines import Spot, read
from gan.known import in_force
from gan.recipe import Choice
from gan.registry import Spec

__all__ = ["Level", "Problem", "Study", "StudyError", "load", "parse"]

DEFAULT_SAMPLES = 2500
DEFAULT_RESAMPLES = 3

# It names a folder under the results: neither that folder's parent nor one of its own files.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_TAKEN = ("mlartifacts", "mlflow.db", "mlflow.db.lock", "mlflow.db-journal", "mlflow.db-wal", "mlflow.db-shm")


@dataclass(frozen=True)
class Study:
    """What we want to know, and everything it takes to find out."""

    name: str
    """The file's name without its suffix."""
    path: Path
    question: str
    design: str
    """A key of `bench.designs.DESIGNS`."""
    factors: MappingOf[str, tuple[Level, ...]]
    """What varies, in the file's order; the levels of a factor differ in label and in value."""
    base: MappingOf[str, Value]
    """Every setting of a run before a factor changes it: parts, numbers, tricks that are mentioned."""
    seeds: tuple[int, ...]
    metrics: tuple[Choice, ...]
    """Empty until it is planned, if the file leaves the choice open."""
    evaluate_every: int
    """Steps from one evaluation to the next."""
    samples: int
    """Generated samples that an evaluation scores."""
    resamples: int
    """Sample sets of a run's last state that are scored besides its own: they tell evaluation noise."""
    baseline: MappingOf[str, Level]
    """The level of each factor that the others are compared with."""
    primary: str
    """The metric that the conclusions rest on; empty where it will be the first of the default ones."""
    compare: compare.Compare = field(default_factory=compare.Compare)
    """What its conclusions rest on, declared before it runs."""
    profile: str = ""
    """In words, how its protocol is shorter or smaller than the one it stands for; empty if it is not."""
    published: tuple[Published, ...] = ()
    """What others have reported of its arms."""
    search: Declared | None = None
    """How its arms are tuned, in design `search`; None in every other."""
    stop_when: StopWhen = field(default_factory=StopWhen)
    """When a run stops before its end."""
    plugins: tuple[Spec, ...] = ()
    """What it may choose from besides ganbench's own components."""
    metric_spots: tuple[Spot, ...] = field(default=(), compare=False)
    """Line and column at which each metric is named, for what is found out about it later."""
    primary_spot: Spot = field(default=(1, 1), compare=False)
    """The same of `primary`."""
    arm_spots: MappingOf[str, Spot] = field(default_factory=dict, compare=False)
    """The same of each arm that is spelled out, by name."""
    factors_spot: Spot = field(default=(1, 1), compare=False)
    """The same of `factors`."""


def load(path: Path) -> Study:
    """The study in a file. Raises StudyError, with all mistakes that can be found at once."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StudyError([Problem(str(path), 1, 1, "there is no such file")]) from None
    except IsADirectoryError:
        raise StudyError([Problem(str(path), 1, 1, "is a folder; name a study's YAML file")]) from None
    except OSError as error:
        raise StudyError([Problem(str(path), 1, 1, f"cannot be read: {error.strerror}")]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        message = f"not UTF-8 text: byte 0x{content[error.start]:02X}"
        raise StudyError([Problem(str(path), line, column, message)]) from None
    return parse(text, path)


def parse(text: str, path: Path) -> Study:
    """The study that `text` describes, as if it were the content of `path`. Raises StudyError."""
    document = read(text)
    problems = Problems(str(path), document)
    if not _NAME.fullmatch(path.stem):
        message = (
            "a study's file name may hold letters, digits, '_', '-' and, but at its beginning, '.', "
            f"not {path.stem!r}"
        )
        problems.found.append(Problem(str(path), 1, 1, message))
    elif path.stem.lower() in _TAKEN:
        message = f"a study cannot be called {path.stem!r}: the results folder has a file of that name"
        problems.found.append(Problem(str(path), 1, 1, message))
    if document.complete:
        if isinstance(document.value, dict):
            # Before anything is looked up by name; what a broken plug-in breaks further down is noise.
            before = len(problems.found)
            plugins = of_study(document.value.get("plugins"), path.parent, problems)
            if len(problems.found) > before:
                raise StudyError(problems.found)
            with in_force(plugins):
                study = replace(_study(Parts(document.value, problems), path), plugins=plugins)
            if not problems.found:
                return study
        else:
            given = "empty" if document.value is None else "no such mapping"
            problems.add((), f"a study is a mapping with the keys {', '.join(REQUIRED)}; the file is {given}")
    raise StudyError(problems.found)


def _study(parts: Parts, path: Path) -> Study:
    """The study, made of stand-ins where `parts` has found problems."""
    given, factors, metrics = parts.base(), parts.factors(), parts.metrics()
    baseline = parts.baseline(factors)
    base = settings.complete(values_of(given))
    steps, seeds = base["steps"], parts.seeds()
    assert isinstance(steps, int)
    return Study(
        name=path.stem,
        path=path,
        question=parts.top.get("question", ""),
        design=parts.top.get("design", "factorial"),
        factors=factors,
        base=base,
        seeds=seeds,
        metrics=tuple(metrics.values()),
        evaluate_every=parts.top.get("evaluate_every", max(1, steps // 10)),
        samples=parts.top.get("samples", DEFAULT_SAMPLES),
        resamples=parts.top.get("resamples", DEFAULT_RESAMPLES),
        baseline=baseline,
        primary=parts.primary(metrics),
        compare=compare.declared(parts, factors, baseline),
        profile=parts.top.get("profile", ""),
        published=entries(parts, factors, baseline),
        search=declared(parts, seeds),
        stop_when=stop_key.declared(parts),
        metric_spots=tuple(parts.problems.document.spot(("metrics", i)) for i in range(len(metrics))),
        primary_spot=parts.problems.document.spot(("primary",)),
        factors_spot=parts.problems.document.spot(("factors",), key=True),
        arm_spots={
            arm: parts.problems.document.spot(("arms", arm), key=True) for arm in parts.top.get("arms", {})
        },
    )


def baseline_indices(study: Study) -> tuple[int, ...]:
    """The baseline as a combination: the index of each factor's baseline level."""
    return tuple(levels.index(study.baseline[name]) for name, levels in study.factors.items())
