"""Batch normalisation that keeps no statistics of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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

    def forward(self, x_BCHW: Tensor) -> Tensor:
        if self.training:
            return F.batch_norm(x_BCHW, None, None, self.weight, self.bias, training=True)
        return F.batch_norm(x_BCHW, self.mean, self.variance, self.weight, self.bias, training=False)
