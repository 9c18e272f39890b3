"""Every component says what it does, with an equation, a source, and what each of its knobs means."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path
from typing import Any, Literal

import pytest

from bench.registries import METRICS
from gan.recipe import REGISTRIES
from gan.registry import Registry
from gan.schedules import Scheduled

ALL = [*REGISTRIES.values(), METRICS]
COMPONENTS = [pytest.param(registry, name, id=name) for registry in ALL for name in registry.names()]
SWEPT = ("trick", "loss", "optimizer")
"""Kinds whose numbers a search may draw."""
TESTS = Path(__file__).parent
EVERY = pytest.mark.parametrize(("registry", "name"), COMPONENTS)


@EVERY
def test_the_first_line_says_what_it_does(registry: Registry, name: str) -> None:
    """In one sentence that fits a listing."""
    spec = registry.spec(name)
    assert re.fullmatch(r"[0-9A-Z].*\S\.", spec.summary), f"not a sentence: {spec.summary!r}"
    assert len(spec.summary) <= 107
    assert spec.doc.splitlines()[1:2] == [""], "an empty line follows"


@EVERY
def test_it_has_an_equation_and_a_reference(registry: Registry, name: str) -> None:
    """An indented display, and a source with its year and its arXiv number or DOI."""
    doc = registry.spec(name).doc
    displays = [line for line in doc.splitlines() if line.startswith("    ") and line.strip()]
    assert any(re.search(r"[=←→|~∥‖∇<>]", line) for line in displays), "an equation, indented"
    _, found, reference = doc.partition("\nReference: ")
    assert found, "a paragraph that begins with `Reference: `"
    assert re.search(r"\b(19|20)\d\d\b", reference), "the year"
    assert re.search(r"arXiv:\d{4}\.\d{4,5}\b|doi:10\.\d{4,}/\S+", reference), "an arXiv number or a DOI"


@EVERY
def test_every_knob_is_explained(registry: Registry, name: str) -> None:
    """Its unit, a sentence, and a range to search or a list to choose from."""
    for knob in registry.spec(name).knobs:
        assert knob.unit.strip(), f"{knob.name} counts in something"
        assert knob.doc.endswith("."), f"{knob.name} has a sentence beneath it"
        kinds = {knob.type, *typing.get_args(knob.type)}
        if typing.get_origin(knob.type) is Literal:
            assert knob.default in typing.get_args(knob.type)
        elif knob.scheduled or kinds & {int, float}:
            assert knob.low is not None, f"{knob.name} has a smallest value"
            if registry.kind in SWEPT and (knob.scheduled or float in kinds):
                assert knob.high is not None, f"{knob.name} has a largest value to search up to"
            high = float("inf") if knob.high is None else knob.high
            for value in (knob.default, knob.neutral):
                assert value is None or knob.low <= value <= high, f"{knob.name} = {value} is out of range"
            assert not knob.log or knob.low >= 0.0, f"{knob.name} cannot be searched on a logarithmic scale"


@EVERY
def test_the_source_says_what_the_class_is(registry: Registry, name: str) -> None:
    """Names, order, defaults and metadata of the knobs are those of the imported dataclass."""
    spec, component = registry.spec(name), registry.load(name)
    fields = dataclasses.fields(component)
    assert [knob.name for knob in spec.knobs] == [field.name for field in fields]
    hints: dict[str, Any] = typing.get_type_hints(component)
    for knob, field in zip(spec.knobs, fields, strict=True):
        assert knob.default == field.default
        declared = {"unit": knob.unit, "low": knob.low, "high": knob.high}
        assert dict(field.metadata) == {**declared, "log": knob.log, "neutral": knob.neutral}
        meant = Scheduled if knob.scheduled else knob.type
        assert meant == hints[knob.name], "the annotation means the same in both readings"
    assert component() == component(**spec.defaults), "it can be made from its defaults"
    params = component.__dataclass_params__
    assert params.frozen, "nothing changes in place"


@EVERY
def test_it_has_a_test_of_its_own(registry: Registry, name: str) -> None:
    """In the same place of the tree, under the same name."""
    folder = TESTS.joinpath(*registry.package.split("."))
    assert (folder / f"test_{name}.py").is_file(), f"no test_{name}.py in {folder.relative_to(TESTS.parent)}"
