"""Pictures of one size keep their bytes; whatever would have to be guessed is refused, by the file's name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from archives import chunk, deep_png, noise, png, refuses, save, scaled, turned
from PIL import Image

from gan.data.image_folder import ImageFolder

DATA = ImageFolder(folder="mine", side=8)
GREY = ImageFolder(folder="mine", side=8, channels=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures of 8 x 8 pixels; the second in another form."""
    for index, name in enumerate(("a.png", "b.webp", "c.PNG")):
        save(tmp_path / "mine" / name, noise(8, 8, 3, seed=index))
    return tmp_path / "mine"


def test_pictures_of_the_right_size_keep_their_bytes(folder: Path) -> None:
    """In the order of their names; from the data root, and by an absolute path."""
    expected = np.stack([scaled(noise(8, 8, 3, seed=index)) for index in range(3)]).transpose(0, 3, 1, 2)
    for data, root in ((DATA, folder.parent), (ImageFolder(folder=str(folder), side=8), Path("elsewhere"))):
        samples = data.load(root)
        np.testing.assert_allclose(samples.x.numpy(), expected, atol=1e-6)
        assert samples.priors.tolist() == [1.0] and data.modes == 1


def test_larger_pictures_are_cut_and_averaged(folder: Path) -> None:
    """The central square; a fine checkerboard of it becomes grey, its borders are gone."""
    board = np.full((64, 100, 3), 7, np.uint8)
    board[:, 18:82] = (np.indices((64, 64)).sum(axis=0) % 2 * 255)[..., None]
    save(folder / "a.png", board)
    assert float(DATA.load(folder.parent).x[0].abs().max()) < 0.05


def test_sub_folders_are_classes(tmp_path: Path) -> None:
    """By name; priors are their shares, and hidden and other files are passed over."""
    data = ImageFolder(folder="mine", side=8, classes=True)
    for index, name in enumerate(("cat/1.png", "dog/1.png", "dog/2.png", "dog/3.png")):
        save(tmp_path / "mine" / name, noise(8, 8, 3, seed=index))
    (tmp_path / "mine" / "dog" / "notes.txt").write_text("woof")
    (tmp_path / "mine" / ".cache").mkdir()
    samples = data.load(tmp_path)
    assert samples.priors.tolist() == [0.25, 0.75] and data.modes is None
    some = ImageFolder(folder="mine", side=8, classes=True, most=3).load(tmp_path)
    assert len(some.x) == 3 and len(some.priors) == 2 and float(some.priors.sum()) == 1.0


def test_grey_pictures(tmp_path: Path) -> None:
    """8-bit grey, or RGB whose channels are equal; a colour among them is refused."""
    save(tmp_path / "mine" / "a.png", noise(8, 8))
    save(tmp_path / "mine" / "b.png", np.repeat(noise(8, 8)[..., None], 3, axis=2))
    x = GREY.load(tmp_path).x
    assert x.shape == (2, 1, 8, 8) and (x[0] == x[1]).all()
    path = save(tmp_path / "mine" / "c.png", noise(8, 8, 3))
    refuses(GREY, tmp_path, path, "has colours", "channels: 3")


def test_a_grey_picture_among_rgb_is_refused(folder: Path) -> None:
    path = save(folder / "d.png", noise(8, 8))
    refuses(DATA, folder.parent, path, "is grey", "channels: 1")


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA", "1", "I;16", "CMYK"])
def test_a_form_that_would_have_to_be_converted_is_refused(folder: Path, mode: str) -> None:
    """Palettes, alpha channels, 16 bits, single bits, ink."""
    path = folder / ("d.jpg" if mode == "CMYK" else "d.png")
    if mode == "I;16":
        Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8)).save(path)
    else:
        Image.fromarray(noise(8, 8, 3)).convert("L" if mode == "LA" else "RGB").convert(mode).save(path)
    refuses(DATA, folder.parent, path, f"mode {mode}", "8-bit grey or RGB")


def test_sixteen_bits_of_rgb_are_refused(folder: Path) -> None:
    """Pillow reads the upper eight without a word; 8 x 8 pixels of 16 bits are a picture to it."""
    (folder / "d.png").write_bytes(deep_png(noise(8, 8, 3).astype(np.uint16) * 257))
    with Image.open(folder / "d.png") as image:
        assert (image.mode, image.size) == ("RGB", (8, 8))
        assert (np.asarray(image) == noise(8, 8, 3)).all()
    refuses(DATA, folder.parent, folder / "d.png", "16 bits a channel", "8-bit grey or RGB")


@pytest.mark.parametrize(("data", "colour"), [(DATA, (1, 2, 3)), (GREY, 7)])
def test_a_transparent_colour_is_refused(
    tmp_path: Path, data: ImageFolder, colour: int | tuple[int, ...]
) -> None:
    """A PNG without an alpha channel may still name a colour that is none."""
    path = tmp_path / "mine" / "a.png"
    save(path, noise(8, 8) if data is GREY else noise(8, 8, 3))
    data.load(tmp_path)
    with Image.open(path) as image:
        image.save(path, transparency=colour)
    refuses(data, tmp_path, path, "a transparent colour", "8-bit grey or RGB without alpha")


@pytest.mark.parametrize("name", ["d.jpg", "d.png", "d.webp"])
@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_a_picture_that_is_stored_turned_is_refused(folder: Path, name: str, orientation: int) -> None:
    """Also where it is square; one whose EXIF data say that it is upright is read."""
    path = turned(folder / name, 1, noise(8, 8, 3))
    assert len(DATA.load(folder.parent).x) == 4
    turned(path, orientation, noise(8, 8, 3))
    refuses(DATA, folder.parent, path, f"EXIF orientation {orientation}", "save it upright")


def test_what_a_png_says_at_its_end_is_heard(folder: Path) -> None:
    """EXIF data may come after the pixels."""
    content = turned(folder / "d.png", 6, noise(8, 8, 3)).read_bytes()
    begin = content.index(b"eXIf") - 4
    end = begin + 12 + int.from_bytes(content[begin : begin + 4], "big")
    moved = content[:begin] + content[end:-12] + content[begin:end] + content[-12:]
    (folder / "d.png").write_bytes(moved)
    refuses(DATA, folder.parent, folder / "d.png", "EXIF orientation 6")


def test_exif_data_that_cannot_be_read_are_refused(folder: Path) -> None:
    """They may say anything."""
    plain = png(noise(8, 8, 3))
    (folder / "d.png").write_bytes(plain[:-12] + chunk(b"eXIf", b"no TIFF at all") + plain[-12:])
    refuses(DATA, folder.parent, folder / "d.png", "EXIF data that cannot be read", "save it without")


@pytest.mark.parametrize("size", [(7, 30), (30, 7), (1, 1)])
def test_a_picture_that_is_too_small_is_refused(folder: Path, size: tuple[int, int]) -> None:
    """It says how large it is, and how large it should be."""
    path = save(folder / "d.png", noise(*size, 3))
    refuses(DATA, folder.parent, path, f"{size[0]} x {size[1]}", "8 x 8", "nothing is enlarged")


@pytest.mark.parametrize("content", [b"", b"text", png(noise(64, 64, 3))[:300], png(noise(9, 9, 3))[:40]])
def test_a_broken_picture_is_refused(folder: Path, content: bytes) -> None:
    """Empty, no picture at all, or cut short."""
    (folder / "d.png").write_bytes(content)
    refuses(DATA, folder.parent, folder / "d.png", "cannot be read as a picture")


def test_a_picture_of_unreasonable_size_is_refused(folder: Path) -> None:
    """A small file may say that it has thousands of millions of pixels: nothing is decoded."""
    content = png(np.zeros((8, 8), np.uint8))
    huge = content[:16] + (60_000).to_bytes(4, "big") * 2 + content[24:]
    (folder / "d.png").write_bytes(huge)
    refuses(DATA, folder.parent, folder / "d.png", "cannot be read as a picture")


def test_folders_that_are_not_what_the_options_say(folder: Path) -> None:
    """Each message says which option to change."""
    classes = ImageFolder(folder="mine", side=8, classes=True)
    refuses(classes, folder.parent, folder / "a.png", "classes: false")
    (folder / "inner").mkdir()
    refuses(DATA, folder.parent, folder / "inner", "classes: true")
    for path in folder.glob("*.*"):
        path.unlink()
    refuses(classes, folder.parent, folder / "inner", "a single picture", "--data-root")
    (folder / "inner").rmdir()
    refuses(classes, folder.parent, folder, "no folders")


def test_a_folder_in_that_of_a_class_is_refused(tmp_path: Path) -> None:
    """Its pictures would be in no class, or in one that nobody has named; a hidden one is passed over."""
    for name in ("cat/1.png", "dog/1.png", "dog/.cache/1.png"):
        save(tmp_path / "mine" / name, noise(8, 8, 3))
    data = ImageFolder(folder="mine", side=8, classes=True)
    assert len(data.load(tmp_path).x) == 2
    save(tmp_path / "mine" / "dog" / "puppies" / "1.png", noise(8, 8, 3))
    refuses(data, tmp_path, tmp_path / "mine" / "dog" / "puppies", "put its pictures into", "take it away")


def test_a_folder_without_pictures_says_what_pictures_are(tmp_path: Path) -> None:
    """Also if other files are in it; and one that is missing."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data.csv").write_text("1,2")
    refuses(DATA, tmp_path, tmp_path / "mine", ".png", "--download cannot", "--data-root")
    refuses(ImageFolder(folder="nowhere"), tmp_path, "nowhere", tmp_path, "--download cannot", "--data-root")
