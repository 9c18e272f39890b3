"""Anybody's samples: every form that is accepted means what it says, and everything else is one line."""

from __future__ import annotations

import pickle
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pickle_trap import Trap
from PIL import Image
from png_folder import save_pngs

from bench.features.pixels import to_uint8
from bench.problems import UserError
from bench.sample_files import Pixels, read

GREY, COLOUR, POINTS = (1, 8, 8), (3, 8, 8), (2,)
Array = np.ndarray[Any, Any]


def _pixels(n: int, *shape: int) -> Array:
    return np.random.default_rng(0).integers(0, 256, (n, *shape), dtype=np.uint8)


def _save(path: Path, array: Array) -> Path:
    if path.suffix == ".npy":
        np.save(path, array)
    elif path.suffix == ".npz":
        np.savez(path, samples=array)
    else:
        torch.save(torch.from_numpy(array), path)
    return path


def _refused(path: Path, shape: tuple[int, ...], *words: str, pixels: Pixels | None = None) -> None:
    with pytest.raises(UserError) as caught:
        read(path, shape, pixels)
    message = str(caught.value)
    assert all(word in message for word in (path.name, *words)), message
    assert "\n" not in message


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt", ".pth", ".NPY"])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_bytes_arrive_as_they_are(suffix: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    """From every kind of file; scoring turns them back into the same bytes."""
    images = _pixels(5, *shape)
    given = read(_save(tmp_path / f"x{suffix.lower()}", images).rename(tmp_path / f"y{suffix}"), shape)
    assert given.notes == ()
    assert np.array_equal(to_uint8(given.x).numpy(), images)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_arrive_as_they_are(suffix: str, dtype: type, tmp_path: Path) -> None:
    """Images in [-1, 1] as float32, points as float64; of any precision."""
    images = np.random.default_rng(0).uniform(-1, 1, (5, *GREY)).astype(dtype)
    given = read(_save(tmp_path / f"x{suffix}", images), GREY)
    assert given.notes == () and given.x.dtype == torch.float32
    assert np.array_equal(given.x.numpy(), images.astype(np.float32))
    points = (1e3 * np.random.default_rng(0).normal(size=(5, 2))).astype(dtype)
    given = read(_save(tmp_path / f"p{suffix}", points), POINTS)
    assert given.notes == () and given.x.dtype == torch.float64
    assert np.array_equal(given.x.numpy(), points.astype(np.float64))


def test_byte_order_and_memory_order_do_not_matter(tmp_path: Path) -> None:
    """Files of other machines and of Fortran hold the same numbers."""
    images = np.asfortranarray(np.random.default_rng(0).uniform(-1, 1, (5, *COLOUR)).astype(">f4"))
    given = read(_save(tmp_path / "x.npy", images), COLOUR)
    assert np.array_equal(given.x.numpy(), images.astype("=f4"))


@pytest.mark.parametrize(("shape", "mode"), [((8, 8), None), ((8, 8, 3), None), ((8, 8), "RGB")])
def test_a_folder_ofsave_pngs(shape: tuple[int, ...], mode: str | None, tmp_path: Path) -> None:
    """Grey, RGB, and grey that was saved as three equal channels, as torchvision does; by name."""
    images = _pixels(12, *shape)
    data = (3, 8, 8) if len(shape) == 3 else GREY
    found = to_uint8(read(save_pngs(tmp_path / "x", images, mode), data).x).numpy()
    assert np.array_equal(found.transpose(0, 2, 3, 1).squeeze(), images)


def test_black_images_have_the_channels_they_were_saved_with(tmp_path: Path) -> None:
    """A collapsed generator may paint nothing but grey in three channels."""
    assert read(save_pngs(tmp_path / "x", np.zeros((3, 8, 8, 3), np.uint8)), COLOUR).x.shape == (3, *COLOUR)


def test_what_else_lies_in_a_folder_is_left_out_and_said(tmp_path: Path) -> None:
    """Hidden files silently; others by name; a loss of pixels too."""
    folder = save_pngs(tmp_path / "x", _pixels(3, 8, 8))
    for name in (".DS_Store", "notes.txt"):
        (folder / name).write_text("?")
    assert read(folder, GREY).notes == ("1 other file left out, beginning with notes.txt",)
    (folder / "notes.txt").unlink()
    Image.fromarray(_pixels(1, 8, 8)[0]).save(folder / "a.JPG", "JPEG")
    given = read(folder, GREY)
    assert len(given.x) == 4
    assert given.notes[0].startswith("1 JPEG among the images: ")


def test_channels_last_and_no_channels_are_understood_and_said(tmp_path: Path) -> None:
    """Where the data's shape leaves no other reading."""
    last = _pixels(5, 8, 8, 3)
    given = read(_save(tmp_path / "last.npy", last), COLOUR)
    assert given.notes == ("read as N x H x W x C, 5 x 8 x 8 x 3",)
    assert np.array_equal(to_uint8(given.x).numpy(), last.transpose(0, 3, 1, 2))
    none = _pixels(5, 8, 8)
    given = read(_save(tmp_path / "none.npy", none), GREY)
    assert given.notes == ("read as N x H x W grey images, 5 x 8 x 8",)
    assert np.array_equal(to_uint8(given.x).numpy(), none[:, None])
    assert read(_save(tmp_path / "cube.npy", _pixels(3, 3, 3, 3)), (3, 3, 3)).notes == ()


def test_the_array_that_is_meant(tmp_path: Path) -> None:
    """The only one, or the one with a name that says so; otherwise the user has to say."""
    images, labels = _pixels(5, *GREY), np.arange(5)
    path = tmp_path / "x.npz"
    for arrays in (
        {"only": images},
        {"labels": labels, "images": images},
        {"x": images, "labels": labels},
        {"arr_0": images, "arr_1": labels},
    ):
        np.savez(path, **arrays)  # type: ignore[arg-type]
        assert np.array_equal(to_uint8(read(path, GREY).x).numpy(), images)
        tensors: dict[str, Any] = {name: torch.from_numpy(array) for name, array in arrays.items()}
        torch.save({**tensors, "epoch": 3}, tmp_path / "x.pt")
        assert np.array_equal(to_uint8(read(tmp_path / "x.pt", GREY).x).numpy(), images)
    np.savez(path, a=images, b=images)
    _refused(path, GREY, "holds the arrays a, b", "samples or images or x or arr_0")
    np.savez(path)
    _refused(path, GREY, "holds the arrays none")


@pytest.mark.parametrize(
    ("values", "words"),
    [((0, 255), "from 0 to 255"), ((-3, 1), "from -3 to 1"), ((-1, 1.51), "from -1 to 1.51")],
)
def test_another_range_is_refused(values: tuple[float, float], words: str, tmp_path: Path) -> None:
    """Clamped, pixels of 0 to 255 would be white images with a plausible score."""
    images = np.full((3, *GREY), values[0], np.float32)
    images[1, 0, 2, 3] = values[1]
    _refused(_save(tmp_path / "x.npy", images), GREY, words, "[-1, 1]", "uint8")


def test_a_range_that_may_be_meant_otherwise_is_said(tmp_path: Path) -> None:
    """A little below 0 is often [0, 1]; a little over the end is clamped; bytes of 0 and 1 are a cast."""
    unit = np.random.default_rng(0).uniform(0, 1, (3, *GREY)).astype(np.float32)
    unit[0, 0, 0] = 0.0
    (note,) = read(_save(tmp_path / "a.npy", unit - 0.01), GREY).notes
    assert note == "no pixel is below -0.01; if these are images in [0, 1], give --pixels zero-to-one"
    assert read(tmp_path / "a.npy", GREY, "minus-one-to-one").notes == ()
    (note,) = read(_save(tmp_path / "b.npy", 2.5 * unit - 1), GREY).notes
    assert "clamped to [-1, 1]" in note
    (note,) = read(_save(tmp_path / "c.npy", (unit > 0.5).astype(np.uint8)), GREY).notes
    assert "no pixel is above 1" in note
    assert read(_save(tmp_path / "d.npy", 2 * unit - 1), GREY).notes == ()


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 0.0), (0.25, 0.25), (0.0, 1.01)])
def test_images_that_look_like_0_to_1_are_refused_until_somebody_says(
    values: tuple[float, float], tmp_path: Path
) -> None:
    """Half of a range taken for the whole gives a plausible score; nothing in the file tells them apart."""
    path = _save(tmp_path / "x.npy", np.linspace(*values, 3 * 64, dtype=np.float32).reshape(3, *GREY))
    _refused(path, GREY, f"from {values[0]:g} to {values[1]:g}", "--pixels zero-to-one", "minus-one-to-one")
    assert np.array_equal(read(path, GREY, "minus-one-to-one").x.numpy(), np.load(path))
    doubled = read(path, GREY, "zero-to-one")
    assert np.allclose(doubled.x.numpy(), 2 * np.load(path) - 1)
    assert any("clamped to [0, 1]" in note for note in doubled.notes) == (values[1] > 1.0)


def test_a_negative_constant_is_not_half_a_range(tmp_path: Path) -> None:
    """A collapsed generator may paint one shade, which is in [-1, 1] as soon as it is negative."""
    assert read(_save(tmp_path / "x.npy", np.full((3, *GREY), -0.5)), GREY).notes == ()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_bytes_over_255_are_those_bytes(dtype: type, tmp_path: Path) -> None:
    """Whatever their precision, torchvision's floats in [0, 1] are rounded to the bytes that they were."""
    images = np.arange(256, dtype=np.uint8).repeat(2).reshape(-1, *GREY)
    path = _save(tmp_path / "x.npy", (images / 255.0).astype(dtype))
    assert np.array_equal(to_uint8(read(path, GREY, "zero-to-one").x).numpy(), images)


def test_a_range_that_is_said_must_be_true_and_of_use(tmp_path: Path) -> None:
    """Floats far outside of it are refused, and so is saying it of what has no range to choose."""
    signed = _save(tmp_path / "a.npy", np.linspace(-1, 1, 3 * 64).reshape(3, *GREY))
    _refused(signed, GREY, "from -1 to 1; images are floats in [0, 1], or uint8", pixels="zero-to-one")
    for array, shape, held in (
        (_pixels(3, *GREY), GREY, "uint8 images"),
        (np.zeros((3, 2)), POINTS, "points"),
    ):
        _refused(_save(tmp_path / "b.npy", array), shape, held, "leave it out", pixels="zero-to-one")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_what_is_not_finite_is_handed_on(value: float, dtype: type, tmp_path: Path) -> None:
    """It is a result, whatever the other numbers are: exploding networks leave both."""
    images = np.full((3, *GREY), 6e4, dtype)
    images[1, 0, 0, 0] = value
    given = read(_save(tmp_path / "x.npy", images), GREY)
    assert (~given.x.isfinite()).flatten(1).any(dim=1).tolist() == [False, True, False]
    points = np.zeros((3, 2), dtype)
    points[2, 1] = value
    assert (~read(_save(tmp_path / "p.npy", points), POINTS).x.isfinite()).sum() == 1
    beyond = np.full((3, 2), np.finfo(np.longdouble).max)
    assert not read(_save(tmp_path / "l.npy", beyond), POINTS).x.isfinite().any()


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.int8, np.uint16, bool, np.complex64])
def test_other_numbers_are_refused(dtype: type, tmp_path: Path) -> None:
    """Nothing says which range they are in."""
    _refused(_save(tmp_path / "x.npy", np.zeros((3, *GREY), dtype)), GREY, np.dtype(dtype).name)


@pytest.mark.parametrize(
    ("array", "shape", "words"),
    [
        ((5, 3, 8, 8), GREY, "5 x 3 x 8 x 8 values; this data needs images, N x 1 x 8 x 8"),
        ((5, 1, 8, 9), GREY, "5 x 1 x 8 x 9"),
        ((5, 8, 8), COLOUR, "N x 3 x 8 x 8"),
        ((5, 64), GREY, "5 x 64"),
        ((5,), GREY, "holds 5 values"),
        ((5, 2), GREY, "5 x 2"),
        ((5, 3), POINTS, "needs points, N x 2"),
        ((2, 5), POINTS, "2 x 5"),
        ((5, 1, 8, 8), POINTS, "needs points"),
        ((1, 1, 8, 8), GREY, "holds 1 sample; a score needs at least 2 samples"),
        ((0, 2), POINTS, "holds 0 samples"),
        ((), GREY, "holds a single number; a score needs at least 2 samples"),
    ],
    ids=str,
)
def test_another_shape_is_refused(
    array: tuple[int, ...], shape: tuple[int, ...], words: str, tmp_path: Path
) -> None:
    """What was found, and what the data needs."""
    _refused(_save(tmp_path / "x.npy", np.zeros(array, np.float32)), shape, words)


def _with(mode: str) -> Callable[[Path], None]:
    return lambda path: Image.new(mode, (8, 8)).save(path)


def _truncated(path: Path) -> None:
    Image.fromarray(_pixels(1, 64, 64)[0]).resize((8, 8)).save(path)
    path.write_bytes(path.read_bytes()[:-40])


def _of_colours(path: Path) -> None:
    Image.fromarray(_pixels(1, 8, 8, 3)[0]).save(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_with("P"), "is of mode P"),
        (_with("RGBA"), "is of mode RGBA"),
        (_with("LA"), "is of mode LA"),
        (_with("1"), "is of mode 1"),
        (_with("I;16"), "is of mode I;16"),
        (lambda path: Image.new("L", (9, 8)).save(path), "has 8 x 9 pixels instead of 8 x 8"),
        (_of_colours, "has colours; grey images are expected"),
        (_truncated, "cannot be read as an image"),
        (lambda path: path.write_bytes(b""), "cannot be read as an image"),
        (lambda path: path.write_text("no image"), "cannot be read as an image"),
    ],
    ids=["palette", "RGBA", "LA", "bilevel", "16-bit", "size", "colours", "truncated", "empty", "text"],
)
def test_one_bad_image_is_named(make: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    """Among good ones; nothing is converted by a rule that nobody has chosen."""
    folder = save_pngs(tmp_path / "x", _pixels(3, 8, 8))
    make(folder / "bad.png")
    with pytest.raises(UserError, match=r"x.bad\.png " + words) as caught:
        read(folder, GREY)
    assert "\n" not in str(caught.value)


def test_a_grey_image_among_colours_is_named(tmp_path: Path) -> None:
    """Three equal channels were not what the generator made."""
    folder = save_pngs(tmp_path / "x", _pixels(3, 8, 8, 3))
    Image.new("L", (8, 8)).save(folder / "bad.png")
    _refused(folder, COLOUR, "bad.png is grey; RGB images are expected")


def test_an_image_beyond_reason_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    """A header of a few bytes can ask for gigabytes."""
    folder = save_pngs(tmp_path / "x", _pixels(2, 8, 8))
    content = bytearray((folder / "00000.png").read_bytes())
    content[16:24] = (12_000).to_bytes(4, "big") + (12_000).to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (folder / "huge.png").write_bytes(content)
    _refused(folder, GREY, "huge.png has 12000 x 12000 pixels")


def test_folders_that_hold_no_samples(tmp_path: Path) -> None:
    """None, one, folders in folders, images for points; and no folder at all."""
    empty = tmp_path / "empty"
    empty.mkdir()
    _refused(empty, GREY, "holds no images")
    _refused(save_pngs(tmp_path / "one", _pixels(1, 8, 8)), GREY, "holds 1 sample;")
    save_pngs(empty / "deeper", _pixels(3, 8, 8))
    _refused(empty, GREY, "deeper is a folder")
    _refused(empty, POINTS, "this data has points")
    _refused(tmp_path / "none", GREY, "no such file or folder")
    _refused(tmp_path / ("x" * 5000), GREY, "name too long")


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    """Neither by NumPy nor by torch, inside or outside of archives."""
    trap = np.array([Trap(tmp_path / "trace")] * 3, dtype=object)
    np.save(tmp_path / "a.npy", trap, allow_pickle=True)
    np.savez(tmp_path / "b.npz", samples=trap)
    torch.save({"samples": Trap(tmp_path / "trace")}, tmp_path / "c.pt")
    (tmp_path / "d.npy").write_bytes(pickle.dumps(Trap(tmp_path / "trace")))
    (tmp_path / "e.pt").write_bytes(pickle.dumps(Trap(tmp_path / "trace")))
    for name in ("a.npy", "b.npz", "c.pt", "d.npy", "e.pt"):
        _refused(tmp_path / name, GREY, "never unpickled")
        assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt"])
@pytest.mark.parametrize("content", [b"", b"1,2\n3,4\n", b"\x93NUMPY\x01\0", b"PK\x03\x04torn"], ids=repr)
def test_other_bytes_are_refused(suffix: str, content: bytes, tmp_path: Path) -> None:
    """Text, torn files, nothing."""
    (tmp_path / f"x{suffix}").write_bytes(content)
    _refused(tmp_path / f"x{suffix}", GREY, "is not a")


def test_an_array_that_is_shorter_than_it_says(tmp_path: Path) -> None:
    """A copy that was cut off, also within an archive, and a header that asks for the moon."""
    whole = _save(tmp_path / "whole.npy", _pixels(5, *GREY)).read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-1])
    _refused(tmp_path / "cut.npy", GREY, "is not an array file")
    # The header is padded with spaces, which the longer number takes the place of.
    moon = whole.replace(b"(5, 1, 8, 8), }" + b" " * 12, b"(5000000000000, 1, 8, 8), }")
    assert moon != whole and len(moon) == len(whole)
    (tmp_path / "moon.npy").write_bytes(moon)
    _refused(tmp_path / "moon.npy", GREY, "is not an array file")
    with zipfile.ZipFile(tmp_path / "cut.npz", "w") as archive:
        archive.writestr("samples.npy", whole[:-1])
    _refused(tmp_path / "cut.npz", GREY, "is not an array file")


def test_files_under_another_name(tmp_path: Path) -> None:
    """An archive called .npy, an array called .npz, a table."""
    np.savez(tmp_path / "a.npz", samples=_pixels(3, *GREY))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    _refused(tmp_path / "a.npy", GREY, "rename it to .npz")
    np.save(tmp_path / "b.npy", _pixels(3, *GREY))
    (tmp_path / "b.npy").rename(tmp_path / "b.npz")
    _refused(tmp_path / "b.npz", GREY, "is no .npz file")
    (tmp_path / "c.csv").write_text("1,2\n")
    _refused(tmp_path / "c.csv", POINTS, "a folder of PNGs, or a file .npy, .npz or .pt")


def test_tensors_that_are_not_plain(tmp_path: Path) -> None:
    """Sparse ones and those without numbers are refused; gradients and half precision do no harm."""
    path = tmp_path / "x.pt"
    torch.save(torch.zeros(3, 2).to_sparse(), path)
    _refused(path, POINTS, "save a plain one")
    torch.save(torch.zeros(3, 2, device="meta"), path)
    _refused(path, POINTS, "save a plain one")
    torch.save([1, 2], path)
    _refused(path, POINTS, "holds a list; save one tensor")
    for kind in (torch.bits8, torch.float4_e2m1fn_x2):
        torch.save(torch.zeros(3, 2, dtype=kind), path)
        _refused(path, POINTS, f"a tensor of {kind}, which NumPy does not know")
    torch.save(torch.zeros(3, 2, requires_grad=True), path)
    assert not read(path, POINTS).x.requires_grad
    torch.save(torch.full((3, 2), 0.5, dtype=torch.bfloat16), path)
    assert read(path, POINTS).x.tolist() == [[0.5, 0.5]] * 3


@given(st.integers(2, 6), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))
def test_channels_are_found_wherever_they_stand(n: int, height: int, width: int, channels: int) -> None:
    """First, last or (grey) nowhere: of any size, the same images arrive."""
    images = _pixels(n, channels, height, width)
    forms = [images, images.transpose(0, 2, 3, 1)]
    if channels == 1:
        forms.append(images[:, 0])
    for form in forms:
        if form.shape[1:] == images.shape[1:] and form is not images:
            continue  # a cube of pixels is read as it stands
        with tempfile.TemporaryDirectory() as folder:
            given = read(_save(Path(folder) / "x.npy", form), images.shape[1:])
        assert np.array_equal(to_uint8(given.x).numpy(), images)
