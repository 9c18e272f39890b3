"""Fully connected networks with LeakyReLU, for points and for small images.

    h_0 = x,   h_{i+1} = LeakyReLU_0.2(W_i h_i + b_i),   out = W_n h_n + b_n

G ends linear for points and in tanh for images. Fast enough to train hundreds of on one CPU.

Reference: Goodfellow et al. 2014, arXiv:1406.2661 (fully connected GAN); Metz et al. 2017,
arXiv:1611.02163 (two hidden layers of 128 for mixtures of Gaussians).
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.models.base import Hidden, Model, torch_default, untouched
from gan.rng import Rng
from gan.tree import knob, tree


@tree
class Mlp(Model):
    width: int | None = knob(None, unit="units", low=1, high=65_536)
    """Units in each hidden layer; auto: 128 for points, 256 for images."""
    depth: int = knob(2, unit="layers", low=1, high=1000)
    """Hidden layers in each network."""

    def _sizes(self, inputs: int, outputs: int, points: bool) -> list[int]:
        width = self.width or (128 if points else 256)
        return [inputs, *[width] * self.depth, outputs]

    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        points = len(shape) == 1
        return MlpGenerator(self._sizes(latent_size, math.prod(shape), points), shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        return MlpDiscriminator(self._sizes(math.prod(shape), 1, len(shape) == 1))

    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        return torch_default(name, parameter, network, rng)


def _layers(sizes: list[int]) -> nn.ModuleList:
    return nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))


class MlpGenerator(nn.Module):
    """B x Z -> B x shape."""

    def __init__(self, sizes: list[int], shape: tuple[int, ...]) -> None:
        super().__init__()
        self.layers = _layers(sizes)
        self.shape = shape

    def forward(self, z_BZ: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = z_BZ
        for layer in self.layers[:-1]:
            h = F.leaky_relu(layer(h), 0.2)
        x = self.layers[-1](h).reshape(z_BZ.shape[0], *self.shape)
        return torch.tanh(x) if len(self.shape) == 3 else x


class MlpDiscriminator(nn.Module):
    """B x shape -> B."""

    def __init__(self, sizes: list[int]) -> None:
        super().__init__()
        self.layers = _layers(sizes)

    def forward(self, x: Tensor, hidden: Hidden = untouched) -> Tensor:
        h = x.reshape(x.shape[0], -1)
        for index, layer in enumerate(self.layers[:-1]):
            h = hidden(F.leaky_relu(layer(h), 0.2), f"layers.{index}")
        logits: Tensor = self.layers[-1](h)[:, 0]
        return logits
