"""What penalties on D's slope have in common."""

from __future__ import annotations

import torch
from torch import Tensor

from gan.tricks.base import At, Batch, Critic, Setup


def slopes(critic: Critic, x: Tensor) -> Tensor:
    """∇ₓ D(x), one row a logit: that of a pack of samples is one long vector. x: B x shape; L x F."""
    slope: Tensor = torch.func.grad(lambda samples: critic(samples).sum())(x)
    return slope.reshape(len(x) // critic.pack, -1)


def norms(slope_LF: Tensor) -> Tensor:
    """The length of each row. Shape: L."""
    # The root's own slope is infinite at 0, where D is flat; the tiny constant keeps it finite.
    return (slope_LF.square().sum(dim=1) + 1e-12).sqrt()


def mean_square(critic: Critic, x: Tensor) -> Tensor:
    """E ‖∇ₓ D(x)‖² over the logits of these samples, scalar."""
    slope_LF = slopes(critic, x)
    return slope_LF.square().sum() / len(slope_LF)


def per_pack(critic: Critic, numbers_L: Tensor, x: Tensor) -> Tensor:
    """A number for each logit, spread over the samples of its pack and shaped to multiply `x`."""
    return numbers_L.repeat_interleave(critic.pack).reshape(len(x), *[1] * (x.ndim - 1))


def between(critic: Critic, batch: Batch, at: At) -> Tensor:
    """A random point on the line from each generated pack to a real one. Shape: B x shape."""
    mix = per_pack(critic, at.rng.uniform((len(batch.real) // critic.pack,)), batch.real)
    return mix * batch.real + (1.0 - mix) * batch.fake


def needs_independent_samples(setup: Setup) -> str | None:
    """A reason to decline where ∇ₓ of the summed logits is not each sample's own gradient."""
    if setup.model.mixes_samples(setup.data.shape):
        return (
            "a penalty on D's slope needs a discriminator that judges each sample alone, not batch norm; "
            "set the model's discriminator_norm to none"
        )
    return None
