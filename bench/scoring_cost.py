"""How long one score takes: measured on the real data where it is at hand, else by its size."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.study import Study
from gan.data.errors import DataError
from gan.recipe import Choice

if TYPE_CHECKING:
    from gan.data.base import Data

# One core: ganbench's own classifiers took 27 µs for 64 pixels and 130 µs for 784; Inception, which
# enlarges every image to 299 x 299, takes about as long for all, and a GPU is some fifty times as fast.
_PER_SAMPLE, _PER_PIXEL = 2e-5, 1.4e-7
_LARGE_NETWORK = {"cpu": 4e-2, "cuda": 8e-4}
_TIMED = 2_000
"""Most samples whose score is timed: the seconds of many more would be those of this very question."""


def score_seconds(study: Study, device: str, data_root: Path = Path("data")) -> float:
    """Seconds to score a run once, its pictures included, sampling left out.

    Metrics that look through bundled networks are timed on real data; one whose network would have to
    be downloaded is not, and neither is any where the data's files are missing.
    """
    from bench.features.extractor import FIDELITY
    from bench.metrics.named import metric_of
    from gan.build import component

    choice = study.base["data"]
    assert isinstance(choice, Choice)
    data: Data = component("data", choice)
    networks = {wanted.name for chosen in study.metrics if (wanted := metric_of(chosen).reads(data))}
    by_size: float = study.samples * (_PER_SAMPLE + _PER_PIXEL * math.prod(data.shape))
    if large := len(networks & set(FIDELITY)):
        kind = "cpu" if device == "cpu" else "cuda"
        return by_size + large * study.samples * _LARGE_NETWORK[kind]
    try:
        return _timed(study, data, device, data_root)
    except DataError:
        return by_size


def _timed(study: Study, data: Data, device: str, root: Path) -> float:
    """A real score of real data, as a worker computes it; of many samples, what fewer of them suggest."""
    import tempfile

    from bench.metrics._split import held_out_rows
    from bench.metrics.scorer import Scorer
    from bench.pictures import samples_png

    samples = data.load(root)

    def seconds(n: int) -> float:
        scorer = Scorer.of(data, samples, study.metrics, n, device=device)
        scorer.oracle()  # the first loads everything
        begin = time.perf_counter()
        scorer.oracle()
        return time.perf_counter() - begin

    n = min(study.samples, held_out_rows(len(samples.x)))
    scored = seconds(n) if n <= _TIMED else extrapolated(seconds(_TIMED // 2), seconds(_TIMED), n / _TIMED)
    with tempfile.TemporaryDirectory() as folder:
        samples_png(samples.x[:100], samples, Path(folder) / "first.png")
        begin = time.perf_counter()
        samples_png(samples.x[: study.samples], samples, Path(folder) / "second.png")
        return scored + time.perf_counter() - begin


def extrapolated(half: float, whole: float, times: float) -> float:
    """Seconds of `times` as many samples, from those of half and of the whole.

    Features cost as many seconds as there are samples, distances as many as there are pairs: the cost is
    taken for the sum of a part that grows with N and one that grows with N squared, neither of them negative.
    """
    squared = min(max(2.0 * whole - 4.0 * half, 0.0), whole)
    return (whole - squared) * times + squared * times**2
