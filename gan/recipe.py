"""One run, spelled out: every choice by name and every knob by value. Plain values, no tensors."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS, TRICKS, Registry

SEMANTICS = 3
"""Raised whenever the same recipe would train to other weights than before; part of every run's id."""


Rate = float | dict[str, Any]
"""A learning rate: a number, or a schedule as `gan.shapes.spelled_out` makes it."""


@dataclass(frozen=True)
class Choice:
    """A component by name, with all its knobs."""

    name: str
    knobs: dict[str, Any]
    """Plain values; a schedule is the mapping that `gan.shapes.spelled_out` makes."""

    @staticmethod
    def of(registry: Registry, name: str, **knobs: Any) -> Choice:
        """`name` with `knobs` over its defaults. Raises KeyError for a name or knob that does not exist."""
        spec = registry.spec(name)
        for key in knobs:
            spec.knob(key)
        return Choice(name, spec.defaults | knobs)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights a run ends with."""

    data: Choice
    model: Choice
    loss: Choice
    optimizer: Choice
    tricks: tuple[Choice, ...]
    """Sorted by name: the order in which their effects are folded."""
    generator_lr: Rate
    discriminator_lr: Rate
    steps: int
    """Rounds: `d_steps` updates of the discriminator, then `g_steps` of the generator."""
    batch_size: int
    d_steps: int
    """Updates of the discriminator in each round."""
    latent_size: int
    seed: int
    precision: Literal["float32", "float64"] = "float32"
    g_steps: int = 1
    """Updates of the generator in each round."""
    updates: Literal["alternating", "simultaneous"] = "alternating"
    """Whether G answers to the updated D, or both move from the same point."""
    accumulation: int = 1
    """Batches whose mean gradient makes one update."""

    def as_dict(self) -> dict[str, Any]:
        """Plain nested dictionaries, as `from_dict` reads them."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Recipe:
        """The inverse of `as_dict`, also after a trip through JSON."""
        choices = {key: Choice(**values[key]) for key in ("data", "model", "loss", "optimizer")}
        tricks = tuple(Choice(**trick) for trick in values["tricks"])
        return Recipe(**{**values, **choices, "tricks": tricks})

    def structure(self) -> str:
        """Digest of all that changes the program: recipes that share it can train in one cohort."""
        values = self.as_dict()
        del values["seed"]
        for name in ("generator_lr", "discriminator_lr"):
            values |= _shapes({name: values.pop(name)})
        values["loss"] = _structural(LOSSES, self.loss)
        values["optimizer"] = _structural(OPTIMIZERS, self.optimizer)
        values["tricks"] = [_structural(TRICKS, trick) for trick in self.tricks]
        return digest(values)


def _structural(registry: Registry, choice: Choice) -> dict[str, Any]:
    spec = registry.spec(choice.name)
    kept = {key: value for key, value in choice.knobs.items() if spec.knob(key).structural}
    return {"name": choice.name, "knobs": kept | _shapes(choice.knobs)}


def _shapes(numbers: dict[str, Any]) -> dict[str, Any]:
    """What schedules among `numbers` say about the program: their shapes. Plain numbers say nothing."""
    return {name: {"shape": value["shape"]} for name, value in numbers.items() if isinstance(value, dict)}


def digest(values: Any) -> str:
    """Twelve hexadecimal digits that name a value made of plain dictionaries, lists and numbers."""
    text = json.dumps(_canonical(values), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _canonical(values: Any) -> Any:
    """So that 1 and 1.0, a tuple and a list, give one digest."""
    if isinstance(values, dict):
        return {str(key): _canonical(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_canonical(value) for value in values]
    if isinstance(values, float) and values.is_integer():
        return int(values)
    return values


REGISTRIES = {r.kind: r for r in (DATA, MODELS, LOSSES, OPTIMIZERS, TRICKS)}
"""The kinds of component a recipe is made of."""
