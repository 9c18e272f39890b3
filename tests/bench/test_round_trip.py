"""A report from a file is the report from MLflow, byte for byte, as far as the file holds what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench import reporting
from bench.export import write
from bench.rows import Results, results
from bench.sources import of_file
from bench.tracking import sync

TABLES = "md,csv,tex,html"


@pytest.fixture
def recorded(journal: Path, store: str) -> Results:
    """A small study as MLflow holds it, with pictures that are pictures."""
    for number, path in enumerate(sorted((journal.parent / "samples").glob("*.png"))):
        Image.new("L", (24, 24), 40 * number).save(path)
    sync(journal, store)
    return results(store, "does-noise-help")


def _written(found: Results, formats: str, folder: Path) -> dict[str, bytes]:
    made = reporting.write(found, reporting.Call(reporting.chosen(formats), folder))
    return {str(path.relative_to(folder)): path.read_bytes() for path in made.files}


@pytest.mark.parametrize(
    "formats", [f"{TABLES},page,samples,animation", pytest.param("all", marks=pytest.mark.slow)]
)
def test_a_report_from_an_export(recorded: Results, tmp_path: Path, formats: str) -> None:
    """Every format, figures, samples and animation included."""
    write(recorded, tmp_path / "x.parquet", "all")
    first = _written(recorded, formats, tmp_path / "first")
    second = _written(of_file(tmp_path / "x.parquet"), formats, tmp_path / "second")
    assert {"comparison.md", "comparison.csv", "report.html", "samples.png"} <= set(first)
    assert first == second


def test_a_report_from_a_comparison(recorded: Results, tmp_path: Path) -> None:
    """Every table, the file itself included."""
    first = _written(recorded, TABLES, tmp_path / "first")
    second = _written(of_file(tmp_path / "first" / "comparison.csv"), TABLES, tmp_path / "second")
    assert first == second and len(first) == 4
