"""The cache: found by content or not at all, never trusted when damaged, never in the way."""

from __future__ import annotations

import hashlib
import multiprocessing
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from cache_writer import write_often
from pickle_trap import Trap
from torch import Tensor

from bench.metrics import _cache

TENSORS = {"features": torch.arange(12.0, dtype=torch.float64).reshape(4, 3), "logits": torch.zeros(4, 0)}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for one test."""
    path = tmp_path / "cache"
    monkeypatch.setenv("GANBENCH_CACHE", str(path))
    return path


def _equal(one: dict[str, Tensor] | None, other: dict[str, Tensor]) -> bool:
    return (
        one is not None and one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in other)
    )


def test_what_was_kept_is_found_to_the_last_bit() -> None:
    """Also tensors without elements, and such as are no contiguous memory."""
    _cache.save("a", TENSORS)
    assert _equal(_cache.load("a"), TENSORS)
    _cache.save("b", {"part": TENSORS["features"].T})
    assert _equal(_cache.load("b"), {"part": TENSORS["features"].T})
    assert _cache.load("c") is None


def test_what_is_kept_is_computed_once() -> None:
    """The second call reads."""
    calls: list[int] = []

    def compute() -> dict[str, Tensor]:
        calls.append(1)
        return TENSORS

    assert _equal(_cache.kept("a", compute), TENSORS) and _equal(_cache.kept("a", compute), TENSORS)
    assert calls == [1]


def test_every_bit_of_the_content_is_in_the_key() -> None:
    """Samples, their type and shape, and what is said about their use."""
    x = torch.zeros(4, 2, dtype=torch.float64)
    about: dict[str, Any] = {"extractor": ["a", "2048", "0f"], "split_seed": 0}
    other = x.clone()
    other[3, 1] = 5e-324
    keys = {
        _cache.key(x, about),
        _cache.key(other, about),
        _cache.key(x.reshape(2, 4), about),
        _cache.key(x[:3], about),
        _cache.key(torch.zeros(4, 2, 8, dtype=torch.uint8), about),
        _cache.key(x, about | {"split_seed": 1}),
        _cache.key(x, about | {"extractor": ["a", "2048", "1f"]}),
        _cache.key(x, about | {"extractor": ["a", "64", "0f"]}),
        _cache.key(x, about | {"extractor": ["b", "2048", "0f"]}),
        _cache.key(x, about | {"extractor": None}),
    }
    assert len(keys) == 10
    assert _cache.key(x.clone(), dict(reversed(about.items()))) in keys, "and nothing else"


@pytest.mark.parametrize("damage", ["torn", "bit", "empty", "pickle", "valid pickle", "header"])
def test_a_damaged_file_is_no_file(damage: str, folder: Path) -> None:
    """It is then computed anew and written again."""
    _cache.save("a", TENSORS)
    (path,) = folder.iterdir()
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[-20] ^= 1
    trace = folder / "trace"
    harmful = pickle.dumps(Trap(trace))
    damaged = {
        "torn": content[: len(content) // 2],
        "bit": bytes(flipped),
        "empty": b"",
        "pickle": harmful,
        "valid pickle": hashlib.sha256(harmful).digest() + harmful,
        "header": content[:32] + content[40:],
    }
    path.write_bytes(damaged[damage])
    assert _cache.load("a") is None
    assert not trace.exists(), "nothing was executed"
    _cache.save("a", TENSORS)
    assert _equal(_cache.load("a"), TENSORS)


def test_a_folder_that_cannot_be_used_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores are then computed each time."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path / "file"))
    _cache.save("a", TENSORS)
    assert _cache.load("a") is None


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_a_failed_write_leaves_nothing_behind(
    failing: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, a folder that is read-only."""

    def fails(*arguments: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, failing, fails)
        _cache.save("a", TENSORS)
    assert list(folder.iterdir()) == []
    assert _cache.load("a") is None


def test_the_folder_is_chosen_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GANBENCH_CACHE, else the user's cache folder."""
    assert _cache.folder() == tmp_path / "cache"
    monkeypatch.delenv("GANBENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert _cache.folder() == tmp_path / "ganbench"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert _cache.folder() == Path.home() / ".cache" / "ganbench"


@pytest.mark.parametrize(
    "worker",
    [threading.Thread, pytest.param(multiprocessing.get_context("spawn").Process, marks=pytest.mark.slow)],
    ids=["threads", "processes"],
)
def test_workers_that_write_at_once_leave_one_whole_file(worker: Any, folder: Path) -> None:
    """A reader sees one's or the other's, never a mixture, and never nothing once there was something."""
    _cache.save("a", {"part": torch.full((20_000,), 1.0)})
    workers = [worker(target=write_often, args=(str(folder), value)) for value in (1.0, 2.0)]
    for writer in workers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in workers):
        found = _cache.load("a")
        assert found is not None
        seen.add(tuple(found["part"].unique().tolist()))
    for writer in workers:
        writer.join()
        assert not getattr(writer, "exitcode", 0), "nobody failed"
    assert seen <= {(1.0,), (2.0,)}
    assert [path.name for path in folder.iterdir()] == ["a.safetensors"]
