"""Compiles LaTeX tables as a paper would: `nox -s latex` does it with those of every study under results/."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PAGE = 597.5
"""Points of an A4 page's width."""
TEXT = 345.0
"""Of the text in a plain article."""
DOCUMENT = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n%s\n\\end{document}\n"


def compiler() -> str | None:
    """pdflatex, if there is one."""
    return shutil.which("pdflatex")


def compiled(tables: Sequence[Path], folder: Path) -> list[str]:
    """Compile a document in `folder` that inputs the tables; what is wrong with it, a line each."""
    for number, table in enumerate(tables):
        shutil.copy(table, folder / f"table{number}.tex")
    inputs = "\n".join(f"\\input{{table{number}.tex}}\n\\clearpage" for number in range(len(tables)))
    (folder / "document.tex").write_text(DOCUMENT % inputs, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "document.tex"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    log = (folder / "document.log").read_text(encoding="latin-1")
    return problems(log) + (["pdflatex failed"] if ended.returncode else [])


def problems(log: str) -> list[str]:
    """Errors, boxes that stick out beyond the page's edge, and tables taller than a page."""
    wrong = [line for line in log.splitlines() if line.startswith("!") or "Missing character" in line]
    wide = re.findall(r"Overfull \\hbox \((\d+\.\d+)pt too wide\).*", log)
    wrong += [f"{points} pt too wide" for points in wide if float(points) > (PAGE - TEXT) / 2.0]
    return wrong + re.findall(r"LaTeX Warning: Float too large for page by [\d.]+pt", log)


def main(tables: Sequence[str]) -> int:
    """Compile these, and a hostile one; 1 if anything is wrong."""
    from reports.hostile import hostile

    from bench.reports.comparison_tex import ComparisonTex

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (worst,) = ComparisonTex().write(hostile(), folder / "hostile")
        wrong = compiled([worst, *map(Path, tables)], folder)
    print("\n".join(wrong) or f"{len(tables) + 1} tables compile")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent / "bench"))
    raise SystemExit(main(sys.argv[1:]))
