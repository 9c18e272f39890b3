"""What every metric keeps: its outputs, finite, blind to the order of samples, and not to collapse."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bench.contracts.base import Broken, Check, Subject
from bench.metrics.base import Metric
from bench.metrics.scorer import Scorer
from gan.build import component
from gan.data.base import Data, Samples
from gan.recipe import Choice
from gan.registry import DATA

_N = 150
_BLUR = 0.25
"""Share of the distance from real to collapsed samples by which a metric with random parts may waver."""


class Small(Data):
    """Images that are just large enough for windows of 11 pixels."""

    @property
    def shape(self) -> tuple[int, ...]:
        return 1, 11, 11

    def load(self, root: Path, download: bool = False) -> Samples:
        x = torch.rand(60, *self.shape, generator=torch.Generator().manual_seed(0)) * 2.0 - 1.0
        return Samples(x, torch.ones(1).double())


_SMALL = {"size": 400}
WORLDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ring": ("ring", _SMALL),
    "digits": ("digits", {}),
    "stacked digits": ("stacked_digits", _SMALL),
    "one point": ("dirac", _SMALL),
    "numbers": ("random_mixture", {"modes": 3, "dimension": 1, "seed": 1, **_SMALL}),
    "points of 5 dimensions": ("random_mixture", {"modes": 5, "dimension": 5, **_SMALL}),
    "points of 20 dimensions": ("high_dimensional", {"modes": 4, "dimension": 12, "extra": 8, **_SMALL}),
    "unequal modes": ("imbalanced", _SMALL),
    "spirals": ("spiral", _SMALL),
    "words": ("discrete", {"seed": 1, **_SMALL}),
    "bits": ("discrete", {"length": 12, "symbols": 2, **_SMALL}),
}
"""The data that a metric is tried on: name and options."""
_USUAL = ("ring", "digits", "stacked digits")


@functools.cache
def worlds() -> dict[str, Data]:
    """The data that a metric is tried on, by what they are."""
    choices = {words: Choice.of(DATA, name, **knobs) for words, (name, knobs) in WORLDS.items()}
    return {words: component("data", choice) for words, choice in choices.items()}


def _tried(subject: Subject, names: Iterable[str] = tuple(WORLDS)) -> Iterator[tuple[str, Data, Scorer]]:
    """The data among these that it fits, with a scorer of it alone; others if it fits none."""
    metric: Metric = subject.made()
    fitting = {name: data for name, data in worlds().items() if metric.fits(data) is None}
    usual = {name: data for name, data in fitting.items() if name in names}
    for name, data in (usual or fitting or {"images of 11 x 11": Small()}).items():
        yield name, data, Scorer.of(data, data.load(Path()), [subject.choice()], _N)


def _collapsed(scorer: Scorer, data: Data) -> Tensor:
    """One grey image, or one point that is far from all of the data, again and again."""
    return torch.full((scorer.n, *data.shape), 3.0 if len(data.shape) == 1 else 0.0)


def fits_or_says_why_not(subject: Subject) -> None:
    """It fits points or images, and declines others in words."""
    metric: Metric = subject.made()
    if not isinstance(metric, Metric):
        raise Broken("it is no metric; derive its class from bench.metrics.base.Metric")
    reasons = {name: metric.fits(data) for name, data in {**worlds(), "larger images": Small()}.items()}
    if all(reason is not None for reason in reasons.values()):
        raise Broken(f"it declines every data set: {'; '.join(map(str, reasons.values()))}")
    if empty := [name for name, reason in reasons.items() if reason is not None and not reason.strip()]:
        raise Broken(f"it declines {', '.join(empty)} without a reason")


def returns_its_outputs(subject: Subject) -> None:
    """It returns exactly its outputs, in order and finite, for real and for collapsed samples."""
    metric: Metric = subject.made()
    for name, data, scorer in _tried(subject):
        wanted = [output.name for output in metric.outputs(data)]
        if not wanted or len(set(wanted)) < len(wanted):
            raise Broken(f"on {name} its outputs are {wanted}; it needs some, each of another name")
        found = {"real": _raw(scorer, scorer.held_out), "collapsed": _raw(scorer, _collapsed(scorer, data))}
        for kind, scores in found.items():
            if list(scores) != wanted:
                raise Broken(f"on {name} `score` returns {list(scores)}, and `outputs` names {wanted}")
            for output, value in scores.items():
                if not math.isfinite(value):
                    raise Broken(f"on {name} {output} of {kind} samples is {value}")


def _raw(scorer: Scorer, x: Tensor) -> dict[str, float]:
    """Scores as the metric returns them, finite or not."""
    from bench.metrics._bank import Scored

    (metric,) = scorer._metrics.values()
    with torch.no_grad():
        return metric.score(scorer._bank, Scored(x))


def sees_collapse(subject: Subject) -> None:
    """Every headline ranks held-out real samples before samples that are all alike."""
    metric: Metric = subject.made()
    for name, data, scorer in _tried(subject):
        healthy, collapsed = scorer.oracle(), scorer.score(_collapsed(scorer, data))
        for output in metric.outputs(data):
            if output.headline and output.direction != "none":
                sign = 1.0 if output.direction == "higher" else -1.0
                real, alike = healthy[output.name], collapsed[output.name]
                if not sign * real > sign * alike:
                    raise Broken(
                        f"on {name} {output.name} is {real:.4g} of real samples and {alike:.4g} of samples "
                        f"that are all alike, though {output.direction} is said to be better; turn it round, "
                        "or say headline=False if it only describes"
                    )


def is_blind_to_order(subject: Subject) -> None:
    """The order of generated samples means nothing."""
    metric: Metric = subject.made()
    for name, data, scorer in _tried(subject, _USUAL):
        x = scorer.held_out
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
        one, other = scorer.score(x), scorer.score(x[order])
        collapsed = scorer.score(_collapsed(scorer, data))
        for output in metric.outputs(data):
            key = output.name
            allowed = _BLUR * abs(one[key] - collapsed[key]) + 1e-6 * max(1.0, abs(one[key]))
            if output.headline and abs(one[key] - other[key]) > allowed:
                raise Broken(
                    f"on {name} {key} is {one[key]:.6g}, and {other[key]:.6g} of the same samples in another "
                    "order; use sums, sorted values or all pairs, nothing that depends on a sample's place"
                )


def is_repeatable(subject: Subject) -> None:
    """The same samples get the same scores, and no global random state is touched."""
    for name, _, scorer in _tried(subject, _USUAL):
        before = torch.get_rng_state()
        one, again = _raw(scorer, scorer.held_out), _raw(scorer, scorer.held_out)
        if one != again:
            raise Broken(
                f"on {name} the same samples score {one}, then {again}; fix its random numbers' seed"
            )
        if not torch.equal(before, torch.get_rng_state()):
            raise Broken(
                "scoring moves torch's global random numbers; draw from a torch.Generator of its own"
            )


def changes_nothing_that_it_is_given(subject: Subject) -> None:
    """Neither the samples nor the real data change by being scored."""
    for name, _, scorer in _tried(subject, _USUAL):
        x = scorer.held_out.clone()
        held, train = scorer.held_out.clone(), scorer.train.clone()
        _raw(scorer, x)
        if not (torch.equal(x, held) and torch.equal(scorer.train, train)):
            raise Broken(f"on {name} scoring changes the samples in place; make new tensors")


def largest_numbers_are_scored(subject: Subject) -> None:
    """The largest whole number that a knob accepts is scored, not only refused or survived by luck."""
    for knob in subject.spec.knobs:
        if knob.type is not int:
            continue
        largest = 10**12 if knob.high is None else int(knob.high)
        metric: Metric = subject.made(**{knob.name: largest})
        data = next((data for data in (worlds()["digits"], Small()) if metric.fits(data) is None), None)
        if data is None:
            continue
        scorer = Scorer.of(data, data.load(Path()), [subject.choice(**{knob.name: largest})], 30)
        for name, value in _raw(scorer, scorer.held_out).items():
            if not math.isfinite(value):
                raise Broken(f"at {knob.name} = {largest} {name} is {value}; bound the knob, or the loop")


CHECKS: tuple[Check, ...] = (
    fits_or_says_why_not,
    returns_its_outputs,
    sees_collapse,
    is_repeatable,
    is_blind_to_order,
    changes_nothing_that_it_is_given,
    largest_numbers_are_scored,
)
GATES: tuple[Check, ...] = (fits_or_says_why_not, returns_its_outputs)
