"""Labelled images: what a classifier can be trained on, and one line for everything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from bench.features.labelled import read
from bench.features.pixels import to_uint8
from bench.problems import UserError
from gan.data.digits import load_digits
from gan.data.errors import DataError

ROOT = Path("nowhere")


def _pixels(n: int, *shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def _folder(path: Path, counts: dict[str, int], *shape: int) -> Path:
    for seed, (name, count) in enumerate(counts.items()):
        (path / name).mkdir(parents=True)
        for index, image in enumerate(_pixels(count, *shape, seed=seed)):
            Image.fromarray(image).save(path / name / f"{index}.png")
    return path


def test_a_folder_of_folders(tmp_path: Path) -> None:
    """Classes are the sub-folders by name; every pixel arrives, with the right label."""
    found = read(str(_folder(tmp_path, {"dog": 5, "cat": 6}, 8, 8, 3)), ROOT)
    assert found.classes == ("cat", "dog")
    assert found.counts == {"cat": 6, "dog": 5}
    assert found.images.shape == (11, 3, 8, 8) and found.images.dtype == torch.uint8
    expected = np.concatenate([_pixels(6, 8, 8, 3, seed=1), _pixels(5, 8, 8, 3, seed=0)])
    assert np.array_equal(found.images.permute(0, 2, 3, 1).numpy(), expected)
    assert found.labels.tolist() == [0] * 6 + [1] * 5


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((3, 9, 9), (0, 1, 2, 3)), ((9, 9, 3), (0, 3, 1, 2)), ((9, 9, 1), (0, 3, 1, 2))],
    ids=["channels first", "channels last", "grey last"],
)
def test_an_npz_file(shape: tuple[int, ...], axes: tuple[int, ...], tmp_path: Path) -> None:
    """Channels stand first or last; labels are any whole numbers, and keep their names."""
    images, labels = _pixels(20, *shape), np.array([7, -2] * 10)
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    found = read(str(tmp_path / "x.npz"), ROOT)
    assert found.classes == ("-2", "7")
    assert found.labels.tolist() == [1, 0] * 10
    assert np.array_equal(found.images.numpy(), images.transpose(axes))


def test_grey_images_without_channels_and_labels_of_text(tmp_path: Path) -> None:
    """N x H x W is grey; labels may be words."""
    np.savez(tmp_path / "x.npz", images=_pixels(10, 8, 8), labels=np.array(["b", "a"] * 5))
    found = read(str(tmp_path / "x.npz"), ROOT)
    assert found.images.shape == (10, 1, 8, 8)
    assert found.classes == ("a", "b")


def test_data_of_ours_by_name() -> None:
    """The bytes that scores are defined on, and the labels that came with them."""
    images, labels = load_digits()
    found = read("digits", ROOT)
    assert torch.equal(found.images, to_uint8(images))
    assert torch.equal(found.labels, labels)
    assert found.classes == tuple("0123456789")
    with pytest.raises(DataError, match="--data-root"):
        read("mnist", ROOT)


def test_what_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    """Each says what was found where, and what is needed."""
    good, labels = _pixels(10, 8, 8), np.array([0, 1] * 5)
    cases: dict[str, dict[str, Any]] = {
        "holds the arrays x, and no `images`": {"x": good},
        "and no `labels`": {"images": good},
        "one label for each of 10 images, not 9": {"images": good, "labels": labels[1:]},
        "`images` must be uint8 of 0 to 255, not float64": {"images": good / 255, "labels": labels},
        "`labels` must be whole numbers or text, not float64": {"images": good, "labels": labels + 0.5},
        "not 10 x 2 x 8 x 8": {"images": _pixels(10, 2, 8, 8), "labels": labels},
        "images of 8 x 9 pixels": {"images": _pixels(10, 8, 9), "labels": labels},
        "squares of 8 to 64 pixels": {"images": _pixels(10, 7, 7), "labels": labels},
        "images of 65 x 65": {"images": _pixels(10, 65, 65), "labels": labels},
        "holds one class": {"images": good, "labels": labels * 0},
        "holds no images": {"images": good[:0], "labels": labels[:0]},
        "has 4 images of class 1; at least 5": {"images": good[:9], "labels": labels[:9]},
        "Python objects": {"images": good.astype(object), "labels": labels},
    }
    path = tmp_path / "x.npz"
    for message, arrays in cases.items():
        np.savez(path, **arrays)
        with pytest.raises(UserError) as caught:
            read(str(path), ROOT)
        assert message in str(caught.value)
        assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_folders_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    """A folder without classes, a class without images, a file that is none of ours, no file at all."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "half" / "cat").mkdir(parents=True)
    flat = _folder(tmp_path / "flat", {"": 5}, 8, 8)
    (tmp_path / "x.csv").touch()
    expected = {
        "empty": "holds no sub-folders",
        "half": "cat holds no images",
        str(flat): "0.png has no class",
        "x.csv": "neither a folder of classes nor an .npz file",
    }
    for name, message in expected.items():
        with pytest.raises(UserError, match=message):
            read(str(tmp_path / name), ROOT)
    with pytest.raises(UserError, match=r"no folder and no \.npz file digts; .* did you mean 'digits'"):
        read("digts", ROOT)
