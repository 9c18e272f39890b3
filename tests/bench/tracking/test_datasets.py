"""Which data set MLflow lists a run under."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.journal import Journal
from bench.tracking import sync
from bench.tracking.client import connect
from bench.tracking.datasets import dataset

START: dict[str, Any] = {"recipe": {"data": {"name": "ring", "knobs": {"modes": 8}}}}


def test_the_digest_is_of_the_images_or_of_the_options() -> None:
    """Other options are other data; a start without a recipe says nothing."""
    made = dataset(START, {"images_sha256": None})
    assert made is not None and made.name == "ring" and made.options == '{"modes": 8}'
    other = dataset({"recipe": {"data": {"name": "ring", "knobs": {"modes": 9}}}}, {})
    assert other is not None and other.digest != made.digest
    images = dataset(START, {"images_sha256": "ab" * 32})
    assert images is not None and images.digest == ("ab" * 32)[:36] and "ab" * 32 in images.source
    assert dataset({}, {}) is None


def test_a_replay_lists_it_once(journal: Path, store: str) -> None:
    """With its context, on the run."""
    run = {"run": "run-0-9", "arm": "arm0", "seed": 9, **START}
    Journal(journal).append({"type": "start", **run})
    for _ in range(2):
        sync(journal, store)
        journal.with_name("mirror.json").unlink()
    (found,) = connect(store).search_runs(["1"], "tags.`ganbench.run_id` = 'run-0-9'")
    (held,) = found.inputs.dataset_inputs
    assert (held.dataset.name, held.dataset.source_type) == ("ring", "ganbench")
    assert [(tag.key, tag.value) for tag in held.tags] == [("mlflow.data.context", "training")]
