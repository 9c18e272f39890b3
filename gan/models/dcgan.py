"""Strided convolutions up and down, batch norm in both networks: the classic image GAN.

    G: z → 4×4 → (ConvTranspose 4×4, stride 2, batch norm, ReLU)* → tanh
    D: x → (Conv 4×4, stride 2, batch norm, LeakyReLU 0.2)* → 4×4 → logit

Sizes from 8×8 to 128×128 with any number of channels; other sizes (28×28) are padded to the next
power of two, and G's output is cropped back. Channels double with every halving of the side.

Reference: Radford, Metz, Chintala 2016, "Unsupervised representation learning with deep convolutional
generative adversarial networks", arXiv:1511.06434.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.models._normalise import BatchNorm
from gan.models.base import Hidden, Model, untouched
from gan.rng import Rng
from gan.tree import knob, tree


@tree
class Dcgan(Model):
    width: int = knob(64, unit="channels", low=1, high=4096)
    """Channels at half the image's size; they double with every further halving."""
    discriminator_norm: Literal["batch", "none"] = knob("batch", unit="name")
    """Normalisation in D; penalties on D's gradient need `none`."""

    def fits(self, shape: tuple[int, ...]) -> str | None:
        if len(shape) != 3:
            return "dcgan makes images, not points; use mlp"
        if not 5 <= max(shape[1:]) <= 128:
            return f"dcgan makes images of 8×8 to 128×128, not {shape[1]}×{shape[2]}"
        return None

    def mixes_samples(self, shape: tuple[int, ...]) -> bool:
        # D's first layer is never normalised, and at 8×8 it is the only one.
        return self.discriminator_norm == "batch" and len(_channels(_power_of_two(shape), self.width)) > 1

    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        return DcganGenerator(shape, latent_size, self.width)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        return DcganDiscriminator(shape, self.width, self.discriminator_norm == "batch")

    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        """N(0, 0.02²) for kernels, N(1, 0.02²) for batch norm's gain, 0 for biases: the paper's code."""
        normal = 0.02 * rng.normal(tuple(parameter.shape))
        if name.endswith("bias"):
            return torch.zeros_like(normal)
        return normal + 1.0 if parameter.ndim == 1 else normal


def _power_of_two(shape: tuple[int, ...]) -> int:
    """The side that an image of this shape is padded to."""
    return max(8, 1 << (max(shape[1:]) - 1).bit_length())


def _channels(side: int, width: int) -> list[int]:
    """Channels at sides 4, 8, ..., side / 2."""
    count = side.bit_length() - 3
    return [width << index for index in reversed(range(count))]


class DcganGenerator(nn.Module):
    """B x Z -> B x C x H x W in [-1, 1]."""

    def __init__(self, shape: tuple[int, ...], latent_size: int, width: int) -> None:
        super().__init__()
        self.shape = shape
        self.side = _power_of_two(shape)
        channels = _channels(self.side, width)
        self.stem = nn.ConvTranspose2d(latent_size, channels[0], 4, bias=False)
        self.norms = nn.ModuleList(BatchNorm(c) for c in channels)
        outputs = [*channels[1:], shape[0]]
        self.layers = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 4, 2, 1, bias=index == len(channels) - 1)
            for index, (a, b) in enumerate(zip(channels, outputs, strict=True))
        )

    def forward(self, z_BZ: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = self.stem(z_BZ[:, :, None, None])
        for norm, layer in zip(self.norms, self.layers, strict=True):
            h = layer(F.relu(norm(h)))
        top, left = (self.side - self.shape[1]) // 2, (self.side - self.shape[2]) // 2
        return torch.tanh(h[:, :, top : top + self.shape[1], left : left + self.shape[2]])


class DcganDiscriminator(nn.Module):
    """B x C x H x W -> B."""

    def __init__(self, shape: tuple[int, ...], width: int, batch_norm: bool) -> None:
        super().__init__()
        side = _power_of_two(shape)
        rows, columns = side - shape[1], side - shape[2]
        self.padding = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        channels = list(reversed(_channels(side, width)))
        inputs = [shape[0], *channels[:-1]]
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 4, 2, 1, bias=index == 0 or not batch_norm)
            for index, (a, b) in enumerate(zip(inputs, channels, strict=True))
        )
        # As in the paper, D's first layer is not normalised.
        self.norms = nn.ModuleList(
            BatchNorm(c) if batch_norm and index else nn.Identity() for index, c in enumerate(channels)
        )
        self.head = nn.Conv2d(channels[-1], 1, 4)

    def forward(self, x_BCHW: Tensor, hidden: Hidden = untouched) -> Tensor:
        # Images are -1 (no ink) where they are padded.
        h = F.pad(x_BCHW, self.padding, value=-1.0) if any(self.padding) else x_BCHW
        for index, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            h = hidden(F.leaky_relu(norm(layer(h)), 0.2), f"layers.{index}")
        logits: Tensor = self.head(h)[:, 0, 0, 0]
        return logits
