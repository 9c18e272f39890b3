"""What a node sees of the driver's folder."""

from __future__ import annotations

from pathlib import Path

from bench.executors.ray_task import SEAL, unshared


def test_storage_that_is_shared(tmp_path: Path) -> None:
    """A node that reads what the driver wrote may work for it."""
    (tmp_path / SEAL).write_text("seal")
    assert unshared(tmp_path, "seal", patience=0.0) is None


def test_storage_that_is_not_shared(tmp_path: Path) -> None:
    """No folder, or one of the same name with something else in it: nothing may be written there."""
    shared = "results must be on storage that all nodes share"
    gone = tmp_path / "gone"
    assert unshared(gone, "seal", 0.0) == f"{gone} cannot be read there (No such file or directory): {shared}"
    (tmp_path / SEAL).write_text("another")
    assert unshared(tmp_path, "seal", 0.0) == f"{tmp_path} holds something else there: {shared}"
