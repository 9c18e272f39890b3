"""Pictures of a run's samples, step by step."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench.tracking import pictures, sync
from bench.tracking.held import held_of
from bench.tracking.pictures import every_picture, last_pictures, local_folder

STUDY = "does-noise-help"


@pytest.mark.parametrize("local", [True, False])
def test_every_step_has_its_picture_and_the_last_is_the_last(
    journal: Path, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    """Read where they lie, or through MLflow's client; thumbnails are no pictures of their own."""
    for path in (journal.parent / "samples").glob("*.png"):
        Image.new("RGB", (600, 300)).save(path)
    sync(journal, store)
    (run,) = held_of(store, STUDY, ["run-0-0"]).values()
    names = sorted(path.name for path in (local_folder(run.artifacts) or Path()).glob("images/*"))
    assert len(names) == 4 and [name.endswith("+compressed.webp") for name in names] == [True, False] * 2
    (small, *_) = (local_folder(run.artifacts) or Path()).glob("images/*.webp")
    with Image.open(small) as image:
        assert image.size == (256, 128), "as MLflow's own"
    if not local:
        monkeypatch.setattr(pictures, "local_folder", lambda artifacts: None)
    found = every_picture(store, STUDY, ["run-0-0", "nobody"], tmp_path / "a")
    assert list(found) == ["run-0-0"] and list(found["run-0-0"]) == [500, 1000]
    last = last_pictures(store, STUDY, ["run-0-0"], tmp_path / "b")["run-0-0"]
    assert "+step+1000+" in last.name
    assert last.read_bytes() == (journal.parent / "samples" / "run-0-0.png").read_bytes()


def test_pictures_of_earlier_records_are_found(journal: Path, store: str, tmp_path: Path) -> None:
    """They were called samples/step-000500.png."""
    sync(journal, store)
    (run,) = held_of(store, STUDY, ["run-1-0"]).values()
    folder = local_folder(run.artifacts)
    assert folder is not None
    (folder / "samples").mkdir()
    for path in list((folder / "images").glob("*.png")):
        path.rename(folder / "samples" / f"step-{int(path.name.split('+')[2]):06d}.png")
    assert list(every_picture(store, STUDY, ["run-1-0"], tmp_path)["run-1-0"]) == [500, 1000]
    assert last_pictures(store, STUDY, ["run-1-0"], tmp_path)["run-1-0"].name == "step-001000.png"


def test_only_folders_of_this_machine_are_local() -> None:
    """Names with spaces and per cent signs included."""
    assert local_folder(Path("/a b/50%").as_uri()) == Path("/a b/50%")
    assert local_folder("/plain/path") == Path("/plain/path")
    assert local_folder("mlflow-artifacts:/1/r") is None and local_folder("s3://bucket/x") is None
