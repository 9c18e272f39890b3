"""What penalties on D's slope have in common."""

from __future__ import annotations

from gan.tricks.base import Setup


def needs_independent_samples(setup: Setup) -> str | None:
    """A reason to decline where ∇ₓ of the summed logits is not each sample's own gradient."""
    if setup.model.mixes_samples(setup.data.shape):
        return (
            "a penalty on D's slope needs a discriminator that judges each sample alone, not batch norm; "
            "set model: {dcgan: {discriminator_norm: none}}"
        )
    return None
