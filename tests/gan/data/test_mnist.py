"""The official files are read exactly, and anything else is an error that names the file."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest
import torch

from gan.data.errors import DataError
from gan.data.mnist import Mnist, load_mnist

FILES = Path(__file__).parents[3].parent / "shared" / "data"
IMAGES = "t10k-images-idx3-ubyte"
LABELS = "t10k-labels-idx1-ubyte"


def _images(count: int = 3) -> bytes:
    pixels = bytes(index % 256 for index in range(count * 784))
    return struct.pack(">iiii", 2051, count, 28, 28) + pixels


def _labels(values: bytes = bytes([7, 0, 9])) -> bytes:
    return struct.pack(">ii", 2049, len(values)) + values


def _folder(root: Path, images: bytes, labels: bytes, suffix: str = ".gz") -> Path:
    (root / "mnist").mkdir()
    for name, content in ((IMAGES, images), (LABELS, labels)):
        (root / "mnist" / f"{name}{suffix}").write_bytes(content)
    return root


@pytest.mark.skipif(not (FILES / "mnist").is_dir(), reason="MNIST's files are not beside the repository")
def test_the_official_test_split() -> None:
    """10,000 images, the published class counts, and the first labels that everybody knows."""
    images, labels = load_mnist(FILES, "test", download=False)
    assert images.shape == (10_000, 1, 28, 28)
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert torch.bincount(labels).tolist() == counts
    priors = Mnist(split="test").load(FILES).priors
    torch.testing.assert_close(priors, torch.tensor(counts).double() / 10_000)


@pytest.mark.parametrize("suffix", [".gz", ""])
def test_gzipped_or_not(tmp_path: Path, suffix: str) -> None:
    """Both are read, and pixel v becomes 2 v / 255 - 1."""
    pack = gzip.compress if suffix else bytes
    root = _folder(tmp_path, pack(_images()), pack(_labels()), suffix)
    images, labels = load_mnist(root, "test", download=False)
    assert labels.tolist() == [7, 0, 9]
    wanted = torch.arange(784).remainder(256) * 2 / 255 - 1
    torch.testing.assert_close(images[0].flatten(), wanted)


@pytest.mark.parametrize(
    ("images", "labels", "culprit"),
    [
        (gzip.compress(_images())[:-900], gzip.compress(_labels()), IMAGES),
        (gzip.compress(_images()), gzip.compress(_labels())[:15], LABELS),
        (b"no gzip at all", gzip.compress(_labels()), IMAGES),
        (b"", gzip.compress(_labels()), IMAGES),
        (gzip.compress(_images())[:10] + b"\xff" * 400, gzip.compress(_labels()), IMAGES),
        (gzip.compress(b""), gzip.compress(_labels()), IMAGES),
        (gzip.compress(_images()[:-100]), gzip.compress(_labels()), IMAGES),
        (gzip.compress(_labels()), gzip.compress(_labels()), IMAGES),
        (gzip.compress(_images()), gzip.compress(_images()), LABELS),
    ],
    ids=[
        "truncated images",
        "truncated labels",
        "garbage",
        "empty",
        "garbage inside",
        "empty inside",
        "short inside",
        "labels for images",
        "images for labels",
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, images: bytes, labels: bytes, culprit: str) -> None:
    """Whatever is wrong with it, the error is a DataError with its path."""
    root = _folder(tmp_path, images, labels)
    with pytest.raises(DataError, match=culprit):
        load_mnist(root, "test", download=False)


def test_files_of_two_lengths_are_refused(tmp_path: Path) -> None:
    """Three images and two labels."""
    root = _folder(tmp_path, gzip.compress(_images()), gzip.compress(_labels(b"\x01\x02")))
    with pytest.raises(DataError, match="3 images but 2 labels"):
        load_mnist(root, "test", download=False)


def test_missing_files_say_where_and_what_to_do(tmp_path: Path) -> None:
    """Both folders that were searched, and both ways out."""
    with pytest.raises(DataError) as caught:
        Mnist(split="train").load(tmp_path)
    for words in (str(tmp_path / "mnist"), "train-images-idx3-ubyte", "--download", "--data-root"):
        assert words in str(caught.value)
