"""The LaTeX table: it compiles as it is, whatever things are called and however many they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from factor_studies import study
from hypothesis import given, settings
from hypothesis import strategies as st
from latex import compiled, compiler, problems
from reports.hostile import hostile

from bench.reports._tex import breakable, escape
from bench.reports.base import Shape
from bench.reports.comparison_tex import ComparisonTex, tex

needs_latex = pytest.mark.skipif(compiler() is None, reason="there is no pdflatex")


@needs_latex
def test_hostile_names_compile(tmp_path: Path) -> None:
    """In cells, caption, label and notes; as a table of arms and as one of two factors."""
    whole, pivot = (tmp_path / name for name in ("whole", "pivot"))
    found = [*ComparisonTex().write(hostile(), whole)]
    levels = ["off", "a_b%", "x" * 90, "\U0001f600 αβ"]
    two = study({"f#": levels, "g&": levels}, lambda chosen, seed: float(seed))
    found += ComparisonTex().write(two, pivot, Shape(pivot=("f#", "g&")))
    assert compiled(found, tmp_path) == []


@needs_latex
def test_a_hundred_arms_take_several_pages(tmp_path: Path) -> None:
    """Each a float of its own that is no taller than the page."""
    levels = [f"a_rather_long_level_{index}" for index in range(100)]
    found = ComparisonTex().write(study({"f": levels}, lambda chosen, seed: float(seed)), tmp_path / "many")
    text = found[0].read_text()
    assert 3 <= text.count("\\begin{table}") <= 8 and "(part 1 of" in text
    assert all(text.count(escape(level) + " &") <= 1 for level in levels)
    assert compiled(found, tmp_path) == []


def test_a_log_is_read_rightly() -> None:
    """Errors and boxes wider than the page are told, those that only touch the margin are not."""
    log = (
        "! Undefined control sequence.\nOverfull \\hbox (4.5pt too wide)\nOverfull \\hbox (200.1pt too wide)"
    )
    assert problems(log) == ["! Undefined control sequence.", "200.1 pt too wide"]


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=30))
def test_every_text_is_plain_ascii_without_a_command_of_its_own(text: str) -> None:
    """Braces are balanced, and what is special to TeX stands behind a backslash or in a macro of ours."""
    for made in (escape(text), breakable(text)):
        assert made.isascii()
        assert not re.search(r"(?<!\\)[%#&_~]", made), "nothing special is bare"
        plain = re.sub(r"\\[{}]", "", made)
        depth = 0
        for sign in plain:
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0
        assert depth == 0
        commands = set(re.findall(r"\\([A-Za-z]+)", made))
        assert not commands & {"input", "end", "begin", "def", "write", "openout"}


def test_signs_that_papers_use_are_macros_and_the_rest_are_codes() -> None:
    """Greek, arrows and times in mathematics, accents as accents, an emoji by its number."""
    assert escape("α × Ω → ≤") == r"$\alpha$ $\times$ $\Omega$ $\rightarrow$ $\leq$"
    assert escape("é") == r"{\'{e}}" and escape("\U0001f600") == "{[}U+1F600{]}"
    assert escape("a--b") == "a{-}{-}b", "two hyphens stay two"
    assert escape("\\end{table}") == r"\textbackslash{}end\{table\}"


def test_a_name_of_no_letters_has_a_label_all_the_same() -> None:
    """Labels hold letters, digits and hyphens only."""
    text = tex(hostile())
    (label,) = re.findall(r"\\label\{([^}]*)\}", text)[:1]
    assert re.fullmatch(r"tab:[A-Za-z0-9-]+", label)
