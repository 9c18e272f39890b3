"""A two-way table holds the output that the columns name, and says so."""

from __future__ import annotations

import re

import pytest
from reports.several_outputs import three_outputs

from bench.figures import Skipped, figures
from bench.page.render import page
from bench.problems import UserError
from bench.reports._pivot import pivot_table
from bench.reports._view import view
from bench.reports.base import Shape
from bench.reports.comparison import markdown
from bench.reports.comparison_html import page as html
from bench.reports.comparison_tex import tex

FACTORS = ("loss", "noise")


def crossed(*columns: str) -> Shape:
    return Shape(columns=columns, pivot=FACTORS)


@pytest.mark.parametrize(
    ("columns", "output"),
    [((), "modes"), (("fid",), "fid"), (("kid.p", "kid", "healthy"), "kid"), (("healthy", "p"), "modes")],
)
def test_the_output_that_columns_name_fills_it(columns: tuple[str, ...], output: str) -> None:
    """The declared one where they name none; means are those of the arms."""
    found = view(three_outputs(), crossed(*columns))
    assert found.crossed == output
    (first, *_) = pivot_table(found).rows
    mean = found.summaries[0].cells[output].final.mean
    assert first[1].text.startswith(f"{mean:.1f} [")


def test_every_format_names_it() -> None:
    """In the caption or the note, and that no conclusion was to rest on it."""
    found, shape = three_outputs(), crossed("fid")
    told = markdown(found, shape)
    assert "Cells: final FID ↓, the mean" in told and "Cells: final modes ↑" in markdown(found, crossed())
    above = re.findall(r"\\caption\[x\]\{(.*)\}", tex(found, shape))[0]
    assert above.startswith("FID by loss and noise, study x. Final FID (lower is better): mean")
    assert "Delta" not in above and "dagger" not in above, "signs that are not there"
    assert all("<caption>FID by loss and noise</caption>" in made(found, shape) for made in (html, page))
    for made in (markdown, html, tex, page):
        assert "Not the declared output: exploratory." in made(found, shape)
    assert "Not the declared output" not in tex(found, crossed())


def test_bold_is_the_best_of_that_output_and_explained() -> None:
    """As in the table of arms."""
    found = view(three_outputs(), crossed("fid"))
    best = [(row[0].text, at) for row in pivot_table(found).rows for at, cell in enumerate(row) if cell.bold]
    assert best == [("hinge", 1)] and "**Bold**: the best mean." in markdown(three_outputs(), crossed("fid"))


def test_the_figure_maps_it_too() -> None:
    """By its title and its numbers."""
    drawn = figures(three_outputs(), crossed("fid"))["pivot"]
    assert not isinstance(drawn, Skipped)
    assert str(drawn.get_label()) == "FID over loss and noise"
    numbers = [text.get_text() for axes in drawn.axes for text in axes.texts]
    mean = view(three_outputs(), crossed("fid")).summaries[0].cells["fid"].final.mean
    assert any(told.startswith(f"{mean:.1f}") for told in numbers)


def test_several_outputs_are_refused_in_one_line() -> None:
    """A cell has room for one."""
    with pytest.raises(UserError) as caught:
        markdown(three_outputs(), crossed("fid", "kid.p", "p"))
    said = str(caught.value)
    assert said == "--pivot: a two-way table holds one output; --columns names fid, kid"


def test_columns_and_two_ways_leave_nothing_out_silently() -> None:
    """The page keeps its table of arms, of those columns, beside the two-way one."""
    text = page(three_outputs(), crossed("fid"))
    assert "<caption>Every arm on FID</caption>" in text and 'id="table-two-way-0"' in text
