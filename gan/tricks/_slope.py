"""What penalties on D's slope have in common."""

from __future__ import annotations

import torch
from torch import Tensor

from gan.tricks.base import Critic, Setup


def slopes(critic: Critic, x: Tensor) -> Tensor:
    """∇ₓ D(x), one row a logit: that of a pack of samples is one long vector. x: B x shape; L x F."""
    slope: Tensor = torch.func.grad(lambda samples: critic(samples).sum())(x)
    return slope.reshape(len(x) // critic.pack, -1)


def per_pack(critic: Critic, numbers_L: Tensor, x: Tensor) -> Tensor:
    """A number for each logit, spread over the samples of its pack and shaped to multiply `x`."""
    return numbers_L.repeat_interleave(critic.pack).reshape(len(x), *[1] * (x.ndim - 1))


def needs_independent_samples(setup: Setup) -> str | None:
    """A reason to decline where ∇ₓ of the summed logits is not each sample's own gradient."""
    if setup.model.mixes_samples(setup.data.shape):
        return (
            "a penalty on D's slope needs a discriminator that judges each sample alone, not batch norm; "
            "set model: {dcgan: {discriminator_norm: none}}"
        )
    return None
