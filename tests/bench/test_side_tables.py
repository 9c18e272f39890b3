"""A comparison set by LaTeX: every cell in its own column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from latex import compiled, compiler
from made_results import made

from bench.side_by_side import compare
from bench.side_tables import latex
from bench.sides import sides


@pytest.mark.skipif(compiler() is None, reason="there is no pdflatex")
def test_rows_end_where_they_should(tmp_path: Path) -> None:
    """A row that ran on into the next would be wider than the text by whole columns."""
    scores = [1.25, 3.5, None, 4.75]
    studies = {"one": made("one", {"a": scores, "b": scores[::-1]}), "two": made("two", {"a": scores})}
    found = compare(sides(["one:*", "two:*"], None, studies.__getitem__))
    (tmp_path / "compared.tex").write_text(latex(found))
    assert compiled([tmp_path / "compared.tex"], tmp_path) == []
    log = (tmp_path / "document.log").read_text(encoding="latin-1")
    assert [width for width in re.findall(r"Overfull \\hbox \((\d+)", log) if int(width) > 20] == []


@pytest.mark.skipif(compiler() is None, reason="there is no pdflatex")
@pytest.mark.parametrize("arms", [2, 7, 40])
def test_every_float_fits_the_page_and_the_line(tmp_path: Path, arms: int) -> None:
    """However many arms with long names; every arm has its row, every caption says what is mixed."""
    names = [f"non_saturating + instance_noise(sigma=0.3, until=0.8) + r1(gamma={at})" for at in range(arms)]
    scores = [1000.25, 3.5, None, 4.75]
    of = dict.fromkeys(names, scores)
    studies = {"one_of_two": made("one_of_two", of), "two": made("two", of, data="a long name of a grid")}
    found = compare(sides(["one_of_two:*", "two:*"], None, studies.__getitem__))
    text = latex(found)
    (tmp_path / "compared.tex").write_text(text)
    assert compiled([tmp_path / "compared.tex"], tmp_path) == []
    log = (tmp_path / "document.log").read_text(encoding="latin-1")
    assert [width for width in re.findall(r"Overfull \\[hv]box \(([\d.]+)", log) if float(width) > 5.0] == []
    assert text.count("\\tabularnewline") == len(found.outputs) * 2 * arms + sum(
        len(rows) for rows in (found.across.outputs.values() if found.across else ())
    )
    assert text.count("(mixed protocols") >= len(found.outputs) and text.count("Mixed protocols:") == 1
    assert ("(part 2 of" in text) == (arms > 2)
