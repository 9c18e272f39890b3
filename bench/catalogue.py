"""docs/catalogue.md: every component and schedule that a study may name, written from the sources.

`python -m bench.catalogue FILE` writes it. What it says of a component is that component's own docstring and
knobs; where a trick acts is read off the methods that its class overrides. Nothing in it is written twice.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from bench.fields import shown
from bench.listing import KINDS, span
from bench.markdown import escaped, rendered, table
from bench.settings import LISTED
from gan.registry import TRICKS, Knob, Spec
from gan.shapes import KEYS, OUTLINES, Outline
from gan.tricks.base import Trick

_ABOUT = {
    "loss": (
        "Losses",
        "Written `loss: hinge`, or `loss: {f_divergence: {divergence: pearson}}` to set knobs.",
    ),
    "trick": ("Tricks", "Written `r1: on`, `r1: {gamma: 0.1}` or `r1: off`; any number of them at once."),
    "model": ("Models", "Written `model: mlp`, or `model: {mlp: {width: 256}}`; both players' networks."),
    "data": ("Data", "Written `data: ring`, or `data: {ring: {modes: 25}}`."),
    "optimizer": ("Optimisers", "Written `optimizer: adam`, or `optimizer: {adam: {beta1: 0.0}}`."),
    "metric": ("Metrics", "Listed under `metrics`; what each is blind to is in [metrics.md](metrics.md)."),
}
"""Of each kind, its heading and how it is written in a study."""
_HEAD = """\
# Catalogue

Everything that a study may name, with its equation, its knobs and where it comes from. This page is written
from the sources by `nox -s docs`; `ganbench list` shows the same in a terminal.

A knob's *range* is what is accepted, and what a search draws from (where ratios count, from a hundredth of
the default to a hundred times it). A knob with a *schedule* may change over training: see
[schedules](#schedules). With all its knobs that have one at their *neutral* value, a trick does nothing, bit
for bit.
"""
_SCHEDULES = """\
## Schedules

In the place of a number, where a knob allows it, and for learning rates:
`{shape: cosine, start: 0.3, end: 0, until: 0.5}`. With u the share of the way from `begin` to `until`, held
within 0 and 1, a = `start`, b = `end` and n = `count`:
"""
_NO_POINTS = ("fits", "begin", "initial")
"""Methods of a trick that are no point of a step at which it acts."""


def page() -> str:
    """The whole page, Markdown; the same for the same sources."""
    parts = [_HEAD, *map(_contents, KINDS), _contents_of_the_rest()]
    for kind, registry in KINDS.items():
        title, written = _ABOUT[kind]
        parts.append(f"## {title}\n\n{written}\n")
        parts += [points()] if kind == "trick" else []
        parts += [entry(spec) for spec in registry.specs()]
    return "\n".join([*parts, schedules(), settings()])


def _contents(kind: str) -> str:
    title, _ = _ABOUT[kind]
    lines = [f"* [{s.name}](#{kind}-{s.name}): {escaped(s.summary)}" for s in KINDS[kind].specs()]
    return "\n".join([f"**[{title}](#{title.lower()})**", "", *lines, ""])


def _contents_of_the_rest() -> str:
    rest = (
        "[Where each trick acts](#where-each-trick-acts)",
        "[Schedules](#schedules)",
        "[Settings](#settings)",
    )
    return "\n".join([f"**{line}**\n" for line in rest])


def entry(spec: Spec) -> str:
    """One component: its docstring, and a table of its knobs."""
    heading = f"### {spec.kind} {spec.name}\n\n{rendered(spec.doc)}\n"
    return f"{heading}\n{knobs(spec)}\n" if spec.knobs else f"{heading}\nIt has no knobs.\n"


def knobs(spec: Spec) -> str:
    """A table of a component's knobs; columns that would be empty are left out."""
    columns = {
        "knob": [f"`{knob.name}`" for knob in spec.knobs],
        "type": [escaped(_type(knob)) for knob in spec.knobs],
        "default": [escaped(shown(knob.default) or "(empty)") for knob in spec.knobs],
        "unit": [escaped(knob.unit) for knob in spec.knobs],
        "range": [escaped(span(knob)) for knob in spec.knobs],
        "schedule": ["yes" if knob.scheduled else "" for knob in spec.knobs],
        "neutral": ["" if knob.neutral is None else escaped(shown(knob.neutral)) for knob in spec.knobs],
        "meaning": [escaped(knob.doc) for knob in spec.knobs],
    }
    return table({title: cells for title, cells in columns.items() if any(cells)})


def _type(knob: Knob) -> str:
    return "number" if knob.scheduled else knob.type_name


def points() -> str:
    """The points of a step, and a matrix of the tricks that act at them."""
    classes = {name: TRICKS.load(name) for name in TRICKS.names()}
    every = [name for name in vars(Trick) if not name.startswith("_") and name not in _NO_POINTS]
    acts = {point: [name for name in classes if acts_at(classes[name], point)] for point in every}
    used = [point for point in every if acts[point]]
    legend = {
        "point": [f"`{point}`" for point in used],
        "what a trick changes or gives": [_says(p) for p in used],
    }
    matrix = {"trick": [f"[{name}](#trick-{name})" for name in classes]}
    matrix |= {f"`{point}`": ["●" if name in acts[point] else "" for name in classes] for point in used}
    return "\n".join(["### Where each trick acts", "", table(legend), "", table(matrix), ""])


def acts_at(trick: type[Trick], point: str) -> bool:
    """Whether a trick's class overrides this method or property of `Trick`."""
    return getattr(trick, point) is not getattr(Trick, point)


def _says(point: str) -> str:
    return escaped((inspect.getdoc(getattr(Trick, point)) or "").partition("\n")[0])


def schedules() -> str:
    """The shapes of a schedule, and the keys of its mapping."""
    shapes: dict[str, Outline] = {str(name): outline for name, outline in OUTLINES.items()}
    formulas = {
        "shape": [f"`{name}`" for name in shapes],
        "value": [f"`{outline.formula}`" for outline in shapes.values()],
        "what is special": [escaped(outline.doc) for outline in shapes.values()],
        "keys": [", ".join(f"`{key}`" for key in outline.keys) for outline in shapes.values()],
        "reference": [escaped(outline.reference) for outline in shapes.values()],
    }
    keys = {"key": [f"`{key}`" for key in KEYS], "meaning": [escaped(meaning) for meaning in KEYS.values()]}
    return "\n".join([_SCHEDULES, table(formulas), "", table(keys), ""])


def settings() -> str:
    """The numbers of a run that belong to no component."""
    columns = {
        "setting": [f"`{name}`" for name in LISTED],
        "values": [escaped(setting.values) for setting in LISTED.values()],
        "default": [escaped(shown(setting.default)) for setting in LISTED.values()],
        "meaning": [escaped(setting.doc) for setting in LISTED.values()],
    }
    return f"## Settings\n\n{table(columns)}\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
