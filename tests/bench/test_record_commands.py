"""`ganbench sync` completes what MLflow has not taken, from the journal alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.cli import app
from bench.tracking import Mirror, read

NAME = "does-noise-help"


def sync(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["sync", *map(str, arguments)])


@pytest.mark.parametrize("word", ["studies/{name}.yaml", "{name}", "{folder}"])
def test_a_study_is_named_by_its_file_its_name_or_its_folder(journal: Path, store: str, word: str) -> None:
    """Whether or not the file still exists."""
    results, folder = journal.parent.parent, journal.parent
    found = sync(word.format(name=NAME, folder=folder), "--results", results)
    assert found.exit_code == 0, found.output
    events = journal.read_text().count("\n")
    assert f"{NAME}: {events} events sent; MLflow at {store} has everything." in found.output
    assert len(read(store, NAME).runs) == 6


def test_all_studies_are_completed_and_nothing_is_sent_twice(journal: Path, store: str) -> None:
    """Without a name it is every study in the results."""
    results = journal.parent.parent
    assert sync("--results", results).exit_code == 0
    again = sync("--results", results)
    assert again.exit_code == 0 and again.output.strip() == f"{NAME}: MLflow at {store} has everything."


def test_nobody_answering_is_status_1_and_says_how_to_go_on(journal: Path) -> None:
    """Without the password of the address."""
    found = sync(NAME, "--results", journal.parent.parent, "--tracking-uri", "http://a:s3cret@127.0.0.1:9")
    assert found.exit_code == 1
    assert "nothing listens there" in found.output and "Try again with: ganbench" in found.output
    assert "s3cret" not in found.output and "***" in found.output


def test_a_mirrored_study_is_left_to_its_mirror(journal: Path, store: str) -> None:
    """It says which process that is."""
    mirror = Mirror(journal, store, every=0.05).start()
    assert mirror.wait(120.0)
    found = sync(NAME, "--results", journal.parent.parent)
    assert found.exit_code == 1 and f"process {mirror.status.process} on " in found.output
    mirror.close()


def test_a_study_that_was_never_run_is_a_mistake(journal: Path, tmp_path: Path) -> None:
    """The nearest name is told; an address of a kind that MLflow has not is refused, too."""
    results = journal.parent.parent
    wrong = sync("does-noise-hlep", "--results", results)
    assert wrong.exit_code == 2 and f"did you mean '{NAME}'?" in wrong.output
    assert sync("--results", tmp_path / "empty").exit_code == 2
    scheme = sync(NAME, "--results", results, "--tracking-uri", "htp://host")
    assert scheme.exit_code == 2 and "scheme" in scheme.output
