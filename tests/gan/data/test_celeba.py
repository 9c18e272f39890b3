"""Faces of the split that is asked for, cut from the middle, with or without an attribute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from archives import noise, refuses, save, scaled, turned

from gan.data.celeba import _ATTRIBUTES, Celeba

PARTS = {1: 0, 2: 0, 3: 1, 4: 2, 5: 0, 6: 2}
ATTRIBUTES = "6\nMale Smiling\n" + "".join(f"00000{k}.jpg  {1 if k > 1 else -1} -1\n" for k in PARTS)


def _write(root: Path, size: tuple[int, int] = (218, 178)) -> Path:
    """Six faces in PNG's form, which loses nothing; their names are the official ones."""
    folder = root / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    for k in PARTS:
        picture = save(folder / f"{k}.png", noise(*size, 3, seed=k))
        picture.rename(folder / "img_align_celeba" / f"00000{k}.jpg")
    lines = "".join(f"00000{k}.jpg {part}\n" for k, part in PARTS.items())
    (folder / "list_eval_partition.txt").write_text(lines)
    (folder / "list_attr_celeba.txt").write_text(ATTRIBUTES)
    return root


@pytest.mark.parametrize(
    ("split", "faces"), [("train", [1, 2, 5]), ("valid", [3]), ("test", [4, 6]), ("all", list(PARTS))]
)
def test_the_split_is_cut_from_the_middle(tmp_path: Path, split: str, faces: list[int]) -> None:
    """Where nothing is reduced, pixel by pixel: rows from the 55th of 218, columns from the 35th of 178."""
    _write(tmp_path)
    samples = Celeba(split=split, side=108, crop=108).load(tmp_path)
    expected = np.stack([scaled(noise(218, 178, 3, seed=k))[55:163, 35:143] for k in faces])
    np.testing.assert_allclose(samples.x.numpy(), expected.transpose(0, 3, 1, 2), atol=1e-6)
    assert samples.priors.tolist() == [1.0]


def test_faces_are_reduced_to_the_side(tmp_path: Path) -> None:
    """The usual 64 x 64 of the central 178 x 178; the mean colour stays."""
    samples = Celeba().load(_write(tmp_path))
    assert samples.x.shape == (3, 3, 64, 64)
    whole = scaled(noise(218, 178, 3, seed=1))[20:198]
    assert float(samples.x[0].mean()) == pytest.approx(whole.mean(), abs=0.01)


def test_an_attribute_makes_two_modes(tmp_path: Path) -> None:
    """Without it and with it, in the shares of the split."""
    data = Celeba(attribute="Male", side=16)
    samples = data.load(_write(tmp_path))
    assert data.modes == 2
    np.testing.assert_allclose(samples.priors.numpy(), [1 / 3, 2 / 3])


def test_an_unknown_attribute_has_a_near_miss(tmp_path: Path) -> None:
    """Before any file is looked for; of the 40 that there are, each can be."""
    data = Celeba(attribute="Smilin")
    assert data.fits() == "unknown attribute 'Smilin'; did you mean 'Smiling'?"
    refuses(data, tmp_path, "celeba: unknown attribute", "did you mean 'Smiling'?")
    names = _ATTRIBUTES.split()
    assert len(set(names)) == 40
    assert all(Celeba(attribute=name).fits() is None for name in ("", *names))


def test_a_list_without_the_attribute_is_named(tmp_path: Path) -> None:
    refuses(Celeba(attribute="Young"), _write(tmp_path), "list_attr_celeba.txt", "Young is not among them")


def test_fewer_faces_are_always_the_same_ones(tmp_path: Path) -> None:
    """Two of the three, in their order."""
    _write(tmp_path)
    data = Celeba(side=178, most=2)
    assert data.size == 2
    one, again, whole = data.load(tmp_path).x, data.load(tmp_path).x, Celeba(side=178).load(tmp_path).x
    assert (one == again).all() and len(one) == 2
    places = [next(k for k, other in enumerate(whole) if (face == other).all()) for face in one]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("list_eval_partition.txt", "", "not a file and 0, 1 or 2"),
        ("list_eval_partition.txt", "000001.jpg 3\n", "not a file and 0, 1 or 2"),
        ("list_eval_partition.txt", "../../secret.jpg 0\n", "not a file and 0, 1 or 2"),
        ("list_eval_partition.txt", "000001.jpg\n", "not a file and 0, 1 or 2"),
        ("list_attr_celeba.txt", ATTRIBUTES.replace("-1\n", "\n"), "for each attribute"),
        ("list_attr_celeba.txt", ATTRIBUTES.replace("000002", "000009"), "does not know 000002.jpg"),
    ],
)
def test_lists_that_are_none_are_named(tmp_path: Path, name: str, content: str, words: str) -> None:
    _write(tmp_path)
    (tmp_path / "celeba" / name).write_text(content)
    refuses(Celeba(attribute="Male"), tmp_path, name, words, "--download", "--data-root")


def test_a_list_that_is_no_text_is_named(tmp_path: Path) -> None:
    (_write(tmp_path) / "celeba" / "list_eval_partition.txt").write_bytes(b"\xff\xfe\x00")
    refuses(Celeba(), tmp_path, "list_eval_partition.txt", "--download", "--data-root")


@pytest.mark.parametrize(
    "name", ["list_eval_partition.txt", "list_attr_celeba.txt", "img_align_celeba/000002.jpg"]
)
def test_missing_files_say_where(tmp_path: Path, name: str) -> None:
    (_write(tmp_path) / "celeba" / name).unlink()
    refuses(
        Celeba(attribute="Male"), tmp_path, Path(name).name, tmp_path / "celeba", "--download", "--data-root"
    )


def test_a_face_that_cannot_be_cut_is_named(tmp_path: Path) -> None:
    """One that is too small."""
    refuses(Celeba(), _write(tmp_path, (100, 178)), "000001.jpg", "178 x 178")


def test_a_face_that_is_stored_turned_is_named(tmp_path: Path) -> None:
    """As in any folder of pictures."""
    name = _write(tmp_path) / "celeba" / "img_align_celeba" / "000002.jpg"
    turned(name.with_suffix(".png"), 3, noise(218, 178, 3)).rename(name)
    refuses(Celeba(), tmp_path, "000002.jpg", "EXIF orientation 3")


def test_a_cut_that_would_have_to_be_enlarged_is_declined(tmp_path: Path) -> None:
    """By the options alone, before any file is looked for; a cut of just the side is none."""
    data = Celeba(side=128, crop=108)
    reason = str(data.fits())
    assert "`crop` 108 is less than `side` 128" in reason and "lower `side`" in reason
    refuses(data, tmp_path, f"celeba: {reason}")
    assert Celeba(side=108, crop=108).fits() is None
