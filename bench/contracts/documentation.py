"""What every component says of itself: one line, an equation, a source, and what each knob means."""

from __future__ import annotations

import dataclasses
import re
import typing
from typing import Any, Literal

from bench.contracts.base import Broken, Check, Subject
from gan.registry import Knob
from gan.schedules import Scheduled

SWEPT = ("trick", "loss", "optimizer")
"""Kinds whose numbers a search may draw."""
_LONGEST = 107
_OWN_INVENTION = re.compile(r"(none|own work,? (19|20)\d\d)(?!\w)", re.IGNORECASE)


def summary_is_a_sentence(subject: Subject) -> None:
    """The docstring's first line says in one sentence what it does, and an empty line follows."""
    spec = subject.spec
    if not spec.doc:
        raise Broken("the file has no docstring; begin it with one line that says what the component does")
    if not re.fullmatch(r"[0-9A-Z].*\S\.", spec.summary):
        raise Broken(f"{spec.summary!r} is no sentence: a capital letter first, a full stop last")
    if len(spec.summary) > _LONGEST:
        raise Broken(f"the first line has {len(spec.summary)} letters; {_LONGEST} fit a listing")
    if spec.doc.splitlines()[1:2] != [""]:
        raise Broken("the docstring's second line must be empty")


def has_an_equation(subject: Subject) -> None:
    """The docstring has an equation, indented by four spaces."""
    displays = [line for line in subject.spec.doc.splitlines() if line.startswith("    ") and line.strip()]
    if not any(re.search(r"[=←→|~∥‖∇<>]", line) for line in displays):
        raise Broken("no indented line of the docstring holds an equation (a sign such as = ← → ~ ∇ < >)")


def has_a_reference(subject: Subject) -> None:
    """A paragraph `Reference: ` has a year and an arXiv number or DOI, or says that it is the author's own.

    A plug-in says that with `none` or `own work 2026`; ganbench's own components have a source.
    """
    _, found, reference = subject.spec.doc.partition("\nReference: ")
    if not found:
        raise Broken("no paragraph of the docstring begins with `Reference: `")
    own = ""
    if subject.spec.source is not None:
        if _OWN_INVENTION.match(reference):
            return
        own = "; of your own invention say `Reference: none` or `Reference: own work 2026`"
    if not re.search(r"\b(19|20)\d\d\b", reference):
        raise Broken("the reference has no year" + own)
    if not re.search(r"arXiv:\d{4}\.\d{4,5}\b|doi:10\.\d{4,}/\S+", reference):
        numbers = "neither an arXiv number (arXiv:1801.04406) nor a DOI (doi:10....)"
        raise Broken(f"the reference has {numbers}{own}")


def knobs_are_explained(subject: Subject) -> None:
    """Every knob has a unit, a sentence beneath it, and a range to search or a list to choose from."""
    for knob in subject.spec.knobs:
        if not knob.unit.strip():
            raise Broken(f'knob {knob.name} has no unit; of a pure number it is "1"')
        if not knob.doc.endswith("."):
            raise Broken(f"knob {knob.name} has no sentence in a string beneath it")
        kinds = {knob.type, *typing.get_args(knob.type)}
        if typing.get_origin(knob.type) is Literal:
            if knob.default not in typing.get_args(knob.type):
                raise Broken(f"knob {knob.name} = {knob.default!r} is none of its values")
        elif knob.scheduled or kinds & {int, float}:
            _check_range(knob, searched=subject.registry.kind in SWEPT and not knob.structural)


def _check_range(knob: Knob, searched: bool) -> None:
    if knob.low is None:
        raise Broken(f"knob {knob.name} has no smallest value; give `low`")
    if searched and knob.high is None:
        raise Broken(f"knob {knob.name} has no largest value to search up to; give `high`")
    high = float("inf") if knob.high is None else knob.high
    for what, value in (("default", knob.default), ("neutral", knob.neutral)):
        if value is not None and not knob.low <= value <= high:
            raise Broken(f"knob {knob.name}: its {what} {value} is not within {knob.low} and {high}")
    if knob.log and knob.low < 0.0:
        raise Broken(f"knob {knob.name} cannot be searched on a logarithmic scale from {knob.low}")


def source_says_what_the_class_is(subject: Subject) -> None:
    """It can be imported and made; its knobs are those of the source; and it is frozen."""
    spec = subject.spec
    component: Any = subject.registry.load(subject.name, spec.source)
    if not (hasattr(component, "__dataclass_params__") and component.__dataclass_params__.frozen):
        raise Broken(f"{component.__name__} is no frozen dataclass; decorate it with gan.tree.tree")
    fields = dataclasses.fields(component)
    if [knob.name for knob in spec.knobs] != [field.name for field in fields]:
        raise Broken(
            f"the source declares the knobs {[knob.name for knob in spec.knobs]}, the class has the fields "
            f"{[field.name for field in fields]}"
        )
    hints: dict[str, Any] = typing.get_type_hints(component)
    for knob, field in zip(spec.knobs, fields, strict=True):
        said = {
            "unit": knob.unit,
            "low": knob.low,
            "high": knob.high,
            "log": knob.log,
            "neutral": knob.neutral,
        }
        meant = Scheduled if knob.scheduled else knob.type
        if knob.default != field.default or dict(field.metadata) != said or meant != hints[knob.name]:
            raise Broken(f"knob {knob.name} is another one in the imported class than in its source")
    if subject.made() != component():
        raise Broken("made from its defaults twice, it is not the same; nothing may be drawn or read in it")


CHECKS: tuple[Check, ...] = (
    source_says_what_the_class_is,
    summary_is_a_sentence,
    has_an_equation,
    has_a_reference,
    knobs_are_explained,
)
GATES: tuple[Check, ...] = (source_says_what_the_class_is,)
