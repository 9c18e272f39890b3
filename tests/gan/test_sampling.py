"""Sampling leaves no trace, is repeatable, and sees the generator as it would be used."""

from __future__ import annotations

import dataclasses

import torch
from gan_cases import DCGAN, DIGITS, cohort_of, drawn, recipe, trained, weights
from torch.func import functional_call

from gan.models._normalise import BatchNorm
from gan.registry import TRICKS
from gan.rng import Rng
from gan.sampling import _standing_statistics, sample, sampled_weights
from gan.train import Cohort
from gan.tricks.base import At, Trick
from gan.tricks.chain import Chain


def digits(**changes: object) -> Cohort:
    return trained(recipe(data=DIGITS, model=DCGAN, steps=5, precision="float32", **changes))


def test_sampling_twice_gives_the_same_samples() -> None:
    """And more samples than one chunk holds, none twice."""
    cohort = trained(recipe(steps=3))
    one = drawn(cohort, count=2500)
    assert one.shape == (2500, 2)
    assert torch.equal(one, drawn(cohort, count=2500))
    assert len(one.unique(dim=0)) == 2500, "every chunk has latents of its own"


def test_latents_do_not_depend_on_the_step() -> None:
    """Two evaluations of a generator that has not moved see the same samples."""
    cohort = trained(recipe(generator_lr=0.0))
    begun = cohort_of([recipe(generator_lr=0.0)])
    assert torch.equal(drawn(cohort), drawn(begun))


def test_arms_of_one_seed_are_sampled_from_the_same_latents() -> None:
    """Untrained generators of two arms with one seed give the same samples; of two seeds, others."""
    one, other = cohort_of([recipe(loss="hinge")]), cohort_of([recipe({"r1": {}})])
    assert torch.equal(drawn(one), drawn(other))
    assert not torch.equal(drawn(one), drawn(cohort_of([recipe(seed=1)])))


def test_another_draw_takes_other_latents() -> None:
    """The same for every arm with one seed; the first draw is what every evaluation sees."""
    one, other = trained(recipe(steps=3)).snapshot(True), cohort_of([recipe({"r1": {}})]).snapshot(True)
    fresh = cohort_of([recipe()]).snapshot(True)
    assert torch.equal(one.sample(0, 8, 0), one.sample(0, 8))
    assert not torch.equal(one.sample(0, 8, 1), one.sample(0, 8, 2))
    assert torch.equal(fresh.sample(0, 8, 1), other.sample(0, 8, 1)), "untrained arms of one seed"


def test_the_training_network_is_left_in_training_mode() -> None:
    """With its buffers as they were, and no hook left behind."""
    cohort = digits()
    network = cohort.nets.generator
    before = weights(cohort)
    drawn(cohort)
    assert all(module.training for module in network.modules())
    assert not any(module._forward_pre_hooks for module in network.modules())
    assert torch.equal(before, weights(cohort))


class Table(Trick):
    """Latents from a fixed list, whatever was drawn."""

    def latent(self, z_BZ: torch.Tensor, at: At) -> torch.Tensor:
        return torch.randn(50, z_BZ.shape[1], generator=torch.Generator().manual_seed(0))[: len(z_BZ)]


def test_samples_of_batch_norm_do_not_depend_on_their_batch() -> None:
    """Standing statistics: equal latents give equal samples, however many are drawn with them."""
    cohort = digits()
    knobs = dataclasses.replace(cohort.knobs[0], tricks=Chain({"table": Table()}))
    few, many = (sample(cohort.replica(0).state, knobs, cohort.nets, 5, count) for count in (5, 40))
    assert few.shape == (5, 1, 8, 8) and few.abs().max() <= 1.0
    assert len(few.unique(dim=0)) == 5
    torch.testing.assert_close(few, many[:5])


def test_standing_statistics_approach_the_populations() -> None:
    """Sixteen batches of 256 against one of 20,000: the first layer's mean and variance to a few percent."""
    cohort = digits(batch_size=256)
    state, knobs, nets = cohort.replica(0).state, cohort.knobs[0], cohort.nets
    vector = state.players["generator"].parameters
    z = torch.randn(20_000, nets.latent_size, generator=torch.Generator().manual_seed(0))
    parameters = nets.layouts["generator"].unpack(vector)
    stem = {"weight": parameters["stem.weight"]}
    x = functional_call(nets.generator.get_submodule("stem"), stem, (z[:, :, None, None],))
    rng = Rng.of(knobs.seed, -2, nets.dtype)
    at = At(torch.tensor(1.0), rng, state.memory, "generator", nets.layouts)
    with torch.no_grad():
        statistics = _standing_statistics(vector, nets, knobs, at)
    norms = [name for name, module in nets.generator.named_modules() if isinstance(module, BatchNorm)]
    assert set(statistics) == {f"{name}.{what}" for name in norms for what in ("mean", "variance")}
    torch.testing.assert_close(statistics["norms.0.variance"], x.var((0, 2, 3)), rtol=0.05, atol=0.0)
    spread = x.std((0, 2, 3))
    assert ((statistics["norms.0.mean"] - x.mean((0, 2, 3))).abs() < 0.1 * spread).all()


def test_samples_pass_through_every_trick_that_acts_on_g() -> None:
    """With a temperature that ends at 0, all samples of the end are one point; in the middle they are not."""
    run = recipe({"temperature": {"start": 1.0, "end": 0.0}})
    cohort = trained(run)
    end = drawn(cohort)
    assert torch.equal(end, end[:1].expand_as(end))
    middle = sample(cohort.replica(0).state, cohort.knobs[0], cohort.nets, run.steps // 2, 8)
    assert len(middle.unique(dim=0)) == 8


def test_an_average_is_what_is_sampled() -> None:
    """An average that never moved samples the initial generator."""
    frozen = trained(recipe({"ema": {"decay": 1.0}}))
    assert torch.equal(drawn(frozen), drawn(cohort_of([recipe()])))


def test_which_weights_are_sampled_is_known_by_name() -> None:
    """Averaged with an average, alone or in company; raw with every other trick, and with none."""
    averages = {"ema", "swa"}
    for names in ([], *([name] for name in TRICKS.names()), ["ema", "r1"], ["ema", "lookahead"]):
        chain = Chain({name: TRICKS.load(name)() for name in names})
        assert sampled_weights(chain) == ("averaged" if averages & {*names} else "raw"), names
    assert sampled_weights(Chain({"lookahead": TRICKS.load("lookahead")(samples="slow")})) == "averaged"
