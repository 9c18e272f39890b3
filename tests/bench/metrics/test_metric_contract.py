"""Rules that hold for every metric that the registry finds, present and future."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from bench.metrics.base import Metric
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Data, Samples
from gan.data.digits import Digits
from gan.data.dirac import Dirac
from gan.data.discrete import Discrete
from gan.data.high_dimensional import HighDimensional
from gan.data.imbalanced import Imbalanced
from gan.data.random_mixture import RandomMixture
from gan.data.ring import Ring
from gan.data.spiral import Spiral
from gan.data.stacked_digits import StackedDigits
from gan.recipe import Choice

DATA: list[Data] = [
    Ring(size=400),
    Digits(),
    StackedDigits(size=400),
    Dirac(size=400),
    RandomMixture(modes=3, dimension=1, seed=1, size=400),
    RandomMixture(modes=5, dimension=5, size=400),
    HighDimensional(modes=4, dimension=12, extra=8, size=400),
    Imbalanced(size=400),
    Spiral(size=400),
    Discrete(size=400, seed=1),
    Discrete(length=12, symbols=2, size=400),
]
PAIRS = [
    pytest.param(name, data, id=f"{name}-{type(data).__name__}-{'x'.join(map(str, data.shape))}")
    for name in METRICS.names()
    for data in DATA
]


class Small(Data):
    """Images that are just large enough for windows of 11 pixels."""

    @property
    def shape(self) -> tuple[int, ...]:
        return 1, 11, 11

    def load(self, root: Path, download: bool = False) -> Samples:
        x = torch.rand(60, *self.shape, generator=torch.Generator().manual_seed(0)) * 2.0 - 1.0
        return Samples(x, torch.ones(1).double())


def test_the_metrics_are_the_files_of_the_folder() -> None:
    """Helpers, the base class, the scorer and what loads metrics are not metrics."""
    assert {"fid", "kid", "modes", "precision_recall", "support", "memorisation"} <= set(METRICS.names())
    assert not {"base", "named", "scorer"} & set(METRICS.names())


@pytest.mark.parametrize("name", METRICS.names())
def test_a_metric_is_documented(name: str) -> None:
    """One line on what it is, a reference with an arXiv number or DOI, and a sentence a knob."""
    spec = METRICS.spec(name)
    assert spec.summary.endswith(".")
    assert "Reference:" in spec.doc
    assert "arXiv:" in spec.doc or "doi:" in spec.doc
    assert all(knob.doc for knob in spec.knobs)
    assert issubclass(METRICS.load(name), Metric)


@pytest.mark.parametrize(
    ("name", "knob"),
    [(name, knob.name) for name in METRICS.names() for knob in METRICS.spec(name).knobs if knob.type is int],
)
def test_the_largest_number_that_is_accepted_is_scored(name: str, knob: str) -> None:
    """Not only refused or survived by luck: without an upper bound, a number beyond all data is."""
    (declared,) = (found for found in METRICS.spec(name).knobs if found.name == knob)
    largest = 10**12 if declared.high is None else int(declared.high)
    choice = Choice.of(METRICS, name, **{knob: largest})
    data = next(data for data in (Digits(), Small()) if METRICS.load(name)(**choice.knobs).fits(data) is None)
    scores = Scorer.of(data, data.load(Path()), [choice], 30).oracle()
    assert all(math.isfinite(value) for value in scores.values())


@pytest.mark.parametrize(("name", "data"), PAIRS)
def test_a_metric_fits_or_says_why_not(name: str, data: Data) -> None:
    """Where it fits it returns exactly its outputs, finite, for real and for collapsed samples."""
    metric: Metric = METRICS.load(name)()
    reason = metric.fits(data)
    if reason is not None:
        assert reason.strip(), "a refusal has a reason"
        return
    scorer = Scorer.of(data, data.load(Path()), [Choice.of(METRICS, name)], 150)
    names = [output.name for output in metric.outputs(data)]
    assert names == list(scorer.outputs)
    healthy = scorer.oracle()
    # One grey image, or one point that is far from all of the data.
    collapsed = scorer.score(torch.full((scorer.n, *data.shape), 3.0 if len(data.shape) == 1 else 0.0))
    for scores in (healthy, collapsed):
        assert list(scores) == names
        assert all(math.isfinite(value) for value in scores.values())
    for output in metric.outputs(data):
        if output.headline and output.direction != "none":
            sign = 1.0 if output.direction == "higher" else -1.0
            assert sign * healthy[output.name] > sign * collapsed[output.name], f"{output.name} sees collapse"


@pytest.mark.parametrize("data", DATA, ids=lambda data: f"{type(data).__name__}-{data.shape}")
def test_some_metric_judges_every_data_set(data: Data) -> None:
    """With a headline, or a study of it could rank nothing."""
    fitting = [metric for name in METRICS.names() if (metric := METRICS.load(name)()).fits(data) is None]
    assert any(output.headline for metric in fitting for output in metric.outputs(data))
