"""A model's networks on trial: narrow, with weights that hide nothing, on shapes of every kind."""

from __future__ import annotations

import typing
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call

from bench.contracts.base import Subject
from gan.models.base import Hidden, Layout, Model
from gan.recipe import Choice
from gan.registry import DATA
from gan.rng import Rng

Shape = tuple[int, ...]
SHAPES: tuple[Shape, ...] = (
    (2,),
    (1,),
    (5,),
    (1, 5, 5),
    (1, 8, 8),
    (3, 8, 8),
    (2, 9, 13),
    (1, 28, 28),
    (3, 28, 28),
    (3, 32, 32),
    (3, 33, 20),
)
BIG: tuple[Shape, ...] = ((3, 64, 64), (1, 128, 128))
LATENT = 5
"""Numbers that a generator makes a sample of."""


def narrow(subject: Subject, width: int = 4, **options: Any) -> Model:
    """It, with narrow networks where its knob `width` allows, so that large images stay quick."""
    model: Model = subject.made(**{**widths(subject, width), **options})
    return model


def widths(subject: Subject, width: int = 4) -> dict[str, int]:
    """The knob `width`, if it has one, at this or the least that it allows."""
    return {knob.name: max(width, int(knob.low or 0)) for knob in subject.spec.knobs if knob.name == "width"}


def begun(model: Model, network: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """The network's initial weights, by name."""
    return Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(seed), -1, torch.float64)))


def moved(model: Model, network: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """Weights a little away from the initial ones, some of which may be 0 and hide what is behind them."""
    noise = Rng.of(torch.tensor(seed), 0, torch.float64)
    weights = begun(model, network, seed)
    return {name: value + 0.1 * noise.at(name).normal(tuple(value.shape)) for name, value in weights.items()}


def some(*shape: int, seed: int = 0) -> Tensor:
    """Normal random numbers, float64."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fitted(model: Model, shapes: tuple[Shape, ...] = SHAPES) -> list[Shape]:
    """The shapes that it does not decline."""
    return [shape for shape in shapes if model.fits(shape) is None]


def data_of(shape: Shape) -> Choice | None:
    """Data of this shape; None if there are none."""
    if len(shape) == 1:
        return Choice.of(DATA, "random_mixture", dimension=shape[0], size=64)
    channels, height, width = shape
    if channels in (1, 3) and height == width:
        return Choice.of(DATA, "image_folder", channels=channels, side=height)
    return None


def choices(subject: Subject) -> list[dict[str, Any]]:
    """Every value of every option that has a list of them, one at a time."""
    found: list[dict[str, Any]] = [{}]
    for knob in subject.spec.knobs:
        if typing.get_origin(knob.type) is Literal:
            found += [{knob.name: value} for value in typing.get_args(knob.type)]
    return found


def called(network: nn.Module, weights: dict[str, Tensor], x: Tensor, hidden: Hidden) -> Tensor:
    """What a network makes of `x` with its hidden activations changed."""
    out: Tensor = functional_call(network, weights, (x,), {"hidden": hidden})
    return out
