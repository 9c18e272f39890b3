"""What `ganbench list` prints: every component and setting that a study may name, and what it does.

All of it is read from the components' sources, so nothing is imported, torch least of all.
"""

from __future__ import annotations

from typing import cast

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.fields import shown
from bench.problems import UserError
from bench.registries import METRICS
from bench.settings import LISTED, PARTS
from gan.registry import TRICKS, Knob, Registry, Shape, Spec, unknown
from gan.shapes import KEYS, OUTLINES, default

KINDS: dict[str, Registry] = {
    "loss": PARTS["loss"],
    "trick": TRICKS,
    "model": PARTS["model"],
    "data": PARTS["data"],
    "optimizer": PARTS["optimizer"],
    "metric": METRICS,
}
SETTING, SCHEDULE = "setting", "schedule"
_OTHERS = (SETTING, SCHEDULE)
"""Kinds that are no files."""
_PLURALS = {"losses": "loss", "datasets": "data", "shape": SCHEDULE, "shapes": SCHEDULE} | {
    f"{kind}s": kind for kind in ("trick", "model", "optimizer", "metric", *_OTHERS)
}
_WRITTEN = "{shape: cosine, start: 0.3, end: 0, until: 0.5}"


class NotListed(UserError):
    """There is no such kind or name; the message is one line with the nearest valid one."""


def everything() -> RenderableType:
    """All names of all kinds, each with its summary."""
    table = _table("kind", "name", "what it does")
    for kind in (*KINDS, *_OTHERS):
        for name, summary in _entries(kind):
            table.add_row(Text(kind), Text(name, style="bold"), Text(summary))
        table.add_section()
    return table


def of_kind(kind: str) -> RenderableType:
    """All names of one kind, given in the singular or the plural. Raises NotListed."""
    table = _table("name", "what it does")
    for name, summary in _entries(_singular(kind)):
        table.add_row(Text(name, style="bold"), Text(summary))
    return Group(table, Text(""), *_keys_of_schedules()) if _singular(kind) == SCHEDULE else table


def one(kind: str, name: str) -> RenderableType:
    """One component: its whole docstring and its knobs. Raises NotListed."""
    kind = _singular(kind)
    names = [entry for entry, _ in _entries(kind)]
    if name not in names:
        raise NotListed(unknown(kind, name, names))
    if kind == SETTING:
        setting = LISTED[name]
        return Text(f"{name}: {setting.doc}\n\n{setting.values}; default {shown(setting.default)}")
    if kind == SCHEDULE:
        outline = OUTLINES[cast(Shape, name)]
        about = f"{name}: {outline.doc}\n\n    {outline.formula}\n"
        about += f"\nReference: {outline.reference}\n" if outline.reference else ""
        return Group(Text(about), *_keys_of_schedules(cast(Shape, name)))
    spec = KINDS[kind].spec(name)
    title = Text(f"{kind} {name}{_origin(spec)}", style="bold")
    if not spec.knobs:
        return Group(title, Text(""), Text(spec.doc), Text(""), Text("It has no knobs."))
    table = _table("knob", "type", "default", "unit", "range", "meaning")
    for knob in spec.knobs:
        default = shown(knob.default) or "(empty)"
        cells = (knob.name, knob.type_name, default, knob.unit, span(knob), knob.doc)
        table.add_row(*map(Text, cells))
    parts: list[RenderableType] = [title, Text(""), Text(spec.doc), Text(""), table]
    if any(knob.scheduled for knob in spec.knobs):
        parts += [Text(""), Text(f"A schedule is written {_WRITTEN}: see ganbench list schedules.")]
    return Group(*parts)


def _keys_of_schedules(shape: Shape | None = None) -> list[RenderableType]:
    """What a schedule's mapping may hold: of one shape, or of any."""
    table = _table("key", "default", "meaning")
    for key, meaning in KEYS.items():
        if shape is None:
            table.add_row(key, "", Text(meaning))
        elif key in OUTLINES[shape].keys:
            given = default(shape, key)
            table.add_row(key, "must be given" if given is None else shown(given), Text(meaning))
    heading = f"Written {_WRITTEN} in the place of a number; u is the share of the way from begin to until:"
    return [Text(heading if shape is None else "Its keys:"), Text(""), table]


def span(knob: Knob) -> str:
    """The accepted values of a knob, bounds included: `[0, 2]`, `≥ 1`, `any`."""
    if knob.low is None and knob.high is None:
        return "any" if knob.scheduled or knob.type in (int, float) else ""
    if knob.high is None:
        text = f"≥ {shown(knob.low)}"
    elif knob.low is None:
        text = f"≤ {shown(knob.high)}"
    else:
        text = f"[{shown(knob.low)}, {shown(knob.high)}]"
    return f"{text}, log scale" if knob.log else text


def _entries(kind: str) -> list[tuple[str, str]]:
    """Name and one-line summary of everything of one kind."""
    if kind == SETTING:
        return [
            (name, f"{setting.doc}; default {shown(setting.default)}") for name, setting in LISTED.items()
        ]
    if kind == SCHEDULE:
        return [(name, f"{outline.formula}   ({outline.doc})") for name, outline in OUTLINES.items()]
    return [(spec.name, f"{spec.summary}{_origin(spec)}") for spec in KINDS[kind].specs()]


def _origin(spec: Spec) -> str:
    """The file of a plug-in; nothing for what is ganbench's own."""
    return f" (plug-in {spec.file})" if spec.file else ""


def _singular(kind: str) -> str:
    singular = _PLURALS.get(kind, kind)
    if singular not in (*KINDS, *_OTHERS):
        homes = [known for known, registry in KINDS.items() if kind in registry.names()]
        if homes:
            raise NotListed(f"{kind} is a {homes[0]}: ganbench list {homes[0]} {kind}")
        if kind in OUTLINES:
            raise NotListed(f"{kind} is a {SCHEDULE}: ganbench list {SCHEDULE} {kind}")
        raise NotListed(unknown("kind", kind, [*KINDS, *_OTHERS]))
    return singular


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        # A name that is cut cannot be copied into a study.
        table.add_column(column, no_wrap=column in ("kind", "name", "knob"), overflow="fold")
    return table
