"""One run, spelled out: every choice by name and every knob by value. Plain values, no tensors."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS, TRICKS, Registry

_PARTS = ("data", "model", "loss", "optimizer")
"""Fields of a recipe that are one component each; a recipe may have any number of tricks."""
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
    source: str | None = None
    """Of a plug-in, the SHA-256 of its source: another source is another component."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values; `source` only where there is one."""
        plain: dict[str, Any] = {"name": self.name, "knobs": dict(self.knobs)}
        return plain if self.source is None else {**plain, "source": self.source}

    @staticmethod
    def of(registry: Registry, name: str, **knobs: Any) -> Choice:
        """`name` with `knobs` over its defaults. Raises KeyError for a name or knob that does not exist."""
        spec = registry.spec(name)
        for key in knobs:
            spec.knob(key)
        return Choice(name, spec.defaults | knobs, spec.source)


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
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        parts = {kind: values[kind].as_dict() for kind in _PARTS}
        return {**values, **parts, "tricks": tuple(trick.as_dict() for trick in self.tricks)}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Recipe:
        """The inverse of `as_dict`, also after a trip through JSON."""
        choices = {key: Choice(**values[key]) for key in _PARTS}
        tricks = tuple(Choice(**trick) for trick in values["tricks"])
        return Recipe(**{**values, **choices, "tricks": tricks})

    @property
    def choices(self) -> dict[str, tuple[Choice, ...]]:
        """Every component that takes part, by kind."""
        return {**{kind: (getattr(self, kind),) for kind in _PARTS}, "trick": self.tricks}

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
    spec = registry.spec(choice.name, choice.source)
    kept = {key: value for key, value in choice.knobs.items() if spec.knob(key).structural}
    return dataclasses.replace(choice, knobs=kept | _shapes(choice.knobs)).as_dict()


def _shapes(numbers: dict[str, Any]) -> dict[str, Any]:
    """What schedules among `numbers` say about the program: their shapes. Plain numbers say nothing."""
    return {name: {"shape": value["shape"]} for name, value in numbers.items() if isinstance(value, dict)}


def digest(values: Any) -> str:
    """Twelve hexadecimal digits that name a value made of plain dictionaries, lists and numbers."""
    return named(canonical(values))


def named(values: Any) -> str:
    """`digest` of what is canonical already."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def canonical(values: Any) -> Any:
    """So that 1 and 1.0, a tuple and a list, give one digest."""
    if isinstance(values, dict):
        return {str(key): canonical(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [canonical(value) for value in values]
    if isinstance(values, float) and values.is_integer():
        return int(values)
    return values


REGISTRIES = {r.kind: r for r in (DATA, MODELS, LOSSES, OPTIMIZERS, TRICKS)}
"""The kinds of component a recipe is made of."""
