"""A table whose columns were chosen says whose numbers it holds, in every format."""

from __future__ import annotations

import re

import pytest
from reports.several_outputs import BEST, three_outputs

from bench.page.render import page
from bench.page.tables import main_table as page_table
from bench.reports._columns import MAIN
from bench.reports._first import first
from bench.reports._sections import first_table
from bench.reports._tables import main_table
from bench.reports._view import view
from bench.reports.base import Shape
from bench.reports.comparison import markdown
from bench.reports.comparison_html import page as html
from bench.reports.comparison_tex import tex

EXPLORATORY = "Not the declared output: exploratory."
MIXED = ("fid", "kid.difference", "fid.p_holm")


def shape(*columns: str, **more: object) -> Shape:
    return Shape(columns=columns, **more)  # type: ignore[arg-type]


def headers(*columns: str) -> list[str]:
    return [cell.text for cell in main_table(view(three_outputs(), shape(*columns))).header]


def bold_names(*columns: str) -> set[str]:
    table = main_table(view(three_outputs(), shape(*columns)))
    return {row[0].text for row in table.rows if row[0].bold}


def notes(*columns: str, failing: bool = False) -> str:
    """What stands under the table."""
    _, *told = first_table(view(three_outputs(failing), shape(*columns)), set())
    return "\n".join(f"{getattr(block, 'lead', '')}{getattr(block, 'text', '')}" for block in told)


def caption(text: str) -> str:
    (found,) = re.findall(r"\\caption\[.*?\]\{(.*)\}$", text, flags=re.MULTILINE)
    return str(found)


def test_headers_name_outputs_as_soon_as_one_is_not_the_declared_one() -> None:
    """Of the declared one alone, as in the usual table, they need not."""
    assert headers(*MIXED) == ["arm", "FID ↓ final", "KID ↓ Δ to baseline", "FID ↓ p (Holm)"]
    assert headers("fid", "n", "p")[1:] == ["FID ↓ final", "modes ↑ n", "modes ↑ p"]
    assert headers("fid.best_mean", "healthy")[1:] == ["FID ↓ best", "healthy"]
    assert headers("difference", "p_holm")[1:] == ["Δ to baseline", "p (Holm)"]


def test_the_p_of_a_verdict_says_of_which() -> None:
    """Two columns called p would not tell which is of the scores."""
    assert headers("p_holm", "healthy.p")[1:] == ["p (Holm)", "healthy p (Holm)"]


@pytest.mark.parametrize(
    ("columns", "leading"),
    [
        (("fid",), "fid"),
        (("kid.difference", "healthy"), "kid"),
        (("fid", "modes"), "modes"),
        (("p", "kid"), "modes"),
        (("fid", "kid"), None),
        (("healthy", "seconds"), None),
    ],
)
def test_names_are_bold_by_the_table_s_own_output(columns: tuple[str, ...], leading: str | None) -> None:
    """The declared one if it is shown, else the only one; of several others none leads, nor of no scores."""
    found = view(three_outputs(), shape(*columns))
    assert first(found, MAIN).leading == leading
    best = {BEST[leading]} if leading else set()
    assert bold_names(*columns) == best
    assert {row.name for row in page_table(found).rows if row.strong} == best


def test_captions_name_what_is_shown() -> None:
    """Output and arms, in every format that has a caption."""
    found, mixed, none = three_outputs(), shape(*MIXED), shape("healthy")
    part = shape("fid", arms=("ns*", "w"))
    assert main_table(view(found, mixed)).caption == "FID ↓, KID ↓: every arm"
    assert main_table(view(found, part)).caption == "FID ↓: 3 of 6 arms"
    assert page_table(view(found, mixed)).caption == "Every arm on FID and KID"
    assert page_table(view(found, part)).caption == "3 of 6 arms on FID"
    assert page_table(view(found, none)).caption == "Every arm"
    assert caption(tex(found, mixed)).startswith("FID (lower is better) and KID (lower is better) of every")
    assert caption(tex(found, part)).startswith("FID (lower is better) of 3 of 6 arms, study")
    assert caption(tex(found, none)) == "Every arm, study x. "
    for shaped in (mixed, part):
        assert "modes" not in caption(tex(found, shaped))
    assert "<caption>FID ↓: 3 of 6 arms</caption>" in html(found, part)


@pytest.mark.parametrize("columns", [("fid",), ("fid", "fid.p_holm"), MIXED])
def test_another_output_is_exploratory_wherever_it_is_shown(columns: tuple[str, ...]) -> None:
    """With or without its p-values; the declaration that stands above them is about another output."""
    found = three_outputs()
    for made in (markdown, html, tex, page):
        told = made(found, shape(*columns))
        assert re.search(f"FID (↓|\\$\\\\downarrow\\$) (—|---) [^\n]*{EXPLORATORY}", told), made
    assert EXPLORATORY not in notes("final", "difference", "p_holm")


def test_notes_are_about_the_columns_that_are_shown() -> None:
    """A ceiling of an output that is not there, Δ or p without their columns: nothing of it."""
    alone = notes("fid")
    assert "ceiling" not in alone and "Δ" not in alone and "Best:" not in alone and "n: runs" not in alone
    assert "Wilson" not in alone and "Intervals: 95 % Student-t over seeds." in alone
    assert "ceiling" in notes("modes") and "ceiling" not in notes("modes.p")
    assert "p: " not in notes("difference") and "Δ: paired by seed." in notes("difference")
    assert "Best: each run's" in notes("best") and "n: runs with" in notes("n")
    assert notes("healthy") == "Intervals: 95 % Wilson for shares of the runs that ended."
    assert notes("seconds") == ""
    both = notes("p", "p_holm")
    assert "p (Holm): corrected for 5 comparisons" in both and "uncorrected" not in both
    assert (
        "d_z: Δ over" in notes("d_z") and "IQM: mean" in notes("median") and "McNemar" in notes("healthy.p")
    )


def test_of_several_outputs_notes_say_which_they_are_about() -> None:
    """p of the one, Δ of the other."""
    told = notes(*MIXED)
    assert re.search("^FID ↓ — p: two-sided sign-flip test", told, flags=re.MULTILINE)
    assert re.search("^KID ↓ — Δ: paired by seed", told, flags=re.MULTILINE)
    assert "modes ↑ — The ceiling" in notes("fid", "modes")
    assert "of names, by the final modes ↑" in notes("fid", "modes")


def test_signs_are_explained_if_and_only_if_they_stand_in_the_table() -> None:
    """In text and in LaTeX: bold, one dagger, two."""
    seen = set()
    for columns in (
        ("fid",),
        ("modes",),
        ("kid", "fid"),
        ("fid", "modes"),
        ("fid.p", "kid.p"),
        ("kid.best",),
    ):
        for failing in (False, True):
            found = three_outputs(failing)
            table = main_table(view(found, shape(*columns)))
            cells = [cell for row in table.rows for cell in row]
            told, above = notes(*columns, failing=failing), caption(tex(found, shape(*columns)))
            assert ("Bold" in told) == any(cell.bold for cell in cells) == ("Bold" in above)
            for sign, macro in (("†", "^{\\dagger}"), ("‡", "^{\\ddagger}")):
                there = any(sign in cell.tail for cell in cells)
                assert (sign in told) == there == (macro in above), (columns, failing, sign)
                seen.add((sign, there))
    assert len(seen) == 4, "each sign was there, and was not"


def test_what_failures_leave_out_is_told_without_a_sign_too() -> None:
    """A difference of the survivors is as flattered as their mean."""
    assert "‡ w + on: 1 of 6 runs" in notes("fid", failing=True)
    assert "w + on: 1 of 6 runs" in notes("fid.difference", failing=True)
    assert "‡" not in notes("fid.difference", failing=True)


def test_only_differences_of_the_page_s_own_output_are_drawn() -> None:
    """A drawing of modes beside the Δ of KID would be of other numbers."""
    found = three_outputs()

    def drawn(*columns: str) -> tuple[list[str], bool]:
        table = page_table(view(found, shape(*columns)))
        there = any("drawing beside" in note for note in table.notes)
        return [column.label for column in table.columns if column.drawn], there

    assert drawn("modes", "kid.difference") == ([], False)
    assert drawn("difference", "kid.difference") == (["modes ↑ Δ to baseline"], True)
    assert drawn("kid", "kid.difference") == (["KID ↓ Δ to baseline"], True)
    kid = page_table(view(found, shape("kid.difference")))
    fid = page_table(view(found, shape("fid.difference")))
    assert [row.drawn for row in kid.rows] != [row.drawn for row in fid.rows], "of its own scores"
    assert page(found, shape("kid.difference")).count('<svg class="forest"') == 5
