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
