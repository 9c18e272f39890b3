"""Its files are read as MNIST's are, but never MNIST's own, which have the same names."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from archives import noise, refuses, scaled

from gan.data.fashion_mnist import FashionMnist

IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def _write(folder: Path, pixels: np.ndarray, labels: list[int]) -> None:
    folder.mkdir(parents=True)
    images = struct.pack(">iiii", 2051, len(pixels), 28, 28) + pixels.tobytes()
    (folder / f"{IMAGES}.gz").write_bytes(gzip.compress(images))
    (folder / f"{LABELS}.gz").write_bytes(
        gzip.compress(struct.pack(">ii", 2049, len(labels)) + bytes(labels))
    )


@pytest.mark.parametrize("folder", ["FashionMNIST/raw", "fashion_mnist"])
def test_files_are_read_from_both_places(tmp_path: Path, folder: str) -> None:
    """Pixels, and priors from the labels."""
    pixels = noise(4, 28, 28)
    _write(tmp_path / folder, pixels, [0, 9, 9, 3])
    samples = FashionMnist(split="test").load(tmp_path)
    np.testing.assert_allclose(samples.x[:, 0].numpy(), scaled(pixels), atol=1e-6)
    assert samples.priors.tolist() == [0.25, 0, 0, 0.25, 0, 0, 0, 0, 0, 0.5]
    assert samples.x.dtype == torch.float32


def test_digits_are_not_taken_for_clothes(tmp_path: Path) -> None:
    """MNIST's files beside it, of the same names, are left alone."""
    _write(tmp_path / "MNIST" / "raw", noise(2, 28, 28), [1, 2])
    refuses(FashionMnist(split="test"), tmp_path, IMAGES, "Fashion-MNIST", "--download", "--data-root")


def test_a_label_of_no_class_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "fashion_mnist", noise(2, 28, 28), [1, 10])
    refuses(FashionMnist(split="test"), tmp_path, LABELS, "a label is 10", "--download", "--data-root")
