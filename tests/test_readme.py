"""The README says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bench.study import parse

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_table_is_the_published_one() -> None:
    """Nobody types a result by hand."""
    published = (ROOT / "results" / "quickstart" / "comparison.md").read_text(encoding="utf-8").splitlines()
    (table,) = re.findall(r"(?:^\| .*\n)+", README.partition("## Ask")[0], flags=re.MULTILINE)
    lines = table.splitlines()
    missing = [line for line in lines if line not in published]
    assert missing == [], "run `nox -s results`, then copy the table"


def test_its_study_is_a_study(tmp_path: Path) -> None:
    """What it tells people to write is accepted."""
    (example,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    study = parse(example, tmp_path / "example.yaml")
    assert set(study.factors) == set(yaml.safe_load(example)["factors"])


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", README))
def test_its_links_lead_somewhere(target: str) -> None:
    """Files that it points to exist."""
    assert (ROOT / target).is_file()


@pytest.mark.parametrize("study", sorted((ROOT / "studies").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_studies_that_come_with_it_are_valid(study: Path) -> None:
    """Every file under studies/ can be run."""
    parse(study.read_text(encoding="utf-8"), study)
