"""The step against a loop written by hand, and the benchmark that compares their speed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from plain_loop import Draws
from speed import CASES, Case, main, plain_twin, weights_in_order
from torch import Tensor

from gan.rng import Rng
from gan.train import Cohort

STEPS = 5
LR = 0.01
SMALL = {
    "mlp on points": Case("ring", "mlp", 16, 12, 5),
    "mlp on points with noise and R1": Case("ring", "mlp", 16, 12, 5, tricks=True),
    "mlp on images": Case("digits", "mlp", 16, 12, 5),
    "dcgan": Case("stacked_digits", "dcgan", 4, 6, 5),
    "dcgan on padded images": Case("stacked_mnist", "dcgan", 2, 6, 5),
}


def paired_draws(case: Case, seed: int, size: int) -> Draws:
    """The numbers that the step draws, by the names of their places."""

    def root(n: int, *path: str) -> Rng:
        rng = Rng.of(torch.tensor(seed), n, torch.float64)
        for place in path:
            rng = rng.at(place)
        return rng

    def noise(n: int, place: str, x: Tensor) -> Tensor:
        player, what = place.split("/")
        start = "round 0" if player == "discriminator" else "generator"
        return root(n, start, what, "judge", "inputs", "instance_noise").normal(x.shape)

    latents = (case.batch_size, case.latent_size)
    return Draws(
        batch=lambda n: root(n, "round 0", "batch").integers((case.batch_size,), size),
        latents=lambda n: root(n, "round 0", "generate", "z").normal(latents),
        noise=noise,
    )


@pytest.mark.parametrize("name", SMALL)
def test_the_step_does_what_a_plain_loop_does(name: str) -> None:
    """Same weights, batches, latents and noise: after five steps the same weights, to rounding."""
    case, seed = SMALL[name], 3
    data = 2.0 * torch.rand((40, *case.shape), generator=torch.Generator().manual_seed(1)) - 1.0
    recipe = case.recipe(seed, STEPS, precision="float64", generator_lr=LR, discriminator_lr=LR)
    cohort = Cohort([recipe], data, torch.device("cpu"))
    before = [w.clone() for weights in weights_in_order(cohort) for w in weights]
    loop = plain_twin(case, cohort, paired_draws(case, seed, len(data)), STEPS)
    for optimizer in (loop.g_optimizer, loop.d_optimizer):
        optimizer.param_groups[0]["lr"] = LR

    cohort.run(STEPS)
    loop.run(STEPS)

    ours = [w for weights in weights_in_order(cohort) for w in weights]
    theirs = [p.detach() for net in (loop.generator, loop.discriminator) for p in net.parameters()]
    moved = [(a - b).abs().max() for a, b in zip(before, ours, strict=True)]
    assert min(moved) > 1e-3, "every layer has moved, or the comparison says nothing"
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=0.0, atol=1e-9, msg="a step is the plain loop's step")


def test_the_benchmark_measures_every_contestant(tmp_path: Path) -> None:
    """A smoke run names each contestant with a positive time, and where it was measured."""
    case = "mlp, points"
    words = ["--quick", "--case", case, "--sizes", "1", "2", "--device", "cpu", "--threads", "1"]
    threads = torch.get_num_threads()
    try:
        main([*words, "--json", str(tmp_path / "speed.json"), "--markdown", str(tmp_path / "speed.md")])
    finally:
        torch.set_num_threads(threads)
    content = json.loads((tmp_path / "speed.json").read_text())
    names = [result["contestant"] for result in content["results"]]
    assert names == ["plain loop", "cohort of 1, eager", "cohort of 2, eager"], "the reference comes first"
    assert content["results"][0]["ratio"] == 1.0, "the plain loop is measured against itself"
    assert all(result["milliseconds"] > 0.0 and result["ratio"] > 0.0 for result in content["results"])
    assert content["hardware"]["threads"] == 1 and content["hardware"]["torch"] == torch.__version__
    assert all(f"| {case} | {name} |" in (tmp_path / "speed.md").read_text() for name in names)


@pytest.mark.parametrize("name", CASES)
def test_a_plain_twin_has_the_weights_of_its_cohort(name: str) -> None:
    """Every case's hand-written networks are the product's, parameter for parameter."""
    case = CASES[name]
    cohort = Cohort([case.recipe()], torch.zeros((2, *case.shape)), torch.device("cpu"))
    loop = plain_twin(case, cohort, paired_draws(case, 0, 2))
    for ours, network in zip(weights_in_order(cohort), (loop.generator, loop.discriminator), strict=True):
        assert [w.shape for w in ours] == [p.shape for p in network.parameters()], "layer by layer"
