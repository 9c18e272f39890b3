"""What is written in a docstring is what is read on the page."""

from __future__ import annotations

import pytest

from bench.markdown import escaped, rendered, table


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("V* and a_b < c~d [1, 2]", r"V\* and a\_b \< c\~d \[1, 2\]"),
        ("`a_b` is a_b", r"`a_b` is a\_b"),
        ("2018, arXiv:1801.04406.", "2018, [arXiv:1801.04406](https://arxiv.org/abs/1801.04406)."),
        (
            "doi:10.1016/0375-9601(87)90796-1 (inverse).",
            "[doi:10.1016/0375-9601(87)90796-1](https://doi.org/10.1016/0375-9601(87)90796-1) (inverse).",
        ),
        ("(doi:10.1/x).", "(doi:10.1/x)."),
        ("see doi:10.5281/zenodo.49;", "see [doi:10.5281/zenodo.49](https://doi.org/10.5281/zenodo.49);"),
        ("(doi:10.1109/T.47).", "([doi:10.1109/T.47](https://doi.org/10.1109/T.47))."),
    ],
)
def test_markup_by_chance_is_escaped_and_sources_are_links(text: str, wanted: str) -> None:
    """Names in backquotes stay as they are; the punctuation after a source is not part of it."""
    assert escaped(text) == wanted


def test_equations_are_blocks_and_paragraphs_are_lines() -> None:
    """Indented lines keep their own indentation, even across an empty line; others are joined."""
    doc = "One.\n\n    a = b*\n      + c\n\n    d\n\nTwo a*\nthree\n    e\nfour"
    assert rendered(doc) == (
        "One.\n\n```text\na = b*\n  + c\n\nd\n```\n\nTwo a\\* three\n\n```text\ne\n```\n\nfour"
    )


def test_a_bar_in_a_cell_is_no_column() -> None:
    """Column by column, rows beneath a rule."""
    made = table({"a": ["1", "x | y"], "b": ["2", ""]})
    assert made == "| a | b |\n| --- | --- |\n| 1 | 2 |\n| x \\| y |  |"
