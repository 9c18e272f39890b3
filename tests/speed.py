"""Steps per second of a cohort beside a plain hand-written PyTorch loop: `python tests/speed.py`.

Contestants take turns in short rounds, so that whatever else the machine does hits all of them; what is
reported is the median over the rounds of plain time / our time, a replica and a step: above 1, a cohort
is faster than the loop would be for the same number of runs one after the other.
Needs torch, numpy and this repository, nothing else.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

# The repository need not be installed on the machine that is measured.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plain_loop import Draws, PlainLoop, dcgan_pair, mlp_pair, torch_draws

from gan.build import component
from gan.players import State
from gan.recipe import Choice, Recipe
from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS, TRICKS
from gan.train import Cohort

LENGTH = 1_000_000
"""Steps of the training that is measured the beginning of."""
SIGMA, GAMMA, LR = 0.1, 1.0, 2e-4


@dataclass(frozen=True)
class Case:
    """What is trained."""

    data: str
    model: str
    width: int
    batch_size: int
    latent_size: int
    tricks: bool = False
    """With instance noise and R1."""

    def recipe(self, seed: int = 0, steps: int = LENGTH, **changes: Any) -> Recipe:
        """As the product trains it."""
        tricks = [
            Choice.of(TRICKS, "instance_noise", sigma=SIGMA, until=1.0),
            Choice.of(TRICKS, "r1", gamma=GAMMA),
        ]
        values: dict[str, Any] = {
            "data": Choice.of(DATA, self.data),
            "model": Choice.of(MODELS, self.model, width=self.width),
            "loss": Choice.of(LOSSES, "non_saturating"),
            "optimizer": Choice.of(OPTIMIZERS, "adam", beta1=0.5, beta2=0.999),
            "tricks": tuple(tricks) if self.tricks else (),
            "generator_lr": LR,
            "discriminator_lr": LR,
            "d_steps": 1,
            "batch_size": self.batch_size,
            "latent_size": self.latent_size,
        }
        return Recipe(**values | {"steps": steps, "seed": seed} | changes)

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = component("data", Choice.of(DATA, self.data)).shape
        return shape


CASES = {
    "mlp, points": Case("ring", "mlp", 128, 256, 32),
    "mlp, points, noise + R1": Case("ring", "mlp", 128, 256, 32, tricks=True),
    "dcgan, 3x32x32": Case("stacked_mnist", "dcgan", 64, 64, 100),
    "mlp, 1x8x8": Case("digits", "mlp", 256, 64, 64),
    "dcgan, 1x8x8": Case("digits", "dcgan", 64, 64, 64),
}
"""The images of `stacked_mnist` are 28x28 and padded to the networks' 32x32, on both sides."""
USUAL = ["mlp, points", "mlp, points, noise + R1", "dcgan, 3x32x32"]


def data_of(case: Case, device: torch.device) -> Tensor:
    """The ring itself; for images uniform noise in their shape, which costs the same."""
    if len(case.shape) == 1:
        points: Tensor = component("data", Choice.of(DATA, case.data)).load(Path()).x
        return points.to(device)
    generator = torch.Generator().manual_seed(0)
    return (2.0 * torch.rand((2_000, *case.shape), generator=generator) - 1.0).to(device)


def plain_twin(case: Case, cohort: Cohort, draws: Draws, steps: int = LENGTH) -> PlainLoop:
    """The plain loop that does what the first replica of `cohort` does, from the same weights."""
    pair = dcgan_pair if case.model == "dcgan" else mlp_pair
    generator, discriminator = pair(case.shape, case.latent_size, case.width)
    for ours, theirs in zip(weights_in_order(cohort), (generator, discriminator), strict=True):
        theirs.to(cohort.data.device, cohort.data.dtype)
        for value, parameter in zip(ours, theirs.parameters(), strict=True):
            parameter.data.copy_(value)
    loop = PlainLoop(generator, discriminator, cohort.data, draws, LR)
    if case.tricks:
        loop.stabilise(SIGMA, GAMMA, steps)
    return loop


def weights_in_order(cohort: Cohort) -> tuple[list[Tensor], list[Tensor]]:
    """G's and D's weights of the first replica, from the input to the output."""
    state: State = cohort.replica(0).state

    def weights(side: Any, order: tuple[str, ...]) -> list[Tensor]:
        """`order`: which kind of module comes first at each depth."""
        named = cohort.nets.layouts[side].unpack(state.players[side].parameters)

        def place(name: str) -> tuple[int, int, int]:
            kind, depth = name.split(".")[:2]
            ends = {"stem": -1, "head": len(named)}
            index = ends[kind] if kind in ends else int(depth)
            return index, order.index(kind), name.endswith("bias")

        return [named[name] for name in sorted(named, key=place)]

    return weights("generator", ("stem", "norms", "layers")), weights(
        "discriminator", ("layers", "norms", "head")
    )


@dataclass(frozen=True)
class Contestant:
    """Something that trains."""

    name: str
    replicas: int
    run: Callable[[int], None]
    warm_up_seconds: float
    """Time of the first steps, compilation included."""


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    case: str
    contestant: str
    replicas: int
    milliseconds: float
    """Per step and replica, median over the rounds."""
    ratio: float
    """Median over the rounds of plain time / this one's."""
    quartiles: tuple[float, float]
    """Of the ratio."""
    warm_up_seconds: float


def contestants(case: Case, sizes: Sequence[int], compiled: bool, device: torch.device) -> list[Contestant]:
    """The plain loop first, then a cohort of each size."""
    data = data_of(case, device)
    draws = torch_draws(len(data), case.batch_size, case.latent_size, device)
    plain = plain_twin(case, Cohort([case.recipe()], data, device), draws)
    found = [warmed("plain loop", 1, plain.run, device)]
    for way in ["eager", "compiled"] if compiled else ["eager"]:
        for size in sizes:
            recipes = [case.recipe(seed) for seed in range(size)]
            cohort = Cohort(recipes, data, device, compiled=way == "compiled")
            found.append(warmed(f"cohort of {size}, {way}", size, cohort.run, device))
    return found


def warmed(name: str, replicas: int, run: Callable[[int], None], device: torch.device) -> Contestant:
    """A contestant that is ready to be measured."""
    return Contestant(name, replicas, run, seconds(run, 3, device))


def seconds(run: Callable[[int], None], steps: int, device: torch.device) -> float:
    """Wall time of that many steps."""
    begin = time.perf_counter()
    run(steps)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin


def race(
    case: str, entrants: Sequence[Contestant], rounds: int, slice_seconds: float, device: torch.device
) -> list[Result]:
    """All contestants by turns, the plain loop first."""
    lengths = [max(1, round(slice_seconds / seconds(c.run, 1, device))) for c in entrants]
    times: list[list[float]] = [[] for _ in entrants]
    for _ in range(rounds):
        for entrant, steps, mine in zip(entrants, lengths, times, strict=True):
            mine.append(seconds(entrant.run, steps, device) / steps / entrant.replicas)
    results = []
    for entrant, mine in zip(entrants, times, strict=True):
        ratios = [plain / ours for plain, ours in zip(times[0], mine, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        milliseconds = 1000.0 * statistics.median(mine)
        warm_up = entrant.warm_up_seconds
        results.append(
            Result(case, entrant.name, entrant.replicas, milliseconds, middle, (low, high), warm_up)
        )
    return results


def hardware(device: torch.device) -> dict[str, str | int]:
    """What the numbers depend on besides the code."""
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    return {
        "device": str(device),
        "cpu": cpu,
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name(device) if device.type == "cuda" else "none",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def markdown(results: Sequence[Result], where: dict[str, str | int]) -> str:
    """The table, with where it was measured."""
    lines = [
        "; ".join(f"{key} {value}" for key, value in where.items()),
        "",
        "| case | contestant | ms a step and replica | plain / this (quartiles) | warm-up s |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for r in results:
        ratio = f"**{r.ratio:.2f}** ({r.quartiles[0]:.2f} to {r.quartiles[1]:.2f})"
        warm_up = f"{r.warm_up_seconds:.1f}"
        lines.append(f"| {r.case} | {r.contestant} | {r.milliseconds:.3f} | {ratio} | {warm_up} |")
    return "\n".join(lines) + "\n"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--case", action="append", choices=list(CASES), help="may be repeated")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 8], help="of the cohorts")
    parser.add_argument("--compiled", action="store_true", help="also through torch.compile (minutes)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, as a worker of a study has")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--slice", type=float, default=0.5, help="seconds of a contestant's turn")
    parser.add_argument("--quick", action="store_true", help="a smoke run: the numbers mean nothing")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    chosen = arguments(words)
    torch.set_num_threads(chosen.threads)
    device = torch.device(chosen.device)
    rounds, slice_seconds = (2, 0.0) if chosen.quick else (chosen.rounds, chosen.slice)
    where = hardware(device)
    print(markdown([], where), end="", flush=True)
    results: list[Result] = []
    for name in chosen.case or USUAL:
        entrants = contestants(CASES[name], chosen.sizes, chosen.compiled, device)
        found = race(name, entrants, rounds, slice_seconds, device)
        print("\n".join(markdown(found, where).splitlines()[4:]), flush=True)
        results += found
    if chosen.markdown:
        chosen.markdown.write_text(markdown(results, where), encoding="utf-8")
    if chosen.json:
        content = {"hardware": where, "results": [asdict(result) for result in results]}
        chosen.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
