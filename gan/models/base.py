"""What every model is: a pair of networks, their layout as flat vectors, and where they begin.

Parameters travel as one vector of shape P a player: optimisers, averages, norms and finiteness
checks are then a line of arithmetic each, and a cohort of R replicas is one matrix.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gan.rng import Rng

Parameters = dict[str, Tensor]
"""Named parameters of one network, as `torch.func.functional_call` takes them."""
Hidden = Callable[[Tensor, str], Tensor]
"""Applied by a network to its hidden activations, with the layer's name; what it returns is used."""


def untouched(activations: Tensor, layer: str) -> Tensor:
    """The `Hidden` that changes nothing."""
    return activations


@dataclass(frozen=True)
class Layout:
    """Where each named parameter sits in the flat vector."""

    shapes: tuple[tuple[str, tuple[int, ...]], ...]

    @staticmethod
    def of(network: nn.Module) -> Layout:
        """The layout of all parameters of `network`, in its own order."""
        return Layout(tuple((name, tuple(p.shape)) for name, p in network.named_parameters()))

    @property
    def size(self) -> int:
        """Number of parameters P."""
        return sum(math.prod(shape) for _, shape in self.shapes)

    def unpack(self, vector_P: Tensor) -> Parameters:
        """The named parameters, as views. One split, whose gradient is one concatenation."""
        parts = torch.split(vector_P, [math.prod(shape) for _, shape in self.shapes])
        return {name: part.reshape(shape) for (name, shape), part in zip(self.shapes, parts, strict=True)}

    def own(self, parameters: Parameters) -> Parameters:
        """Those of the network itself; the names of parameters that tricks have added hold a colon."""
        return {name: value for name, value in parameters.items() if ":" not in name}

    def pack(self, parameters: Parameters) -> Tensor:
        """The inverse of `unpack`."""
        return torch.cat([parameters[name].reshape(-1) for name, _ in self.shapes])


class Model(ABC):
    """Generator and discriminator with their options. Options are structure.

    Samples are points of shape (d,), d >= 1, or images of shape (C, H, W). Both networks hand their hidden
    activations to `hidden`, each layer once and under a name of its own.
    """

    @property
    def uses_latent(self) -> bool:
        """Whether G's samples depend on its latents."""
        return True

    @abstractmethod
    def generator(self, shape: tuple[int, ...], latent_size: int) -> nn.Module:
        """A network (B x Z, hidden: Hidden = untouched) -> B x shape.

        Images leave it in [-1, 1], unless an option asks for a linear output.
        """

    @abstractmethod
    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        """A network (B x shape, hidden: Hidden = untouched) -> logits of shape B.

        Its last call of `hidden` is with the features h, of any shape B x ..., of which the logit is an
        affine function, whatever layer computes it: logit = w . flatten(h) + b.
        """

    @abstractmethod
    def begin(self, name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
        """Initial value of the parameter called `name`; `rng` is private to it. Shape: the parameter's."""

    def fits(self, shape: tuple[int, ...]) -> str | None:
        """Why it cannot make or judge samples of this shape; None if it can."""
        return None

    def mixes_samples(self, shape: tuple[int, ...]) -> bool:
        """Whether D's logit of one sample depends on the rest of its batch (as under batch norm)."""
        return False

    def initial(self, network: nn.Module, rng: Rng) -> Tensor:
        """All initial parameters as one vector of shape P; equal seeds give equal weights in every arm."""
        parts = [
            self.begin(name, parameter, network, rng.at(name)).reshape(-1)
            for name, parameter in network.named_parameters()
        ]
        return torch.cat(parts)


def torch_default(name: str, parameter: nn.Parameter, network: nn.Module, rng: Rng) -> Tensor:
    """PyTorch's own initialisation of linear and convolution layers: U(-1/√fan_in, 1/√fan_in).

    Reference: torch.nn.Linear.reset_parameters (Kaiming uniform, a = √5); He et al. 2015, arXiv:1502.01852.
    """
    weight = network.get_parameter(name.rpartition(".")[0] + ".weight")
    fan_in = math.prod(weight.shape[1:])
    return (2.0 * rng.uniform(tuple(parameter.shape)) - 1.0) / math.sqrt(fan_in)


def xavier(parameter: nn.Parameter, rng: Rng, gain: float = 1.0) -> Tensor:
    """A weight U(-a, a), a = gain √(6 / (fan_in + fan_out)); a bias is 0. Shape: the parameter's.

    Reference: Glorot, Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS.
    """
    if parameter.ndim == 1:
        return constant(parameter, 0.0, rng)
    window = math.prod(parameter.shape[2:])
    bound = gain * math.sqrt(6.0 / ((parameter.shape[0] + parameter.shape[1]) * window))
    return bound * (2.0 * rng.uniform(tuple(parameter.shape)) - 1.0)


def constant(parameter: nn.Parameter, value: float, rng: Rng) -> Tensor:
    """The same number everywhere, of the type and on the device that `rng` draws. Shape: the parameter's."""
    return torch.full(tuple(parameter.shape), value, dtype=rng.dtype, device=rng.key.device)
