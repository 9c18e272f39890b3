"""A pack is the samples of a batch, m by m; D and G are trained on what D says of packs."""

from __future__ import annotations

import pytest
import torch
from gan_cases import DCGAN_WITHOUT_NORM, DIGITS, recipe
from torch import Tensor
from torch.nn import functional as F
from worlds import SGD, World, mlp

from gan.build import nets_of, why_not


def _packed(x: Tensor, m: int) -> Tensor:
    """One row a pack: the coordinates of its m samples, one after the other."""
    return torch.stack([torch.cat([x[i + j] for j in range(m)]) for i in range(0, len(x), m)])


@pytest.mark.parametrize("m", [2, 4])
def test_one_round_is_that_of_a_loop_with_a_wider_discriminator(m: int) -> None:
    """Both players after a round of SGD, to 1e-8, against autograd on packs made by hand."""
    run = recipe({"packing": {"samples": m}}, optimizer=SGD, generator_lr=0.1, discriminator_lr=0.2)
    world = World(run)
    real, z = world.batch.real, world.batch.z
    G, D = (vector.clone().requires_grad_() for vector in (world.G.parameters, world.D.parameters))
    d_sizes, g_sizes = [2 * m, 8, 8, 1], [4, 8, 8, 2]

    def judged(d: Tensor, x: Tensor) -> Tensor:
        logits = mlp(d, d_sizes, _packed(x, m))[:, 0]
        assert logits.shape == (16 // m,)
        return logits

    fake = mlp(G, g_sizes, z)
    d_loss = F.softplus(-judged(D, real)).mean() + F.softplus(judged(D, fake.detach())).mean()
    D = (D - 0.2 * torch.autograd.grad(d_loss, D)[0]).detach()
    G = G - 0.1 * torch.autograd.grad(F.softplus(-judged(D, fake)).mean(), G)[0]

    after = world.stepped()
    torch.testing.assert_close(after["discriminator"], D, rtol=0, atol=1e-8)
    torch.testing.assert_close(after["generator"], G.detach(), rtol=0, atol=1e-8)


def test_packs_of_images_are_stacked_by_channel() -> None:
    """D sees m C channels and gives B / m logits; G makes single images."""
    run = recipe({"packing": {"samples": 4}}, data=DIGITS, model=DCGAN_WITHOUT_NORM)
    nets = nets_of(run)
    assert nets.discriminator.layers[0].in_channels == 4
    assert nets.shape == (1, 8, 8)


def test_what_cannot_be_packed_is_declined() -> None:
    """With what to change."""
    reason = why_not(recipe({"packing": {"samples": 3}}))
    assert reason is not None and "multiple of 3" in reason
    assert why_not(recipe({"packing": {"samples": 3}}, batch_size=15)) is None
