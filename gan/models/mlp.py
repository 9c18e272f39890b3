"""Fully connected networks with LeakyReLU, for points and for small images.

    h_0 = x,   h_{i+1} = LeakyReLU_0.2(W_i h_i + b_i),   out = W_n h_n + b_n

G ends linear for points and in tanh for images. Fast enough to train hundreds of on one CPU. Options
make it the other fully connected GANs of the literature: layers of unequal widths, another activation,
batch or layer norm between W_i h_i + b_i and the activation, and in D maxout with k pieces,

    h_{i+1} = max_{j ≤ k} (W_ij h_i + b_ij),

as in D of the first GAN paper. With `output: sigmoid`, networks work in [0, 1] as in that paper, while
data and samples stay in [-1, 1]: G's output is 2σ(a) - 1, and D sees (x + 1) / 2.

Reference: Goodfellow et al. 2014, arXiv:1406.2661 (fully connected GAN); Metz et al. 2017,
arXiv:1611.02163 (two hidden layers of 128 for mixtures of Gaussians); Goodfellow et al. 2013,
arXiv:1302.4389 (maxout); Lin et al. 2018, arXiv:1712.04086 (PacGAN, whose D for points has 5 pieces).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.models._normalise import BatchNorm, LayerNorm, Norm, normalisation
from gan.models.base import Hidden, Model, constant, torch_default, untouched, xavier
from gan.rng import Rng
from gan.tree import knob, tree

Activation = Callable[[Tensor], Tensor]
ACTIVATIONS: dict[str, Activation] = {
    "relu": F.relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "softplus": F.softplus,
}
"""The activations that have no option of their own."""
_LARGEST = 65_536


@tree
class Mlp(Model):
    width: int | None = knob(None, unit="units", low=1, high=65_536)
    """Units in each hidden layer; auto: 128 for points, 256 for images."""
    depth: int = knob(2, unit="layers", low=1, high=1000)
    """Hidden layers in each network."""
    generator_layers: str | None = knob(None, unit="units")
    """Units of each of G's hidden layers, as text: "256-512-1024" or "256"; auto: `depth` times `width`."""
    discriminator_layers: str | None = knob(None, unit="units")
    """Units of each of D's hidden layers, as text: "1024-512-256" or "256"; auto: `depth` times `width`."""
    activation: Literal["leaky_relu", "relu", "elu", "selu", "gelu", "silu", "tanh", "softplus"] = knob(
        "leaky_relu", unit="name"
    )
    """Nonlinearity of the hidden layers; D has none beside maxout where `maxout` is above 1."""
    slope: float = knob(0.2, unit="1", low=0.0, high=1.0)
    """Slope of leaky_relu below 0."""
    maxout: int = knob(1, unit="pieces", low=1, high=100)
    """Linear pieces that each of D's hidden units is the largest of; 1: the activation instead."""
    generator_norm: Literal["none", "batch", "layer"] = knob("none", unit="name")
    """Normalisation of G's hidden layers, before the activation."""
    discriminator_norm: Literal["none", "batch", "layer"] = knob("none", unit="name")
    """Normalisation of D's hidden layers; penalties on D's gradient need `none` or `layer`."""
    output: Literal["auto", "tanh", "sigmoid", "linear"] = knob("auto", unit="name")
    """G's last nonlinearity; auto: linear for points, tanh for images."""
    init: Literal["pytorch", "xavier", "normal"] = knob("pytorch", unit="name")
    """Initial weights: PyTorch's U(±1/√fan_in); Glorot's uniform, or N(0, 0.02²), with biases of 0."""

    def fits(self, shape: tuple[int, ...]) -> str | None:
        texts = {"generator": self.generator_layers, "discriminator": self.discriminator_layers}
        for side, text in texts.items():
            if text is not None and not _readable(text):
                return f"`{side}_layers` must be numbers of units like 256-512-1024, not {text[:40]!r}"
        if self.generator_layers and self.discriminator_layers and (self.width or self.depth != 2):
            return "`width` and `depth` act on no network whose layers are listed; leave them out"
        if self.activation != "leaky_relu" and self.slope != 0.2:
            return f"`slope` is leaky_relu's, and the activation is {self.activation}; leave it out"
        return None

    def mixes_samples(self, shape: tuple[int, ...]) -> bool:
        return self.discriminator_norm == "batch"

    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        sizes = [latent_size, *self._hidden(self.generator_layers, shape), math.prod(shape)]
        return MlpGenerator(sizes, shape, self._activation(), self.generator_norm, self._output(shape))

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        sizes = [math.prod(shape), *self._hidden(self.discriminator_layers, shape), 1]
        nonlinear = self._activation() if self.maxout == 1 else partial(_maxout, pieces=self.maxout)
        unit_interval = self.output == "sigmoid"
        return MlpDiscriminator(sizes, nonlinear, self.maxout, self.discriminator_norm, unit_interval)

    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        owner, _, kind = name.rpartition(".")
        if isinstance(network.get_submodule(owner), BatchNorm | LayerNorm):
            return constant(parameter, 1.0 if kind == "weight" else 0.0, rng)
        if self.init == "pytorch":
            return torch_default(name, parameter, network, rng)
        if self.init == "xavier":
            return xavier(parameter, rng)
        if kind == "bias":
            return constant(parameter, 0.0, rng)
        return 0.02 * rng.normal(tuple(parameter.shape))

    def _hidden(self, text: str | None, shape: tuple[int, ...]) -> list[int]:
        """Units of one network's hidden layers."""
        if text is not None:
            return [int(units) for units in text.split("-")]
        return [self.width or (128 if len(shape) == 1 else 256)] * self.depth

    def _activation(self) -> Activation:
        if self.activation == "leaky_relu":
            return partial(F.leaky_relu, negative_slope=self.slope)
        return ACTIVATIONS[self.activation]

    def _output(self, shape: tuple[int, ...]) -> Activation:
        automatic = "linear" if len(shape) == 1 else "tanh"
        return OUTPUTS[automatic if self.output == "auto" else self.output]


def _readable(text: str) -> bool:
    """Whether `text` is a list of layers that can be built."""
    if not re.fullmatch(r"[0-9]{1,5}(-[0-9]{1,5}){0,999}", text):
        return False
    return all(1 <= int(units) <= _LARGEST for units in text.split("-"))


def _linear(a: Tensor) -> Tensor:
    return a


def _unit_interval(a: Tensor) -> Tensor:
    """σ(a), which is in [0, 1], in the data's units."""
    return 2.0 * torch.sigmoid(a) - 1.0


OUTPUTS: dict[str, Activation] = {"linear": _linear, "tanh": torch.tanh, "sigmoid": _unit_interval}
"""G's last nonlinearities."""


def _maxout(a: Tensor, pieces: int) -> Tensor:
    """The largest of every `pieces` neighbours. B x F -> B x F / pieces."""
    return a.reshape(a.shape[0], -1, pieces).max(dim=2).values


def _hidden_layers(sizes: list[int], pieces: int, norm: Norm) -> tuple[nn.ModuleList, nn.ModuleList]:
    """All linear layers (the last is the output's), and the norms of the hidden ones."""
    # Batch norm takes the mean away, and a bias with it.
    hidden = [nn.Linear(a, b * pieces, bias=norm != "batch") for a, b in itertools.pairwise(sizes[:-1])]
    norms = nn.ModuleList(normalisation(norm, size * pieces) for size in sizes[1:-1])
    return nn.ModuleList([*hidden, nn.Linear(sizes[-2], sizes[-1])]), norms


class MlpGenerator(nn.Module):
    """B x Z -> B x shape."""

    def __init__(
        self, sizes: list[int], shape: tuple[int, ...], nonlinear: Activation, norm: Norm, output: Activation
    ) -> None:
        super().__init__()
        self.layers, self.norms = _hidden_layers(sizes, 1, norm)
        self.nonlinear, self.output = nonlinear, output
        self.shape = shape

    def forward(self, z_BZ: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = z_BZ
        for index, norm in enumerate(self.norms):
            h = hidden(self.nonlinear(norm(self.layers[index](h))), f"layers.{index}")
        return self.output(self.layers[-1](h).reshape(z_BZ.shape[0], *self.shape))


class MlpDiscriminator(nn.Module):
    """B x shape -> B."""

    def __init__(
        self, sizes: list[int], nonlinear: Activation, pieces: int, norm: Norm, unit_interval: bool
    ) -> None:
        super().__init__()
        self.layers, self.norms = _hidden_layers(sizes, pieces, norm)
        self.nonlinear = nonlinear
        self.unit_interval = unit_interval

    def forward(self, x: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = x.reshape(x.shape[0], -1)
        if self.unit_interval:
            h = 0.5 * (h + 1.0)
        for index, norm in enumerate(self.norms):
            h = hidden(self.nonlinear(norm(self.layers[index](h))), f"layers.{index}")
        logits: Tensor = self.layers[-1](h)[:, 0]
        return logits
