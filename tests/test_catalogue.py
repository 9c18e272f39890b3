"""docs/catalogue.md is what the sources say now, and every component, knob and point is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.catalogue import acts_at, page, points
from bench.listing import KINDS
from gan.registry import TRICKS, Registry
from gan.shapes import KEYS, OUTLINES
from gan.tricks.base import Trick

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize(
    ("registry", "name"),
    [
        pytest.param(registry, name, id=f"{kind}-{name}")
        for kind, registry in KINDS.items()
        for name in registry.names()
    ],
)


def test_it_is_not_stale() -> None:
    """Word for word what the generator writes."""
    assert page() == PAGE, "docs/catalogue.md is stale: write it anew with `uv run nox -s docs` and commit it"


@EVERY
def test_every_component_has_an_entry_and_a_line_in_the_contents(registry: Registry, name: str) -> None:
    """Summary, equation, source, and a row for each knob."""
    spec = registry.spec(name)
    heading = f"\n### {spec.kind} {name}\n"
    assert PAGE.count(heading) == 1 and PAGE.count(f"* [{name}](#{spec.kind}-{name}): ") == 1
    entry = re.split(r"\n##", PAGE.partition(heading)[2])[0]
    assert "```text\n" in entry and "\nReference: " in entry
    assert re.search(r"\(https://(arxiv.org/abs|doi.org)/", entry), "its source is a link"
    rows = re.findall(r"^\| `(\w+)` \|", entry, flags=re.MULTILINE)
    assert rows == [knob.name for knob in spec.knobs]


def test_every_link_within_the_page_leads_somewhere() -> None:
    """Anchors are made from headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", PAGE, flags=re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert len(anchors) == len(headings), "no two headings share an anchor"
    links = re.findall(r"\]\(#([^)]*)\)", PAGE)
    assert len(links) > 30 and set(links) <= anchors


def test_every_table_has_as_many_cells_in_each_row() -> None:
    """A bar inside a cell is escaped."""
    tables = re.findall(r"(?:^\|.*\|$\n?)+", PAGE, flags=re.MULTILINE)
    assert len(tables) > 20
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1, table


def test_the_matrix_marks_what_a_class_overrides() -> None:
    """Read off the classes themselves, for every trick and every point."""
    matrix = points().partition("| trick |")[2].splitlines()
    columns = re.findall(r"`(\w+)`", matrix[0])
    marks = {}
    for line in matrix[2:]:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        marks[re.findall(r"\[(\w+)\]", cells[0])[0]] = dict(zip(columns, cells[1:], strict=True))
    assert sorted(marks) == TRICKS.names()
    for name, row in marks.items():
        trick = TRICKS.load(name)
        own = {point for base in trick.__mro__[: trick.__mro__.index(Trick)] for point in vars(base)}
        assert {point for point, mark in row.items() if mark} == own & set(columns)
        assert any(row.values()), f"{name} acts nowhere"
    assert marks["r1"]["penalty"] and not marks["r1"]["inputs"], "as everybody knows"


def test_a_property_counts_as_a_point() -> None:
    """Whether it is overridden by another property or by a knob."""

    class Lazy(Trick):
        every = 4  # type: ignore[assignment]

    assert acts_at(Lazy, "every") and not acts_at(Lazy, "pack")


def test_every_shape_of_a_schedule_is_there() -> None:
    """With its formula, and with the keys of its mapping."""
    part = PAGE.partition("\n## Schedules\n")[2]
    assert all(f"| `{name}` | `{outline.formula}` |" in part for name, outline in OUTLINES.items())
    assert all(f"\n| `{key}` | " in part for key in KEYS)


def test_the_readme_leads_to_it() -> None:
    assert "](docs/catalogue.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
