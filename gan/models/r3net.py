"""Residual bottlenecks with grouped convolutions and no normalisation: R3GAN's networks, small.

    block(x) = x + W_3 φ(b_2 + W_2 φ(b_1 + W_1 x)),   W_1, W_3: 1×1,   W_2: grouped 3×3
    G: z → B_4×4 ⊙ V z → block* → (1×1 if channels change, ↑2, block*)* → 1×1 → tanh
    D: x → 1×1 → (block*, ↓2, 1×1 if channels change)* → block* → depthwise 4×4 → Linear → logit

φ is LeakyReLU with slope 0.2, blocks are twice as wide inside, ↑2 and ↓2 are bilinear ([1 3 3 1] filters).
Without norms, the initial weights keep activations in scale (fix-up): N(0, g²/fan_in), in blocks with
g² = 2 / 1.04 / √(number of blocks), and W_3 = 0, so that every block begins as the identity. Channels are
`width` up to 32×32 and halve with every doubling above. Sizes from 8×8 to 256×256; others are padded to
the next power of two, and G's output is cropped back.

The original ends linear and is clamped when it is looked at (`output: linear`); tanh keeps samples in the
data's range, as with the other models. It is meant for the relativistic loss with R1 and R2.

Reference: Huang, Gokaslan, Kuleshov, Tompkin 2024, "The GAN is dead; long live the GAN! A modern GAN
baseline", arXiv:2501.05441, section 4; github.com/brownvc/R3GAN.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.models._frame import cropped, declined, framed, power_of_two
from gan.models.base import Hidden, Model, constant, untouched
from gan.rng import Rng
from gan.tree import knob, tree

_EXPANSION = 2
_GROUP = 16
"""Channels a group, in the paper's configurations."""
_GAIN = math.sqrt(2.0 / (1.0 + 0.2**2))
"""What keeps the second moment through a LeakyReLU of slope 0.2."""


@dataclass(frozen=True)
class Stage:
    """What the networks are like at one side."""

    width: int
    groups: int
    blocks: int

    @property
    def inner(self) -> int:
        """Channels inside a block."""
        return self.width * _EXPANSION


@tree
class R3net(Model):
    width: int = knob(64, unit="channels", low=1, high=4096)
    """Channels at sides up to 32; they halve with every doubling above. The paper's: 768."""
    blocks: int = knob(1, unit="blocks", low=1, high=100)
    """Residual blocks at every side. The paper's: 2."""
    cardinality: int | None = knob(None, unit="groups", low=1, high=8192)
    """Groups of the 3×3 convolutions, at sides up to 32; auto: as in the paper, groups of 16 channels."""
    output: Literal["tanh", "linear"] = knob("tanh", unit="name")
    """G's last nonlinearity; the paper's: linear."""

    def fits(self, shape: tuple[int, ...]) -> str | None:
        if reason := declined("r3net", shape, 256):
            return reason
        for stage in self._stages(power_of_two(shape)):
            if stage.inner % stage.groups:
                return (
                    f"a block of {stage.inner} channels cannot be split into {stage.groups} equal groups; "
                    "set r3net's `cardinality` to a divisor, or leave it out"
                )
        return None

    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        return R3Generator(shape, latent_size, self._stages(power_of_two(shape)), self.output == "tanh")

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        return R3Discriminator(shape, self._stages(power_of_two(shape))[::-1])

    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        if name.endswith("bias") or ".contract." in name:
            return constant(parameter, 0.0, rng)
        normal = rng.normal(tuple(parameter.shape))
        if name == "basis":
            return normal
        inside = ".expand." in name or ".group." in name
        blocks = sum(isinstance(module, Block) for module in network.modules())
        gain = _GAIN * blocks**-0.25 if inside else 1.0
        return gain / math.sqrt(math.prod(parameter.shape[1:])) * normal

    def _stages(self, side: int) -> list[Stage]:
        """One a side: 4, 8, ..., `side`."""
        stages = []
        for log_side in range(2, side.bit_length()):
            halvings = max(0, log_side - 5)
            width = max(1, self.width >> halvings)
            groups = _groups(width) if self.cardinality is None else max(1, self.cardinality >> halvings)
            stages.append(Stage(width, groups, self.blocks))
        return stages


def _groups(width: int) -> int:
    """As many as divide the channels inside a block and leave each at least `_GROUP` of them, or one."""
    inner = width * _EXPANSION
    return max((n for n in range(1, inner // _GROUP + 1) if inner % n == 0), default=1)


def _matrix(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 1, bias=False)


class Block(nn.Module):
    """B x C x S x S -> the same; the identity as long as `contract` is 0."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        # The biases are those of the activations: the convolutions' own would be the same numbers.
        self.expand = nn.Conv2d(stage.width, stage.inner, 1)
        self.group = nn.Conv2d(stage.inner, stage.inner, 3, padding=1, groups=stage.groups)
        self.contract = _matrix(stage.inner, stage.width)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        h = F.leaky_relu(self.expand(x_BCHW), 0.2)
        h = F.leaky_relu(self.group(h), 0.2)
        out: Tensor = x_BCHW + self.contract(h)
        return out


def _blocks(stages: list[Stage]) -> nn.ModuleList:
    return nn.ModuleList(nn.ModuleList(Block(stage) for _ in range(stage.blocks)) for stage in stages)


def _through(stage: nn.Module, h: Tensor, hidden: Hidden, name: str) -> Tensor:
    for number, block in enumerate(stage.children()):
        h = hidden(block(h), f"{name}.{number}")
    return h


def _changes(stages: list[Stage]) -> nn.ModuleList:
    """From each stage's channels to the next one's; no weights where they are equal."""
    pairs = [(a.width, b.width) for a, b in itertools.pairwise(stages)]
    return nn.ModuleList(_matrix(a, b) if a != b else nn.Identity() for a, b in pairs)


def doubled(x_BCHW: Tensor) -> Tensor:
    """Bilinear, twice the side: new pixels lie at ±1/4 of old ones, and 0 is around the image."""
    for axis in (2, 3):
        before, after = _neighbours(x_BCHW, axis)
        pair = torch.stack([0.75 * x_BCHW + 0.25 * before, 0.75 * x_BCHW + 0.25 * after], dim=axis + 1)
        x_BCHW = pair.flatten(axis, axis + 1)
    return x_BCHW


def halved(x_BCHW: Tensor) -> Tensor:
    """Half the side, filtered with [1 3 3 1] / 8 along rows and columns; 0 is around the image."""
    for axis in (2, 3):
        pairs = (*x_BCHW.shape[:axis], -1, 2, *x_BCHW.shape[axis + 1 :])
        even, odd = x_BCHW.reshape(pairs).unbind(axis + 1)
        before, after = _neighbours(odd, axis)[0], _neighbours(even, axis)[1]
        x_BCHW = 0.375 * (even + odd) + 0.125 * (before + after)
    return x_BCHW


def _neighbours(x_BCHW: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """At each pixel the one before it and the one after it along `axis`, 0 beyond the ends."""
    last = x_BCHW.shape[axis] - 1
    zero = torch.zeros_like(x_BCHW.narrow(axis, 0, 1))
    before = torch.cat([zero, x_BCHW.narrow(axis, 0, last)], dim=axis)
    after = torch.cat([x_BCHW.narrow(axis, 1, last), zero], dim=axis)
    return before, after


class R3Generator(nn.Module):
    """B x Z -> B x C x H x W."""

    def __init__(self, shape: tuple[int, ...], latent_size: int, stages: list[Stage], tanh: bool) -> None:
        super().__init__()
        self.shape, self.tanh = shape, tanh
        self.basis = nn.Parameter(torch.zeros(stages[0].width, 4, 4))
        self.stem = nn.Linear(latent_size, stages[0].width, bias=False)
        self.stages, self.changes = _blocks(stages), _changes(stages)
        self.head = _matrix(stages[-1].width, shape[0])

    def forward(self, z_BZ: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = hidden(self.basis * self.stem(z_BZ)[:, :, None, None], "stem")
        for index, stage in enumerate(self.stages):
            if index:
                h = doubled(self.changes[index - 1](h))
            h = _through(stage, h, hidden, f"stages.{index}")
        x = cropped(self.head(h), self.shape)
        return torch.tanh(x) if self.tanh else x


class R3Discriminator(nn.Module):
    """B x C x H x W -> B."""

    def __init__(self, shape: tuple[int, ...], stages: list[Stage]) -> None:
        super().__init__()
        self.side = power_of_two(shape)
        self.stem = _matrix(shape[0], stages[0].width)
        self.stages, self.changes = _blocks(stages), _changes(stages)
        width = stages[-1].width
        self.pool = nn.Conv2d(width, width, 4, groups=width, bias=False)
        self.head = nn.Linear(width, 1, bias=False)

    def forward(self, x_BCHW: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = hidden(self.stem(framed(x_BCHW, self.side)), "stem")
        for index, stage in enumerate(self.stages):
            if index:
                h = self.changes[index - 1](halved(h))
            h = _through(stage, h, hidden, f"stages.{index}")
        features = hidden(self.pool(h).flatten(1), "features")
        logits: Tensor = self.head(features)[:, 0]
        return logits
