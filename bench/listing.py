"""What `ganbench list` prints: every component and setting that a study may name, and what it does.

All of it is read from the components' sources, so nothing is imported, torch least of all.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.fields import shown
from bench.problems import UserError
from bench.registries import METRICS
from bench.settings import NUMBERS, PARTS
from gan.registry import TRICKS, Knob, Registry, Spec, unknown

KINDS: dict[str, Registry] = {
    "loss": PARTS["loss"],
    "trick": TRICKS,
    "model": PARTS["model"],
    "data": PARTS["data"],
    "optimizer": PARTS["optimizer"],
    "metric": METRICS,
}
SETTING = "setting"
_PLURALS = {"losses": "loss", "datasets": "data"} | {
    f"{kind}s": kind for kind in ("trick", "model", "optimizer", "metric", SETTING)
}


class NotListed(UserError):
    """There is no such kind or name; the message is one line with the nearest valid one."""


def everything() -> RenderableType:
    """All names of all kinds, each with its summary."""
    table = _table("kind", "name", "what it does")
    for kind in (*KINDS, SETTING):
        for name, summary in _entries(kind):
            table.add_row(Text(kind), Text(name, style="bold"), Text(summary))
        table.add_section()
    return table


def of_kind(kind: str) -> RenderableType:
    """All names of one kind, given in the singular or the plural. Raises NotListed."""
    table = _table("name", "what it does")
    for name, summary in _entries(_singular(kind)):
        table.add_row(Text(name, style="bold"), Text(summary))
    return table


def one(kind: str, name: str) -> RenderableType:
    """One component: its whole docstring and its knobs. Raises NotListed."""
    kind = _singular(kind)
    names = [entry for entry, _ in _entries(kind)]
    if name not in names:
        raise NotListed(unknown(kind, name, names))
    if kind == SETTING:
        setting = NUMBERS[name]
        return Text(f"{name}: {setting.doc}\n\n{setting.values}; default {shown(setting.default)}")
    spec = KINDS[kind].spec(name)
    title = Text(f"{kind} {name}{_origin(spec)}", style="bold")
    if not spec.knobs:
        return Group(title, Text(""), Text(spec.doc), Text(""), Text("It has no knobs."))
    table = _table("knob", "type", "default", "unit", "range", "meaning")
    for knob in spec.knobs:
        default = shown(knob.default) or "(empty)"
        cells = (knob.name, knob.type_name, default, knob.unit, span(knob), knob.doc)
        table.add_row(*map(Text, cells))
    return Group(title, Text(""), Text(spec.doc), Text(""), table)


def span(knob: Knob) -> str:
    """The accepted values of a knob, bounds included: `[0, 2]`, `≥ 1`, `any`."""
    if knob.low is None and knob.high is None:
        return "any" if knob.type in (int, float) else ""
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
            (name, f"{setting.doc}; default {shown(setting.default)}") for name, setting in NUMBERS.items()
        ]
    return [(spec.name, f"{spec.summary}{_origin(spec)}") for spec in KINDS[kind].specs()]


def _origin(spec: Spec) -> str:
    """The file of a plug-in; nothing for what is ganbench's own."""
    return f" (plug-in {spec.file})" if spec.file else ""


def _singular(kind: str) -> str:
    singular = _PLURALS.get(kind, kind)
    if singular not in (*KINDS, SETTING):
        homes = [known for known, registry in KINDS.items() if kind in registry.names()]
        if homes:
            raise NotListed(f"{kind} is a {homes[0]}: ganbench list {homes[0]} {kind}")
        raise NotListed(unknown("kind", kind, [*KINDS, SETTING]))
    return singular


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        # A name that is cut cannot be copied into a study.
        table.add_column(column, no_wrap=column in ("kind", "name", "knob"), overflow="fold")
    return table
