"""Batches in their official form are read exactly; whatever else is in a pickle is never run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives import noise, pickled, refuses, scaled

from gan.data.cifar10 import Cifar10
from gan.data.errors import DataError

TEST = Cifar10(split="test")


def batch(count: int = 3, seed: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "batch_label": "testing batch 1 of 1",
        "data": noise(count, 3072, seed=seed),
        "labels": [index % 10 for index in range(count)],
        "filenames": [f"image_{index}.png" for index in range(count)],
        **changes,
    }


def write(root: Path, content: bytes, name: str = "test_batch") -> Path:
    folder = root / "cifar-10-batches-py"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return root


def test_pixels_and_labels_are_those_of_the_batches(tmp_path: Path) -> None:
    """Five training batches one after the other; a row is red, green, blue, each from the top left on."""
    for index in range(1, 6):
        write(tmp_path, pickled(batch(4, seed=index)), f"data_batch_{index}")
    samples = Cifar10().load(tmp_path)
    rows = np.concatenate([noise(4, 3072, seed=index) for index in range(1, 6)])
    for row, image in zip(rows, samples.x.numpy(), strict=True):
        for channel, (top, left) in ((0, (0, 0)), (1, (0, 31)), (2, (31, 7))):
            value = scaled(row[1024 * channel + 32 * top + left])
            assert image[channel, top, left] == pytest.approx(value, abs=1e-6)
    assert samples.priors.tolist() == [0.25] * 4 + [0.0] * 6


# Written by Python 2 and NumPy 1, as the official batches are: an array of [[1, 2], [3, 4]] as bytes.
PYTHON_2 = (
    b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85"
    b"U\x01b\x87Rq\x05(K\x01K\x02K\x02\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNN"
    b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x04\x01\x02\x03\xfftbu."
)


def test_arrays_of_python_2_are_rebuilt(tmp_path: Path) -> None:
    """Bytes that were text then, those above 127 too."""
    from gan.data import _pickles

    (tmp_path / "old").write_bytes(PYTHON_2)
    assert _pickles.load(tmp_path / "old")["data"].tolist() == [[1, 2], [3, 255]]


class Trap:
    """What a pickle may ask for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("inside", [lambda trap: trap, lambda trap: {**batch(), "labels": [trap]}])
def test_a_pickle_that_asks_for_a_call_is_refused_before_it(tmp_path: Path, inside: Any) -> None:
    """Nothing is made, and the message says what it asked for."""
    trap = tmp_path / "sprung"
    write(tmp_path, pickled(inside(Trap(trap))))
    refuses(TEST, tmp_path, "test_batch", "mkdir", "--download", "--data-root")
    assert not trap.exists()


@pytest.mark.parametrize("name", ["eval", "exec", "getattr", "__import__"])
def test_builtins_are_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, b"cbuiltins\n" + name.encode() + b"\n(S'1'\ntR.")
    refuses(TEST, tmp_path, name)


def test_no_codec_but_the_one_of_old_pickles_is_called(tmp_path: Path) -> None:
    """Codecs may be anything that somebody registered."""
    write(tmp_path, b"c_codecs\nencode\n(Vx\nS'rot13'\ntR.")
    refuses(TEST, tmp_path, "rot13")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not a batch"),
        (b"no pickle at all", "not a batch"),
        (pickled(batch())[:-2000], "not a batch"),
        (pickled([1, 2]), "no `data`"),
        (pickled({"data": noise(2, 3072)}), "`labels`"),
        (pickled(batch(data=noise(3, 3071))), "3072 bytes"),
        (pickled(batch(data=noise(3, 3072).astype(float))), "3072 bytes"),
        (pickled(batch(data=[[0] * 3072] * 3)), "3072 bytes"),
        (pickled(batch(labels=[1, 2])), "3 images but 2 labels"),
        (pickled(batch(labels=[1, 2, 10])), "outside 0 to 9"),
        (pickled(batch(labels=[1, 2, -1])), "outside 0 to 9"),
        (pickled(batch(labels=["a", 1, 2])), "whole numbers"),
    ],
)
def test_a_batch_that_is_none_is_named(tmp_path: Path, content: bytes, word: str) -> None:
    """With what is wrong, and both ways out."""
    write(tmp_path, content)
    refuses(TEST, tmp_path, "test_batch", word, "--download", "--data-root")


def test_a_missing_batch_is_named(tmp_path: Path) -> None:
    """The first that is not there, though others are."""
    write(tmp_path, pickled(batch()), "data_batch_1")
    refuses(Cifar10(), tmp_path, "data_batch_2", tmp_path / "cifar-10-batches-py")


def test_a_download_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one is not begun where everything is there."""
    from torchvision.datasets import utils

    def fails(*args: object, **kwargs: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(utils, "download_and_extract_archive", fails)
    with pytest.raises(DataError, match=r"CIFAR-10 could not be downloaded to .*: no network"):
        TEST.load(tmp_path, download=True)
    write(tmp_path, pickled(batch()))
    assert len(TEST.load(tmp_path, download=True).x) == 3
