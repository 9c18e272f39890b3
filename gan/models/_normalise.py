"""Normalisation of activations that leaves no trace: batch statistics, or each sample's own."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Norm = Literal["none", "batch", "layer"]
"""Names of the normalisations."""


class BatchNorm(nn.Module):
    """Normalises with the batch's statistics in training and with given *standing statistics* in eval mode.

    PyTorch's module updates running statistics in place, which has no meaning in a pure step and no
    batching rule. Here training leaves no trace; `gan.sampling` takes standing statistics from many
    batches of the trained generator and passes them as buffers (Brock et al. 2019, arXiv:1809.11096).
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """x: B x C or B x C x H x W."""
        if self.training:
            return F.batch_norm(x, None, None, self.weight, self.bias, training=True)
        return F.batch_norm(x, self.mean, self.variance, self.weight, self.bias, training=False)


class LayerNorm(nn.Module):
    """Normalises each sample over all of its activations; gain and bias are each channel's own.

    No sample sees another, so that penalties on D's gradient keep their meaning (Gulrajani et al. 2017,
    arXiv:1704.00028, whose code it is; Ba, Kiros, Hinton 2016, arXiv:1607.06450).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """x: B x C or B x C x H x W."""
        return F.group_norm(x, 1, self.weight, self.bias)


def normalisation(name: Norm, channels: int) -> nn.Module:
    """The layer called `name`; for `none` the identity, which has no weights."""
    if name == "none":
        return nn.Identity()
    return BatchNorm(channels) if name == "batch" else LayerNorm(channels)
