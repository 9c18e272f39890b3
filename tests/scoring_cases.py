"""What is measured of scoring: the contestants of tests/scoring_speed.py, case by case."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from direct_scores import Direct
from scoring_data import Ready, digits, images, points
from speed import Contestant, race, warmed
from torch import Tensor

from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.build import component
from gan.data.base import Data
from gan.recipe import Choice, Recipe
from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS, TRICKS
from gan.train import Cohort

DEFAULT = ("modes", "fid", "precision_recall", "support", "memorisation")
EVERY = 200
"""Steps from one evaluation to the next."""
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    samples: int = 2_000
    many: int = 10_000
    """Samples of the memory's case."""
    rounds: int = 15
    slice_seconds: float = 0.3
    warm_up: int = 1_000
    """Steps of training before evaluations are measured: samples of an untrained generator are no sample."""


QUICK = Size(samples=60, many=60, rounds=2, slice_seconds=0.0, warm_up=1)


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    case: str
    contestant: str
    milliseconds: float | None
    cost: float
    """Of this over the reference; a share; or megabytes."""
    quartiles: tuple[float, float] | None
    aim: str


def choices(names: Sequence[str]) -> list[Choice]:
    """Metrics with their defaults."""
    return [Choice.of(METRICS, name) for name in names]


def timed(name: str, compute: Callable[[], Any], replicas: int = 1) -> Contestant:
    """A contestant whose step is one call."""

    def run(times: int) -> None:
        for _ in range(times):
            compute()

    return warmed(name, replicas, run, CPU)


def compared(case: str, entrants: Sequence[Contestant], aims: Sequence[str], size: Size) -> list[Line]:
    """Each one's time over the first one's."""
    results = race(case, entrants, size.rounds, size.slice_seconds, CPU)
    return [
        Line(
            case, r.contestant, r.milliseconds, 1.0 / r.ratio, (1.0 / r.quartiles[1], 1.0 / r.quartiles[0]), a
        )
        for r, a in zip(results, aims, strict=True)
    ]


def scorer_of(ready: Ready, names: Sequence[str], n: int) -> Scorer:
    """Its real side is computed by the first score, which is not measured."""
    data, samples, _ = ready
    return Scorer.of(data, samples, choices(names), n)


def direct(size: Size) -> list[Line]:
    """The default scores, and on images FID alone, against hand-written torch."""
    lines = []
    for what, make in (("8x8 images", images), ("points", points)):
        ready = make(size.samples)
        data, samples, fake = ready
        hand = Direct(data, samples, size.samples)
        races = {"default set": (DEFAULT, hand.score), "fid": (("fid",), hand.fid)}
        for asked, (names, reference) in races.items():
            if asked == "fid" and what == "points":
                continue  # a tenth of a millisecond
            ours = scorer_of(ready, names, size.samples)
            entrants = [
                timed("direct", partial(reference, fake)),
                timed("ganbench", partial(ours.score, fake)),
            ]
            lines += compared(f"{asked}, {what}", entrants, ["", "≤ 1.2"], size)
    return lines


def fidelity(size: Size) -> list[Line]:
    """torch-fidelity with its defaults: four worker processes an input, 100 subsets of 1,000 for KID.

    Ours takes all samples for KID at once. Without KID there is little left that the two do differently.
    """
    ready = images(size.samples)
    lines = []
    for asked, aim in (
        ({"fid": "fid", "kid": "kid", "prc": "precision_recall"}, "≤ 0.05"),
        (
            {"fid": "fid", "prc": "precision_recall"},
            "",
        ),
    ):
        same, default = (scorer_of(ready, names, size.samples) for names in (tuple(asked.values()), DEFAULT))
        theirs = partial(calculate_metrics, ready, same, dict.fromkeys(asked, True), size.samples)
        entrants = [
            timed("calculate_metrics", theirs),
            timed("ganbench, the same", partial(same.score, ready[2])),
            timed("ganbench, default set", partial(default.score, ready[2])),
        ]
        lines += compared(f"torch-fidelity: {', '.join(asked)}", entrants, ["", aim, aim], size)
    return lines


def calculate_metrics(ready: Ready, scorer: Scorer, asked: dict[str, bool], n: int) -> dict[str, float]:
    """torch-fidelity's own evaluation through our classifier."""
    import torch_fidelity

    from bench.features.extractor import automatic, register
    from bench.features.pixels import to_uint8

    class Listed(torch.utils.data.Dataset):  # type: ignore[type-arg]
        """torch-fidelity wants samples one by one, and no tuples."""

        def __init__(self, x: Tensor) -> None:
            self.images = to_uint8(x)

        def __len__(self) -> int:
            return len(self.images)

        def __getitem__(self, index: int) -> Tensor:
            return self.images[index]

    register()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that four workers are more than there are cores
        found: dict[str, float] = torch_fidelity.calculate_metrics(
            input1=Listed(ready[2]),
            input2=Listed(scorer.train[:n]),
            feature_extractor=automatic(ready[0]),
            kid_subset_size=min(1000, n),
            cuda=False,
            verbose=False,
            **asked,
        )
    return found


def metrics(size: Size) -> list[Line]:
    """Every metric by itself, forward pass and all, as a multiple of fid (on points, of modes)."""
    kinds = {
        "8x8 images": ("fid", images(size.samples)),
        "28x28 images": ("fid", images(size.samples, "mnist")),
        "points": ("modes", points(size.samples)),
    }
    lines = []
    for what, (first, ready) in kinds.items():
        names = [name for name in METRICS.names() if METRICS.load(name)().fits(ready[0]) is None]
        entrants = []
        for name in sorted(names, key=lambda name: name != first):
            scorer = scorer_of(ready, [name], size.samples)
            entrants.append(timed(name, partial(scorer.score, ready[2])))
        lines += compared(f"each metric, {what}", entrants, [""] * len(entrants), size)
    return lines


def recipes() -> dict[str, tuple[Recipe, int]]:
    """The plainest arms of studies/quickstart.yaml and studies/digits.yaml, and the size of their cohorts."""
    ring = {"data": Choice.of(DATA, "ring", modes=8, sigma=0.05), "latent_size": 2, "batch_size": 256}
    ring |= {"tricks": (Choice.of(TRICKS, "ema", decay=0.995),)}
    grey = {"data": Choice.of(DATA, "digits"), "latent_size": 32, "batch_size": 64, "tricks": ()}
    shared: dict[str, Any] = {
        "model": Choice.of(MODELS, "mlp"),
        "loss": Choice.of(LOSSES, "non_saturating"),
        "optimizer": Choice.of(OPTIMIZERS, "adam"),
        "generator_lr": 1e-3,
        "discriminator_lr": 1e-3,
        "steps": 2_000,
        "d_steps": 1,
        "seed": 0,
    }
    return {"quickstart": (Recipe(**shared, **ring), 8), "digits": (Recipe(**shared, **grey), 6)}


def training(size: Size) -> list[Line]:
    """Evaluations of a cohort as the planner makes it, as a share of it and the steps before."""
    lines = []
    for study, (recipe, members) in recipes().items():
        data: Data = component("data", recipe.data)
        samples = digits(data) if study == "digits" else data.load(Path())
        for names in (DEFAULT, ("modes", "fid")):
            scorer = Scorer.of(data, samples, choices(names), size.samples)
            cohort = Cohort([replace(recipe, seed=seed) for seed in range(members)], scorer.train, CPU)
            cohort.run(size.warm_up)
            entrants = [
                warmed("a step", cohort.size, cohort.run, CPU),
                timed("an evaluation", partial(evaluate, cohort, scorer), cohort.size),
            ]
            _, found = race(study, entrants, size.rounds, size.slice_seconds, CPU)
            share, *quartiles = (
                1.0 / (1.0 + EVERY * ratio) for ratio in (found.ratio, found.quartiles[1], found.quartiles[0])
            )
            case = f"evaluating {study} every {EVERY} steps"
            named = f"{'default set' if names == DEFAULT else ', '.join(names)}, n = {scorer.n:,}"
            low, high = quartiles
            lines.append(Line(case, named, found.milliseconds, share, (low, high), "< 0.05 of the run"))
    return lines


def evaluate(cohort: Cohort, scorer: Scorer) -> None:
    """Sample from every replica and score it, as a worker does."""
    snapshot = cohort.snapshot(evaluation=True)
    for index in range(cohort.size):
        scorer.look(snapshot.sample(index, scorer.n))


def memory(size: Size) -> list[Line]:
    """The peak of a process that scores, above its peak before; and the same for the real side alone."""
    lines = []
    for what in ("images", "points"):
        script = Path(__file__).with_name("scoring_speed.py")
        command = [sys.executable, str(script), "--peak", what, "--peak-samples", str(size.many)]
        with tempfile.TemporaryDirectory() as folder:  # or real features would be read, not computed
            environment = {**os.environ, "GANBENCH_CACHE": folder}
            ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        case = f"memory, {size.many:,} {'8x8 images' if what == 'images' else what}"
        megabytes = float(ended.stdout.split()[-1])
        lines.append(Line(case, "default set, real side included", None, megabytes, None, "< 500 MB"))
    return lines


def peak(what: str, n: int) -> float:
    """Megabytes that scoring adds to the peak of this process; only in one that has done nothing else."""
    data, samples, fake = images(n) if what == "images" else points(n)
    # Whatever is imported and built on first use is there before.
    small = Scorer.of(data, samples, choices(DEFAULT), 20)
    small.score(fake[: small.n])
    before = _kilobytes()
    scorer = Scorer.of(data, samples, choices(DEFAULT), n)
    scorer.score(fake[: scorer.n])
    return (_kilobytes() - before) / 1024.0


def _kilobytes() -> int:
    """The most memory that this process has had; where Linux tells, without what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found is not None
        return int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


CASES = {"direct": direct, "fidelity": fidelity, "metrics": metrics, "training": training, "memory": memory}
