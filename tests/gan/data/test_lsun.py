"""Exported photographs are found in all folders beneath a category's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from archives import deep_png, noise, refuses, save, scaled, turned

from gan.data.lsun import Lsun

DATA = Lsun(category="tower", split="val", side=8)


def test_exported_pictures_are_read_from_all_folders(tmp_path: Path) -> None:
    """The tool's own tree of folders, and WebP; the largest central square of each."""
    folder = tmp_path / "lsun" / "tower_val"
    save(folder / "0" / "a" / "x.webp", noise(8, 12, 3, seed=1))
    save(folder / "0" / "b" / "y.webp", noise(10, 8, 3, seed=2))
    samples = DATA.load(tmp_path)
    expected = [scaled(noise(8, 12, 3, seed=1))[:, 2:10], scaled(noise(10, 8, 3, seed=2))[1:9]]
    np.testing.assert_allclose(samples.x.numpy(), np.stack(expected).transpose(0, 3, 1, 2), atol=1e-6)
    assert samples.priors.tolist() == [1.0] and DATA.modes == 1 and DATA.size is None


def test_no_more_than_are_asked_for(tmp_path: Path) -> None:
    """And the same ones at every call."""
    for index in range(9):
        save(tmp_path / "lsun" / "tower_val" / f"{index}.png", noise(8, 8, 3, seed=index))
    few = Lsun(category="tower", split="val", side=8, most=4)
    assert len(few.load(tmp_path).x) == 4 and (few.load(tmp_path).x == few.load(tmp_path).x).all()
    assert len(Lsun(category="tower", split="val", side=8, most=0).load(tmp_path).x) == 9


def test_what_would_have_to_be_guessed_is_refused(tmp_path: Path) -> None:
    """As in any folder of pictures, however deep: 16 bits, and a photograph that is stored turned."""
    path = turned(tmp_path / "lsun" / "tower_val" / "0" / "x.webp", 6, noise(8, 8, 3))
    refuses(DATA, tmp_path, path, "EXIF orientation 6")
    path.with_suffix(".png").write_bytes(deep_png(noise(8, 8, 3).astype("u2") * 257))
    refuses(DATA, tmp_path, path.with_suffix(".png"), "16 bits a channel")


def test_missing_and_empty_folders_say_how_to_fill_them(tmp_path: Path) -> None:
    """--download cannot, and that is said."""
    refuses(DATA, tmp_path, "tower_val", tmp_path / "lsun", "--download cannot", "data.py", "--data-root")
    (tmp_path / "lsun" / "tower_val" / "0").mkdir(parents=True)
    refuses(DATA, tmp_path, tmp_path / "lsun" / "tower_val", "--download cannot", "--data-root")


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    path = save(tmp_path / "lsun" / "tower_val" / "0" / "x.webp", noise(16, 16, 3))
    path.write_bytes(path.read_bytes()[:60])
    refuses(DATA, tmp_path, path, "cannot be read as a picture")
