"""Residual networks with nearest upsampling in G and average pooling in D: SNGAN's, without its norm.

    G: z → Linear → 4×4 → (x + up: [BN, ReLU, ↑2, Conv 3×3, BN, ReLU, Conv 3×3])* → BN, ReLU, Conv 3×3, tanh
    D: x → (x + down: [ReLU, Conv 3×3, ReLU, Conv 3×3, ↓2])* → ReLU → Σ over pixels → Linear → logit

where x + takes a 1×1 convolution on the way if channels or side change. Residual blocks keep gradients
alive in deep networks. The spectral norm that the paper is about is the trick `spectral_norm`.

Up to 32×32, all blocks are equally wide and D has four, the last two of which keep the side (the paper's
table 4; below 32×32, G has fewer blocks). At 64×64 and 128×128, channels double with every halving (the
authors' code; table 6). Other sizes are padded to the next power of two, and G's output is cropped back.
Left out are the biases of G's convolutions that a batch norm cancels: with them it is the same function.

Reference: Miyato et al. 2018, "Spectral normalization for generative adversarial networks",
arXiv:1802.05957, appendix B.4; github.com/pfnet-research/sngan_projection.
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.models._frame import cropped, declined, framed, power_of_two
from gan.models._normalise import BatchNorm
from gan.models.base import Hidden, Model, constant, untouched, xavier
from gan.rng import Rng
from gan.tree import knob, tree


@tree
class Sngan(Model):
    width: int | None = knob(None, unit="channels", low=1, high=4096)
    """Channels of D's first block; G's last has twice as many up to 32×32, else as many. Auto: 128, 64."""

    def fits(self, shape: tuple[int, ...]) -> str | None:
        return declined("sngan", shape, 128)

    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        side = power_of_two(shape)
        return SnganGenerator(shape, latent_size, _generator_channels(side, self._width(side)))

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        side = power_of_two(shape)
        channels, halvings = _discriminator_channels(side, self._width(side))
        return SnganDiscriminator(side, [shape[0], *channels], halvings)

    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        """Glorot's uniform, with gain √2 on the residual path; biases 0."""
        owner, _, kind = name.rpartition(".")
        if isinstance(network.get_submodule(owner), BatchNorm):
            return constant(parameter, 1.0 if kind == "weight" else 0.0, rng)
        residual = owner.endswith((".conv1", ".conv2"))
        return xavier(parameter, rng, math.sqrt(2.0) if residual else 1.0)

    def _width(self, side: int) -> int:
        return self.width or (128 if side <= 32 else 64)


def _generator_channels(side: int, width: int) -> list[int]:
    """Channels at sides 4, 8, ..., side."""
    doublings = side.bit_length() - 3
    if side <= 32:
        return [2 * width] * (doublings + 1)
    # The widest is 16 times the narrowest, at 128×128 twice.
    return [width << min(4, index) for index in reversed(range(doublings + 1))]


def _discriminator_channels(side: int, width: int) -> tuple[list[int], list[bool]]:
    """Channels after each block, and whether it halves the side."""
    if side <= 32:
        return [width] * 4, [True, True, False, False]
    if side == 64:
        return [width << index for index in range(5)], [True] * 5
    return [width << min(4, index) for index in range(6)], [*[True] * 5, False]


def _doubled(x_BCHW: Tensor) -> Tensor:
    """Every pixel four times: nearest-neighbour upsampling."""
    batch, channels, rows, columns = x_BCHW.shape
    repeated = x_BCHW[:, :, :, None, :, None].expand(batch, channels, rows, 2, columns, 2)
    return repeated.reshape(batch, channels, 2 * rows, 2 * columns)


def _conv(inputs: int, outputs: int, bias: bool) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)


class UpBlock(nn.Module):
    """B x C x S x S -> B x C' x 2S x 2S."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = BatchNorm(inputs), BatchNorm(outputs)
        self.conv1, self.conv2 = _conv(inputs, outputs, False), _conv(outputs, outputs, False)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        h = self.conv1(_doubled(F.relu(self.norm1(x_BCHW))))
        h = self.conv2(F.relu(self.norm2(h)))
        # A 1×1 convolution and the repetition of pixels commute, and this order costs a quarter.
        out: Tensor = h + _doubled(self.shortcut(x_BCHW))
        return out


class DownBlock(nn.Module):
    """B x C x S x S -> B x C' x S/2 x S/2, or the same side."""

    def __init__(self, inputs: int, outputs: int, halves: bool, first: bool) -> None:
        super().__init__()
        # The first block sees an image, and has no ReLU before it.
        self.first, self.halves = first, halves
        middle = outputs if first else inputs
        self.conv1, self.conv2 = _conv(inputs, middle, True), _conv(middle, outputs, True)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if halves or inputs != outputs else nn.Identity()

    def forward(self, x_BCHW: Tensor) -> Tensor:
        h = x_BCHW if self.first else F.relu(x_BCHW)
        h = self.conv2(F.relu(self.conv1(h)))
        if self.halves:
            # Pooling commutes with the 1×1 convolution of the shortcut, whose order differs between blocks.
            h, x_BCHW = F.avg_pool2d(h, 2), F.avg_pool2d(x_BCHW, 2)
        out: Tensor = h + self.shortcut(x_BCHW)
        return out


class SnganGenerator(nn.Module):
    """B x Z -> B x C x H x W in [-1, 1]."""

    def __init__(self, shape: tuple[int, ...], latent_size: int, channels: list[int]) -> None:
        super().__init__()
        self.shape = shape
        self.stem = nn.Linear(latent_size, channels[0] * 16)
        self.blocks = nn.ModuleList(UpBlock(a, b) for a, b in itertools.pairwise(channels))
        self.norm = BatchNorm(channels[-1])
        self.head = _conv(channels[-1], shape[0], True)

    def forward(self, z_BZ: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = hidden(self.stem(z_BZ).unflatten(1, (-1, 4, 4)), "stem")
        for index, block in enumerate(self.blocks):
            h = hidden(block(h), f"blocks.{index}")
        h = hidden(F.relu(self.norm(h)), "norm")
        return torch.tanh(cropped(self.head(h), self.shape))


class SnganDiscriminator(nn.Module):
    """B x C x H x W -> B."""

    def __init__(self, side: int, channels: list[int], halvings: list[bool]) -> None:
        super().__init__()
        self.side = side
        self.blocks = nn.ModuleList(
            DownBlock(a, b, halves, first=index == 0)
            for index, ((a, b), halves) in enumerate(zip(itertools.pairwise(channels), halvings, strict=True))
        )
        self.head = nn.Linear(channels[-1], 1)

    def forward(self, x_BCHW: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = framed(x_BCHW, self.side)
        for index, block in enumerate(self.blocks):
            h = hidden(block(h), f"blocks.{index}")
        features = hidden(F.relu(h).sum(dim=(2, 3)), "features")
        logits: Tensor = self.head(features)[:, 0]
        return logits
