"""What holds for every loss: finite far out, never a pull to the wrong side, one scalar."""

from __future__ import annotations

import pytest
import torch

from gan.losses.base import Loss
from gan.registry import LOSSES

EVERY = pytest.mark.parametrize("name", LOSSES.names())


def loss_of(name: str) -> Loss:
    loss: Loss = LOSSES.load(name)()
    return loss


@EVERY
@pytest.mark.parametrize("real", [-100.0, 0.0, 100.0])
@pytest.mark.parametrize("fake", [-100.0, 0.0, 100.0])
def test_value_and_gradient_are_finite_far_out(name: str, real: float, fake: float) -> None:
    """In float32 at logits of ±100, for both players."""
    loss = loss_of(name)
    real_B, fake_B = torch.full((4,), real, requires_grad=True), torch.full((4,), fake, requires_grad=True)
    for value in (
        loss.discriminator(real_B, fake_B, loss.targets),
        loss.generator(fake_B, real_B if loss.pairs else None, loss.targets),
    ):
        assert value.shape == () and value.isfinite(), "one finite number"
        wanted = [real_B, fake_B]
        for gradient in torch.autograd.grad(value, wanted, allow_unused=True):
            assert gradient is None or gradient.isfinite().all(), "a finite gradient"


@EVERY
def test_players_pull_to_opposite_sides(name: str) -> None:
    """At logits of 0.5, D wants real up and generated down, and G wants generated up."""
    loss = loss_of(name)
    real_B, fake_B = (torch.full((4,), 0.5, requires_grad=True) for _ in range(2))
    d = loss.discriminator(real_B, fake_B, loss.targets)
    up, down = torch.autograd.grad(d, [real_B, fake_B])
    assert (up < 0).all(), "descending raises D on real samples"
    assert (down > 0).all(), "descending lowers D on generated samples"
    g = loss.generator(fake_B, real_B if loss.pairs else None, loss.targets)
    (pull,) = torch.autograd.grad(g, [fake_B])
    assert (pull < 0).all(), "descending raises D on generated samples"


@EVERY
def test_a_loss_is_a_mean_over_the_batch(name: str) -> None:
    """A batch said twice costs the same: learning rates do not depend on the batch size."""
    loss = loss_of(name)
    real_B, fake_B = torch.linspace(-2, 3, 6), torch.linspace(1, -2, 6)
    twice = [torch.cat([logits, logits]) for logits in (real_B, fake_B)]
    once = loss.discriminator(real_B, fake_B, loss.targets)
    torch.testing.assert_close(loss.discriminator(*twice, loss.targets), once)
    pairs = loss.pairs
    once = loss.generator(fake_B, real_B if pairs else None, loss.targets)
    torch.testing.assert_close(loss.generator(twice[1], twice[0] if pairs else None, loss.targets), once)
