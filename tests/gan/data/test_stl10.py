"""Bytes come column by column, classes count from one, and images may be reduced."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from archives import noise, refuses, scaled

from gan.data.stl10 import Stl10

TEST = Stl10(split="test")


def _write(
    root: Path, images: bytes, labels: bytes | None = b"\x01\x0a\x0a\x03", split: str = "test"
) -> Path:
    folder = root / "stl10_binary"
    folder.mkdir(exist_ok=True)
    (folder / f"{split}_X.bin").write_bytes(images)
    if labels is not None:
        (folder / f"{split}_y.bin").write_bytes(labels)
    return root


def test_images_and_classes(tmp_path: Path) -> None:
    """A byte's place in the file is ((image * 3 + colour) * 96 + column) * 96 + row."""
    pixels = noise(4 * 3 * 96 * 96)
    samples = TEST.load(_write(tmp_path, pixels.tobytes()))
    for image, colour, column, row in ((0, 0, 1, 0), (3, 2, 95, 7), (2, 1, 13, 90)):
        place = ((image * 3 + colour) * 96 + column) * 96 + row
        assert float(samples.x[image, colour, row, column]) == pytest.approx(scaled(pixels[place]), abs=1e-6)
    assert samples.priors.tolist() == [0.25, 0, 0.25, 0, 0, 0, 0, 0, 0, 0.5]


def test_images_are_reduced_without_aliasing(tmp_path: Path) -> None:
    """A checkerboard of single pixels becomes grey; flat colours stay what they are."""
    board = np.indices((96, 96)).sum(axis=0) % 2 * 255
    images = np.stack([np.broadcast_to(board, (3, 96, 96)), np.full((3, 96, 96), 200)]).astype(np.uint8)
    data = Stl10(split="unlabeled", side=48)
    samples = data.load(_write(tmp_path, images.tobytes(), None, "unlabeled"))
    assert samples.x.shape[1:] == data.shape == (3, 48, 48) and data.modes == len(samples.priors) == 1
    inner = samples.x[0, :, 4:-4, 4:-4]
    assert float(inner.abs().max()) < 0.02
    torch.testing.assert_close(samples.x[1], torch.full((3, 48, 48), 200 / 127.5 - 1.0))


@pytest.mark.parametrize("images", [b"", bytes(27_647), bytes(2 * 27_648 + 1)])
def test_a_broken_file_is_named(tmp_path: Path, images: bytes) -> None:
    refuses(TEST, _write(tmp_path, images), "test_X.bin", "96 x 96", "--download", "--data-root")


@pytest.mark.parametrize(("labels", "words"), [(b"\x01", "2 images but 1 labels"), (b"\x00\x01", "1 to 10")])
def test_labels_must_be_there_for_every_image(tmp_path: Path, labels: bytes, words: str) -> None:
    refuses(TEST, _write(tmp_path, bytes(2 * 27_648), labels), "test_y.bin", words, "--download")


def test_missing_files_say_where(tmp_path: Path) -> None:
    """Of images and of labels."""
    refuses(TEST, tmp_path, tmp_path / "stl10_binary", "test_X.bin", "--download", "--data-root")
    refuses(TEST, _write(tmp_path, bytes(27_648), None), "test_y.bin", "--download", "--data-root")
