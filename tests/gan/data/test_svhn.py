"""MATLAB's files are read as SciPy writes them, and as it reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives import noise, refuses, scaled
from scipy import io

from gan.data import _mat
from gan.data.svhn import Svhn

TEST = Svhn(split="test")


def _write(path: Path, compressed: bool = True, **changes: Any) -> Path:
    content = {"X": noise(32, 32, 3, 4), "y": np.array([[10], [1], [1], [9]], np.uint8), **changes}
    path.parent.mkdir(exist_ok=True)
    io.savemat(path, content, do_compression=compressed)
    return path


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kind", [np.uint8, np.float64, np.int32])
@pytest.mark.parametrize("folder", [".", "svhn"])
def test_images_and_digits(tmp_path: Path, compressed: bool, kind: type, folder: str) -> None:
    """The file counts rows, columns, colours, images; its 10 is the digit 0."""
    labels = np.array([[10], [1], [1], [9]], kind)
    _write(tmp_path / folder / "test_32x32.mat", compressed, y=labels)
    samples = TEST.load(tmp_path)
    expected = scaled(noise(32, 32, 3, 4))
    for index, image in enumerate(samples.x.numpy()):
        np.testing.assert_allclose(image[2, 5, 30], expected[5, 30, 2, index], atol=1e-6)
    np.testing.assert_allclose(samples.x.numpy(), expected.transpose(3, 2, 0, 1), atol=1e-6)
    assert samples.priors.tolist() == [0.25, 0.5, 0, 0, 0, 0, 0, 0, 0, 0.25]


@pytest.mark.parametrize("compressed", [True, False])
def test_the_reader_agrees_with_scipys(tmp_path: Path, compressed: bool) -> None:
    """On arrays of every type of numbers, small and large; what is no array of numbers is passed over."""
    content: dict[str, Any] = {
        f"a{kind}{size}": (np.arange(size) * 3 % 100).astype(kind).reshape(-1, 1)
        for kind in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "float64")
        for size in (1, 3, 7, 200)
    }
    content |= {"text": "words", "cell": np.array([1, "a"], dtype=object)}
    io.savemat(tmp_path / "x.mat", content, do_compression=compressed)
    ours, theirs = _mat.load(tmp_path / "x.mat"), io.loadmat(tmp_path / "x.mat")
    assert set(ours) == {name for name in content if name.startswith("a")}
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"X": noise(32, 32, 4)}, "32 x 32 x 3 x N"),
        ({"X": noise(32, 32, 3, 4).astype(float)}, "bytes"),
        ({"y": np.array([[1], [2]])}, "4 images but 2 labels"),
        ({"y": np.array([[1], [2], [3], [11]])}, "outside 1 to 10"),
        ({"y": np.array([[1], [2], [3], [0.5]])}, "outside 1 to 10"),
        ({"y": "text"}, "no `X` and `y`"),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    _write(tmp_path / "test_32x32.mat", **changes)
    refuses(TEST, tmp_path, "test_32x32.mat", words, "--download", "--data-root")


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kept", [0, 100, 128, 130, 137, 400, -3])
def test_a_file_that_is_cut_short_is_named(tmp_path: Path, compressed: bool, kept: int) -> None:
    """Wherever it ends."""
    path = _write(tmp_path / "test_32x32.mat", compressed)
    path.write_bytes(path.read_bytes()[:kept])
    refuses(TEST, tmp_path, path, "--download", "--data-root")


def test_bytes_that_are_wrong_anywhere_are_an_error_or_an_image(tmp_path: Path) -> None:
    """One byte of the headers is changed at a time: never another exception."""
    from gan.data.errors import DataError

    path = _write(tmp_path / "test_32x32.mat", compressed=False)
    whole = path.read_bytes()
    refused = 0
    for place in [*range(124, 200), *range(len(whole) - 80, len(whole))]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            TEST.load(tmp_path)
        except DataError:
            refused += 1
    assert refused > 20


def test_missing_files_say_where(tmp_path: Path) -> None:
    refuses(Svhn(), tmp_path, tmp_path, "train_32x32.mat", "--download", "--data-root")
