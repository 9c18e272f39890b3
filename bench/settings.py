"""What a study may set: the parts of a GAN by name, the numbers of a run, and every trick.

The defaults of a run are here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench.fields import Count, adapter, messages, one_of, quoted, shown
from bench.knob_fields import Rate, knobs_adapter
from bench.problems import Problem
from bench.yaml_lines import Document, Place, plain
from gan.recipe import Choice, Recipe
from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS, TRICKS, Registry, Spec, unknown

Value = Choice | int | float | str | dict[str, Any] | None
"""What a setting is set to: a component, a number, a word, a schedule, or None for a trick that is off."""
ARM = "arm"
"""The factor whose levels are the arms that a study spells out by name."""

PARTS: dict[str, Registry] = {"data": DATA, "model": MODELS, "loss": LOSSES, "optimizer": OPTIMIZERS}


@dataclass(frozen=True)
class Setting:
    """One number or word of a run."""

    kind: Any
    values: str
    """What it may be, in words."""
    default: int | float | str
    doc: str


_WHOLE = "a whole number from 1"
_RATE = "a number above 0 or a schedule"
NUMBERS: dict[str, Setting] = {
    "steps": Setting(Count, _WHOLE, 5000, "rounds: d_steps updates of D, then g_steps of G"),
    "batch_size": Setting(Count, _WHOLE, 256, "real samples in each batch"),
    "d_steps": Setting(Count, _WHOLE, 1, "updates of the discriminator in each round"),
    "g_steps": Setting(Count, _WHOLE, 1, "updates of the generator in each round"),
    "updates": Setting(
        one_of("alternating", "simultaneous"),
        "alternating | simultaneous",
        "alternating",
        "whether the generator answers to the updated discriminator or both move from the same point",
    ),
    "accumulation": Setting(Count, _WHOLE, 1, "batches whose mean gradient makes one update"),
    "latent_size": Setting(Count, _WHOLE, 32, "numbers in a latent vector"),
    "generator_lr": Setting(Rate, _RATE, 1e-3, "learning rate of the generator"),
    "discriminator_lr": Setting(Rate, _RATE, 1e-3, "learning rate of the discriminator"),
    "precision": Setting(
        one_of("float32", "float64"), "float32 | float64", "float32", "floating-point type of the training"
    ),
}
LISTED = {**NUMBERS, "lr": Setting(Rate, _RATE, 1e-3, "both learning rates at once")}
"""What there is to know about every number and word of a run, the shorthand included."""
PART_DEFAULTS = {"model": "mlp", "loss": "non_saturating", "optimizer": "adam"}
_NAMED = 3
"""Most names that a message about too many of them repeats."""
BOTH_RATES = ("generator_lr", "discriminator_lr")
"""What the shorthand `lr` sets."""


@dataclass(frozen=True)
class Bundle:
    """What an arm of a study's `arms` sets, as one."""

    settings: dict[str, Value]


@dataclass(frozen=True)
class Level:
    """One value of a factor, and the label a person reads."""

    label: str
    value: Value | Bundle
    numbers: frozenset[str] = field(default=frozenset(), compare=False)
    """What it sets by number, as runs' parameters are called: `generator_lr`, `r1.gamma`."""

    def of(self, factor: str) -> dict[str, Value]:
        """The settings that this level of `factor` changes."""
        return self.value.settings if isinstance(self.value, Bundle) else {factor: self.value}


def names() -> list[str]:
    """Everything that `base` and `factors` may set."""
    return [*PARTS, *NUMBERS, "lr", *TRICKS.names()]


def is_trick(name: str) -> bool:
    """Whether a setting is a trick, and so may be off."""
    return name not in PARTS and name not in NUMBERS and name not in ("lr", ARM)


class Problems:
    """Collects what is wrong with one document."""

    def __init__(self, file: str, document: Document) -> None:
        self.file = file
        self.document = document
        self.found = [Problem(file, *spot, message) for spot, message in document.problems]
        self._unreadable = {spot for spot, _ in document.problems}

    def add(self, place: Place, message: str, key: bool = False) -> None:
        """Record a mistake in the value at `place`, or in its key."""
        spot = self.document.spot(place, key)
        # A value that could not be read has been reported; what its stand-in breaks is noise.
        if spot not in self._unreadable:
            self.found.append(Problem(self.file, *spot, message))

    def check(
        self, checker: TypeAdapter[Any], raw: Any, place: Place, valid: list[str], kind: str
    ) -> Any | None:
        """`raw` as `checker` understands it; None, and problems, if it does not."""
        try:
            return checker.validate_python(raw)
        except ValidationError as error:
            for inner, message, key in messages(error, valid, kind):
                self.add((*place, *inner), message, key)
            return None


def level(name: str, raw: Any, place: Place, problems: Problems) -> Level | None:
    """One value of the setting `name`, which exists; None, and problems, if it is wrong."""
    if name in PARTS:
        return component(PARTS[name], raw, place, problems)
    if is_trick(name):
        return _trick(TRICKS.spec(name), raw, place, problems)
    value = problems.check(adapter(LISTED[name].kind), raw, place, [], name)
    numbers = frozenset(BOTH_RATES if name == "lr" else (name,))
    return None if value is None else Level(shown(value), value, numbers)


def component(registry: Registry, raw: Any, place: Place, problems: Problems) -> Level | None:
    """A component written `name` or `{name: {knob: value}}`."""
    if isinstance(raw, dict) and len(raw) == 1:
        (name, knobs), inner = next(iter(raw.items())), (*place, next(iter(raw)))
    elif isinstance(raw, str):
        name, knobs, inner = raw, None, place
    else:
        form = f"`{registry.kind}` must be a name or {{name: {{knob: value}}}}, not {_not_one(raw)}"
        problems.add(place, form)
        return None
    if name not in registry.names():
        problems.add(inner, unknown(registry.kind, name, registry.names()), key=isinstance(raw, dict))
        return None
    spec = registry.spec(name)
    given = {} if knobs is None else _knobs(spec, knobs, inner, problems)
    if given is None:
        return None
    label = f"{name}({_listed(given)})" if given else name
    numbers = frozenset(f"{registry.kind}.{knob}" for knob in given)
    return Level(label, Choice(name, spec.defaults | given, spec.source), numbers)


def _not_one(raw: Any) -> str:
    """What stands where one component belongs."""
    if not isinstance(raw, dict):
        return quoted(raw)
    if not raw:
        return "a mapping without a name"
    names = [quoted(name) for name in islice(raw, _NAMED)] + ["..."] * (len(raw) > _NAMED)
    return f"a mapping of {len(raw)} names: {', '.join(names)}"


def _trick(spec: Spec, raw: Any, place: Place, problems: Problems) -> Level | None:
    """A trick: off, on, or a mapping of its knobs."""
    if isinstance(raw, str) and isinstance(plain(raw), bool):
        raw = plain(raw)  # quoted, as YAML 1.2 readers have learnt to write it
    if raw is False:
        return Level("off", None)
    if raw is not True and not isinstance(raw, dict):
        problems.add(place, f"`{spec.name}` must be off, on or a mapping of its knobs, not {quoted(raw)}")
        return None
    given = {} if raw is True else _knobs(spec, raw, place, problems)
    if given is None:
        return None
    numbers = frozenset(f"{spec.name}.{knob}" for knob in given)
    return Level(_listed(given) or "on", Choice(spec.name, spec.defaults | given, spec.source), numbers)


def _knobs(spec: Spec, raw: Any, place: Place, problems: Problems) -> dict[str, Any] | None:
    """The knobs that are given, in the order of the component's source; None if any is wrong."""
    if not isinstance(raw, dict):
        problems.add(place, f"`{spec.name}` must be a mapping of knobs, not {quoted(raw)}")
        return None
    valid = [knob.name for knob in spec.knobs]
    given = problems.check(knobs_adapter(spec), raw, place, valid, f"knob of {spec.kind} {spec.name}:")
    return None if given is None else {name: given[name] for name in valid if name in given}


def _listed(knobs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in knobs.items())


def expanded(settings: Mapping[str, Value]) -> dict[str, Value]:
    """Settings with the shorthand `lr` spelled out."""
    out: dict[str, Value] = {}
    for name, value in settings.items():
        out.update(dict.fromkeys(BOTH_RATES, value) if name == "lr" else {name: value})
    return out


def complete(given: Mapping[str, Value]) -> dict[str, Value]:
    """Every part and number of a run, and the tricks that are mentioned. `data` must be given."""
    parts = {kind: Choice.of(PARTS[kind], name) for kind, name in PART_DEFAULTS.items() if kind not in given}
    numbers = {name: setting.default for name, setting in NUMBERS.items()}
    return {**parts, **numbers, **expanded(given)}


def recipe(settings: Mapping[str, Value], seed: int) -> Recipe:
    """The run that complete `settings` describe."""
    tricks = [value for name, value in settings.items() if is_trick(name) and value is not None]
    chosen: Any = {name: value for name, value in settings.items() if not is_trick(name)}
    ordered = sorted((trick for trick in tricks if isinstance(trick, Choice)), key=lambda trick: trick.name)
    return Recipe(**chosen, tricks=tuple(ordered), seed=seed)


def parameters(settings: Mapping[str, Value], tricks: list[str], seed: int) -> dict[str, str]:
    """Settings as flat text, one entry a setting and knob; `tricks` are on or off even if unmentioned."""
    flat = {"seed": str(seed)}
    for name, value in {**dict.fromkeys(tricks), **settings}.items():
        if isinstance(value, Choice):
            flat[name] = "on" if is_trick(name) else value.name
            flat.update({f"{name}.{knob}": shown(number) for knob, number in value.knobs.items()})
        else:
            flat[name] = "off" if value is None else shown(value)
    return flat
