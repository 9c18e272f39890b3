"""Strided convolutions up and down, batch norm in both networks: the classic image GAN.

    G: z → 4×4 → (ConvTranspose 4×4, stride 2, batch norm, ReLU)* → tanh
    D: x → (Conv 4×4, stride 2, batch norm, LeakyReLU 0.2)* → 4×4 → logit

Sizes from 8×8 to 128×128 with any number of channels; other sizes (28×28) are padded to the next
power of two, and G's output is cropped back. Channels double with every halving of the side. Layer norm
in place of D's batch norm is what Gulrajani et al. 2017 (arXiv:1704.00028) advise with a gradient penalty.

Reference: Radford, Metz, Chintala 2016, "Unsupervised representation learning with deep convolutional
generative adversarial networks", arXiv:1511.06434.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.models._frame import cropped, declined, framed, power_of_two
from gan.models._normalise import BatchNorm, Norm, normalisation
from gan.models.base import Hidden, Model, untouched
from gan.rng import Rng
from gan.tree import knob, tree


@tree
class Dcgan(Model):
    width: int = knob(64, unit="channels", low=1, high=4096)
    """Channels at half the image's size; they double with every further halving."""
    discriminator_norm: Literal["batch", "none", "layer"] = knob("batch", unit="name")
    """Normalisation in D's layers but the first, the only one at 8×8, where `batch` is `none`; penalties on
    D's gradient need `none` or `layer`."""

    def fits(self, shape: tuple[int, ...]) -> str | None:
        if reason := declined("dcgan", shape, 128):
            return reason
        if self.discriminator_norm == "layer" and power_of_two(shape) == 8:
            return "at 8×8, D's only layer is the first, which has no norm; use discriminator_norm: none"
        return None

    def mixes_samples(self, shape: tuple[int, ...]) -> bool:
        # D's first layer is never normalised, and at 8×8 it is the only one.
        return self.discriminator_norm == "batch" and len(_channels(power_of_two(shape), self.width)) > 1

    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        return DcganGenerator(shape, latent_size, self.width)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        return DcganDiscriminator(shape, self.width, self.discriminator_norm)

    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        """N(0, 0.02²) for kernels, N(1, 0.02²) for a norm's gain, 0 for biases: the paper's code."""
        normal = 0.02 * rng.normal(tuple(parameter.shape))
        if name.endswith("bias"):
            return torch.zeros_like(normal)
        return normal + 1.0 if parameter.ndim == 1 else normal


def _channels(side: int, width: int) -> list[int]:
    """Channels at sides 4, 8, ..., side / 2."""
    count = side.bit_length() - 3
    return [width << index for index in reversed(range(count))]


class DcganGenerator(nn.Module):
    """B x Z -> B x C x H x W in [-1, 1]."""

    def __init__(self, shape: tuple[int, ...], latent_size: int, width: int) -> None:
        super().__init__()
        self.shape = shape
        channels = _channels(power_of_two(shape), width)
        self.stem = nn.ConvTranspose2d(latent_size, channels[0], 4, bias=False)
        self.norms = nn.ModuleList(BatchNorm(c) for c in channels)
        outputs = [*channels[1:], shape[0]]
        self.layers = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 4, 2, 1, bias=index == len(channels) - 1)
            for index, (a, b) in enumerate(zip(channels, outputs, strict=True))
        )

    def forward(self, z_BZ: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = self.stem(z_BZ[:, :, None, None])
        for index, (norm, layer) in enumerate(zip(self.norms, self.layers, strict=True)):
            h = layer(hidden(F.relu(norm(h)), f"norms.{index}"))
        return torch.tanh(cropped(h, self.shape))


class DcganDiscriminator(nn.Module):
    """B x C x H x W -> B."""

    def __init__(self, shape: tuple[int, ...], width: int, norm: Norm) -> None:
        super().__init__()
        self.side = power_of_two(shape)
        channels = list(reversed(_channels(self.side, width)))
        inputs = [shape[0], *channels[:-1]]
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 4, 2, 1, bias=index == 0 or norm != "batch")
            for index, (a, b) in enumerate(zip(inputs, channels, strict=True))
        )
        # As in the paper, D's first layer is not normalised.
        self.norms = nn.ModuleList(
            normalisation(norm if index else "none", c) for index, c in enumerate(channels)
        )
        self.head = nn.Conv2d(channels[-1], 1, 4)

    def forward(self, x_BCHW: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = framed(x_BCHW, self.side)
        for index, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            h = hidden(F.leaky_relu(norm(layer(h)), 0.2), f"layers.{index}")
        logits: Tensor = self.head(h)[:, 0, 0, 0]
        return logits
