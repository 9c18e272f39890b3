"""What holds for every loss at every choice of its structure; no exception by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from gan_cases import nearby
from gan_losses import Variant, variants
from torch import Tensor
from torch.utils import _pytree as pytree

from gan.losses.base import Loss
from gan.registry import LOSSES

EVERY = pytest.mark.parametrize("variant", variants(), ids=str)


def both(loss: Loss, real_B: Tensor, fake_B: Tensor) -> tuple[Tensor, Tensor]:
    """D's loss and G's."""
    d = loss.discriminator(real_B, fake_B, loss.targets)
    return d, loss.generator(fake_B, real_B if loss.pairs else None, loss.targets)


def test_every_choice_is_tried() -> None:
    """Otherwise nothing below would be about every loss."""
    assert {variant.name for variant in variants()} == set(LOSSES.names())
    assert len({str(variant) for variant in variants()}) == len(variants())
    assert sum(variant.name == "f_divergence" for variant in variants()) == 8


@EVERY
@pytest.mark.parametrize("real", [-100.0, 0.0, 100.0])
@pytest.mark.parametrize("fake", [-100.0, 0.0, 100.0])
def test_value_and_gradient_are_finite_far_out(variant: Variant, real: float, fake: float) -> None:
    """In float32 at logits of ±100, for both players; gradients also squared and summed, as norms are."""
    real_B, fake_B = torch.full((4,), real, requires_grad=True), torch.full((4,), fake, requires_grad=True)
    for value in both(variant.loss(), real_B, fake_B):
        assert value.shape == () and value.isfinite(), "one finite number"
        wanted = [real_B, fake_B]
        for gradient in torch.autograd.grad(value, wanted, allow_unused=True):
            assert gradient is None or gradient.square().sum().isfinite(), "a finite gradient"


@EVERY
def test_players_pull_to_opposite_sides(variant: Variant) -> None:
    """At logits of 0.5, D wants real up and generated down, and G wants generated up."""
    real_B, fake_B = (torch.full((4,), 0.5, requires_grad=True) for _ in range(2))
    d, g = both(variant.loss(), real_B, fake_B)
    up, down = torch.autograd.grad(d, [real_B, fake_B], retain_graph=True)
    assert (up < 0).all(), "descending raises D on real samples"
    assert (down > 0).all(), "descending lowers D on generated samples"
    (pull,) = torch.autograd.grad(g, [fake_B])
    assert (pull < 0).all(), "descending raises D on generated samples"


@EVERY
def test_a_loss_is_a_mean_over_the_batch(variant: Variant) -> None:
    """A batch said twice costs the same: learning rates do not depend on the batch size."""
    real_B, fake_B = torch.linspace(-2, 3, 6), torch.linspace(1, -2, 6)
    once = both(variant.loss(), real_B, fake_B)
    twice = both(variant.loss(), real_B.repeat(2), fake_B.repeat(2))
    torch.testing.assert_close(twice, once)


@EVERY
def test_the_order_of_a_batch_does_not_matter(variant: Variant) -> None:
    """Of its pairs; of each kind by itself where G does not look at real samples."""
    generator = torch.Generator().manual_seed(0)
    real_B, fake_B = torch.randn(2, 64, generator=generator, dtype=torch.float64).mul(2.0).unbind()
    one, other = (torch.randperm(64, generator=generator) for _ in range(2))
    loss = variant.loss()
    once = both(loss, real_B, fake_B)
    torch.testing.assert_close(both(loss, real_B[one], fake_B[one]), once)
    if not loss.pairs:
        torch.testing.assert_close(both(loss, real_B[one], fake_B[other]), once)


@EVERY
def test_targets_are_two_numbers_that_nobody_can_set(variant: Variant) -> None:
    """Or None; D's target on real samples is the higher."""
    loss = variant.loss()
    with pytest.raises(AttributeError):
        loss.targets = (1.0, 0.0)  # type: ignore[misc]
    if loss.targets is not None:
        real, fake = loss.targets
        assert real > fake


@pytest.fixture
def _no_loops_over_replicas() -> Iterator[None]:
    """vmap runs an operation without a batching rule once a replica; here that is an error."""
    functorch = torch._C._functorch
    before = functorch._is_vmap_fallback_enabled()
    functorch._set_vmap_fallback_enabled(False)
    yield
    functorch._set_vmap_fallback_enabled(before)


@EVERY
@pytest.mark.usefixtures("_no_loops_over_replicas")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_replicas_with_other_knobs_do_not_touch(variant: Variant, dtype: torch.dtype) -> None:
    """Losses and slopes of three replicas, knobs differing, are those of each by itself."""
    generator = torch.Generator().manual_seed(1)
    logits_R2B = torch.randn(3, 2, 8, generator=generator, dtype=dtype)

    def slopes(numbers: dict[str, Tensor], logits_2B: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        # Through `replace`, because dataclasses are what a cohort carries its knobs in.
        loss = dataclasses.replace(variant.loss(), **numbers)

        def total(logits_2B: Tensor) -> tuple[Tensor, Tensor]:
            d, g = both(loss, *logits_2B)
            return d + 2.0 * g, d

        slope, d = torch.func.grad(total, has_aux=True)(logits_2B)
        boundary = torch.as_tensor(loss.boundary(*logits_2B), dtype=dtype)
        return slope, d, boundary

    knobs = [nearby(LOSSES, variant.name, index) for index in range(3)]
    numbers_R = {key: torch.tensor([float(one[key]) for one in knobs], dtype=dtype) for key in knobs[0]}
    together = torch.vmap(slopes)(numbers_R, logits_R2B)
    for index in range(3):
        alone = slopes({key: values[index] for key, values in numbers_R.items()}, logits_R2B[index])
        for one, other in zip(pytree.tree_leaves(alone), pytree.tree_leaves(together), strict=True):
            assert one.dtype == other.dtype == dtype, "no knob changes the precision"
            torch.testing.assert_close(other[index], one)
