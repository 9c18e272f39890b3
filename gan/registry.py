"""File name -> component, by scanning a folder.

A component is one file: `gan/tricks/instance_noise.py` is the trick `instance_noise` and holds the
class `InstanceNoise`. What it is and which knobs it has is read from the *source*, so that listing
and validating hundreds of components imports none of them (and not torch either).
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import types
import typing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from gan import known

_Strides = Literal["constant", "linear", "cosine", "exponential", "step", "cyclic"]
_Ratios = Literal["geometric", "logarithmic", "inverse"]
Shape = Literal[_Strides, "warmup", _Ratios]
"""Names of the shapes in `gan.schedules`; here because knobs are read without importing torch."""
Way = Literal[_Strides, _Ratios]
"""Those between two given ends, where a warm-up is linear."""


class Scheduled:
    """Stands, in what is read from a source, for `gan.schedules.Scheduled`: a number or a schedule."""


# Names that the annotation of a knob may use.
_TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "Literal": Literal,
    "Way": Way,
    "Scheduled": Scheduled,
}


@dataclass(frozen=True)
class Knob:
    """One setting of a component, as its source declares it."""

    name: str
    type: Any
    default: Any
    unit: str
    low: float | None
    high: float | None
    log: bool
    neutral: Any
    doc: str

    @property
    def structural(self) -> bool:
        """Whether another value is another program (see `gan.tree`)."""
        return not self.scheduled and float not in (self.type, *typing.get_args(self.type))

    @property
    def scheduled(self) -> bool:
        """Whether it may change over training: a mapping instead of a number (see `gan.schedules`)."""
        return self.type is Scheduled

    @property
    def type_name(self) -> str:
        """The type as a person writes it."""
        if self.scheduled:
            return "number or schedule"
        if typing.get_origin(self.type) is Literal:
            return " | ".join(str(value) for value in typing.get_args(self.type))
        if isinstance(self.type, types.UnionType):
            return " | ".join("auto" if a is type(None) else a.__name__ for a in self.type.__args__)
        return str(self.type.__name__)


@dataclass(frozen=True)
class Spec:
    """What a component's source says about it."""

    kind: str
    name: str
    summary: str
    """First line of the docstring."""
    doc: str
    """The whole docstring: equation, why it might help, reference."""
    knobs: tuple[Knob, ...]
    module: str = ""
    """Dotted name under which its file is imported."""
    source: str | None = None
    """Of a plug-in, the SHA-256 of its source in hexadecimal; None for a component of this package."""
    file: Path | None = None
    """Of a plug-in, where its source is."""

    def knob(self, name: str) -> Knob:
        """The knob called `name`; raises KeyError."""
        return {knob.name: knob for knob in self.knobs}[name]

    @property
    def defaults(self) -> dict[str, Any]:
        """Default of every knob."""
        return {knob.name: knob.default for knob in self.knobs}


@dataclass(frozen=True)
class Registry:
    """All components of one kind: the public files of one package besides `base`, and plug-ins.

    A plug-in is found by its name where it is in force, and by name and digest wherever (see `gan.known`).
    """

    kind: str
    package: str
    hidden: frozenset[str] = field(default=frozenset({"base", "chain", "errors"}))

    @property
    def folder(self) -> Path:
        """Where the files are; found without importing the package's modules."""
        return _folder(self.package)

    def names(self) -> list[str]:
        """Every component's name, sorted."""
        return sorted([*self.own_names(), *known.named(self.kind)])

    def own_names(self) -> list[str]:
        """Names of the components of this package, sorted."""
        stems = (path.stem for path in self.folder.glob("*.py"))
        return sorted(stem for stem in stems if self._public(stem))

    def _public(self, name: str) -> bool:
        return not name.startswith("_") and name not in self.hidden

    def spec(self, name: str, source: str | None = None) -> Spec:
        """What the source says.

        Args:
            name: The file's name.
            source: Digest of a plug-in's source; None: the name alone says which is meant.

        Raises:
            KeyError: There is no such file; with the nearest valid name.
            PluginError: No plug-in of this name and digest is known to this process.
        """
        if source is not None:
            return known.exactly(self.kind, name, source)
        if name in (plugins := known.named(self.kind)):
            return plugins[name]
        # Asked for every recipe of a plan: no folder is listed.
        if not (
            name.isidentifier() and self._public(name) and (path := self.folder / f"{name}.py").is_file()
        ):
            raise KeyError(unknown(self.kind, name, self.names()))
        return _read(self.kind, name, path, f"{self.package}.{name}")

    def specs(self) -> list[Spec]:
        """Every component's spec, sorted by name."""
        return [self.spec(name) for name in self.names()]

    def load(self, name: str, source: str | None = None) -> Any:
        """The component's class. This imports its file; raises as `spec` does, and as a plug-in's import."""
        return getattr(importlib.import_module(self.spec(name, source).module), class_name(name))


def class_name(name: str) -> str:
    """`instance_noise` -> `InstanceNoise`."""
    return "".join(part.capitalize() for part in name.split("_"))


def nearest(name: str, valid: typing.Iterable[str]) -> str | None:
    """The valid name that `name` most likely meant, or None."""
    close = difflib.get_close_matches(str(name), list(valid), n=1, cutoff=0.5)
    return close[0] if close else None


def unknown(kind: str, name: str, valid: typing.Iterable[str]) -> str:
    """The one-line message for a name that does not exist."""
    valid = list(valid)
    guess = nearest(name, valid)
    hint = f"did you mean {guess!r}?" if guess else "valid: " + ", ".join(valid)
    return f"unknown {kind} {name!r}; {hint}"


@cache
def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    assert found is not None and found.submodule_search_locations
    return Path(found.submodule_search_locations[0])


@cache
def _read(kind: str, name: str, path: Path, module: str) -> Spec:
    return described(kind, name, ast.parse(path.read_text(encoding="utf-8")), module)


def described(kind: str, name: str, module: ast.Module, imported_as: str) -> Spec:
    """What the source of a component says about it."""
    doc = ast.get_docstring(module) or ""
    body: list[ast.stmt] = []
    for node in module.body:
        if isinstance(node, ast.ClassDef) and node.name == class_name(name):
            body = node.body
    knobs = []
    for statement, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and calls_knob(statement.value):
            knobs.append(declared(statement, after))
    return Spec(kind, name, doc.partition("\n")[0], doc, tuple(knobs), imported_as)


def calls_knob(value: ast.expr | None) -> bool:
    """Whether a field's value is a call of `gan.tree.knob`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "knob"


def declared(statement: ast.AnnAssign, after: ast.stmt | None) -> Knob:
    """The knob that a field declares; `after` it stands its documentation."""
    assert isinstance(statement.target, ast.Name) and isinstance(statement.value, ast.Call)
    call = statement.value
    given = {str(word.arg): _literal(word.value) for word in call.keywords}
    annotation = compile(ast.Expression(statement.annotation), "<annotation>", "eval")
    doc = ""
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
        doc = " ".join(str(after.value.value).split())
    return Knob(
        name=statement.target.id,
        # The annotation of a component's own field, evaluated with nothing but the types above.
        type=eval(annotation, {"__builtins__": {}}, _TYPES),
        default=_literal(call.args[0]),
        unit=given["unit"],
        low=given.get("low"),
        high=given.get("high"),
        log=given.get("log", False),
        neutral=given.get("neutral"),
        doc=doc,
    )


def _literal(node: ast.expr) -> Any:
    """A literal, or infinity written as `math.inf`, which Python has no literal for."""
    if isinstance(node, ast.Attribute) and node.attr == "inf":
        return float("inf")
    return ast.literal_eval(node)


LOSSES = Registry("loss", "gan.losses")
TRICKS = Registry("trick", "gan.tricks")
MODELS = Registry("model", "gan.models")
DATA = Registry("data", "gan.data")
OPTIMIZERS = Registry("optimizer", "gan.optimizers")
