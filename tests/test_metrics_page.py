"""docs/metrics.md names every metric, and every number it reports, and nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.features.extractor import INCEPTION
from bench.metrics.base import Metric
from bench.registries import METRICS
from bench.study_keys import DEFAULT_METRICS
from gan.build import component
from gan.data.digits import Digits
from gan.data.mnist import Mnist
from gan.recipe import Choice
from gan.registry import DATA

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
NAMES = METRICS.names()


def rows() -> dict[str, list[str]]:
    """The cells of the table's line about each metric."""
    lines = [line.strip("|").split(" | ") for line in PAGE.splitlines() if line.startswith("| [`")]
    return {re.findall(r"`(\w+)`", cells[0])[0]: [cell.strip() for cell in cells] for cells in lines}


def reported(name: str) -> set[str]:
    """Every output on any data set that the metric fits."""
    metric: Metric = METRICS.load(name)()
    sets = [component("data", Choice.of(DATA, data)) for data in DATA.names()]
    return {output.name for data in sets if metric.fits(data) is None for output in metric.outputs(data)}


def test_the_table_has_a_line_for_every_metric_the_default_ones_first() -> None:
    """And for none that is not there."""
    names = list(rows())
    assert sorted(names) == sorted(NAMES)
    assert names[: len(DEFAULT_METRICS)] == list(DEFAULT_METRICS)


@pytest.mark.parametrize("name", NAMES)
def test_a_line_says_everything(name: str) -> None:
    """What it sees, what it does not, how many samples, at what cost, from where; no cell is empty."""
    cells = rows()[name]
    assert len(cells) == 6 and all(cells), "six columns"
    assert f"(#{name})" in cells[0] and f"\n### {name}\n" in PAGE, "it leads to a paragraph"
    assert re.search(r"\d", cells[3]), "a number of samples"
    assert re.fullmatch(r"\d+(\.\d+)?|—", cells[4]), "a ratio, of what scores images"
    sources = re.findall(r"(?:arxiv.org/abs/|doi.org/)([^)]+)\)", cells[5])
    assert sources
    assert all(source in METRICS.spec(name).doc for source in sources), "the sources that its file names"


def measured() -> dict[tuple[str, str], list[str]]:
    """The cells of results/speed/scoring.md, by case and contestant."""
    text = (ROOT / "results" / "speed" / "scoring.md").read_text(encoding="utf-8")
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    return {(cells[0], cells[1]): cells for cells in lines}


@pytest.mark.parametrize("name", NAMES)
def test_a_cost_is_the_measured_one(name: str) -> None:
    """As published, rounded; of the one metric that declines small images, on larger ones."""
    lines = measured()
    if METRICS.load(name)().fits(Digits()) and METRICS.load(name)().fits(Mnist()):
        assert rows()[name][4] == "—", "nothing is measured that could be compared with `fid`"
        return
    cells = lines.get(("each metric, 8x8 images", name)) or lines["each metric, 28x28 images", name]
    ratio = float(re.findall(r"\*\*([\d.]+)\*\*", cells[3])[0])
    assert float(rows()[name][4]) == pytest.approx(ratio, abs=0.0501)


def test_the_cost_of_the_default_set_is_the_measured_one() -> None:
    """Of both, in milliseconds, from one table."""
    whole, alone = (
        float(measured()[f"{what}, 8x8 images", "ganbench"][2]) for what in ("default set", "fid")
    )
    assert f"costs {whole / alone:.1f}. " in PAGE


@pytest.mark.parametrize("name", NAMES)
def test_a_paragraph_names_the_numbers_that_are_reported(name: str) -> None:
    """All of them, and no others."""
    paragraph = PAGE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    (listed,) = re.findall(r"^Reports (.*?)\.\n\n", paragraph, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", listed)) == reported(name)


def test_whatever_looks_like_a_name_exists() -> None:
    """Every word in code type is a metric, an output, an option or a command."""
    known = {*NAMES, *(output for name in NAMES for output in reported(name))}
    known |= {"metrics", "samples", "headline", "comparison.md", "vgg16", f"extractor: {INCEPTION}"}
    known |= {"ganbench check", "ganbench run", "ganbench list metric fid", "nox -s bench"}
    known |= {"ganbench train-classifier", "extractor: FILE.safetensors", "--mix-protocols"}
    known |= {"{kid: {subsets: 100}}", *DATA.names()}
    assert set(re.findall(r"`([^`]+)`", PAGE)) <= known


def test_the_readme_leads_to_it() -> None:
    assert "](docs/metrics.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
