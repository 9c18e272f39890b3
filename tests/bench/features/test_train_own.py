"""Training a user's classifier: it learns, it is measured on what it has not seen, and it repeats itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from bench.features.extractor import Wanted, load_extractor
from bench.features.labelled import Labelled, read
from bench.features.train_own import Trained, check_output, summary, train_own, write
from bench.problems import UserError


def _stripes(n: int, channels: int, side: int) -> Labelled:
    """Noisy images with a bright row, a bright column or a bright diagonal, in turn."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 100, (n, channels, side, side), generator=generator)
    labels = torch.arange(n) % 3
    place = torch.randint(0, side, (n,), generator=generator)
    for image, label, at in zip(images, labels.tolist(), place.tolist(), strict=True):
        lines = [image[:, at], image[:, :, at], image.diagonal(dim1=1, dim2=2)]
        lines[label].fill_(255)
    return Labelled(images.to(torch.uint8), labels, ("row", "column", "diagonal"))


@pytest.mark.parametrize(("channels", "side"), [(1, 8), (3, 17)])
def test_it_learns_and_is_read_back(channels: int, side: int, tmp_path: Path) -> None:
    """Three patterns under noise; the file that is written recognises them as well as it claims."""
    data = _stripes(240, channels, side)
    trained = train_own(data, epochs=15)
    assert trained.description.accuracy > 0.9, "chance is a third"
    path = tmp_path / "folder" / "own.safetensors"
    write(trained, path)
    extractor = load_extractor(Wanted(str(path)))
    found = extractor(data.images)
    assert extractor.sha256 == trained.sha256
    assert (found.logits.argmax(dim=1) == data.labels).double().mean() > 0.9
    assert found.values.var(dim=0).mean().item() == pytest.approx(1.0, rel=0.2), "features are scaled"


def test_the_same_images_give_the_same_file_and_the_caller_is_left_alone() -> None:
    """Byte for byte, whatever was drawn before; random numbers and threads are the caller's."""
    data = _stripes(60, 1, 8)
    torch.manual_seed(1)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    first = train_own(data, epochs=2)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads
    torch.manual_seed(2)
    second = train_own(data, epochs=2)
    assert first == second and isinstance(first, Trained)
    assert train_own(data, epochs=3).sha256 != first.sha256


def _learning_nothing(classes: tuple[str, ...], labels: Tensor) -> Trained:
    images = torch.randint(0, 256, (len(labels), 1, 8, 8), generator=torch.Generator().manual_seed(3))
    return train_own(Labelled(images.to(torch.uint8), labels, classes), epochs=60)


def test_accuracy_is_measured_on_images_that_were_not_learnt() -> None:
    """Pure noise can be learnt by heart, and not be recognised."""
    trained = _learning_nothing(("a", "b"), torch.arange(400) % 2)
    assert trained.description.accuracy < 0.7
    assert trained.description.training["images"] == 320
    assert trained.description.training["held_out"] == 80


def test_every_class_is_learnt_and_held_out_however_rare() -> None:
    """Five of a hundred images: four to learn from and one to be measured on, whatever the draw."""
    labels = torch.cat([torch.zeros(95), torch.ones(5)]).long()
    trained = _learning_nothing(("common", "rare"), labels)
    assert trained.description.training["images"] == 80
    assert trained.description.training["held_out"] == 20


def test_fewer_images_than_a_batch_are_enough() -> None:
    """The twelve of fifteen images that are learnt from are one small batch, not none."""
    data = _stripes(15, 1, 8)
    untrained, trained = train_own(data, epochs=1), train_own(data, epochs=40)
    assert trained.content != untrained.content
    assert trained.description.training["images"] == 12


def test_images_that_do_not_differ_cannot_be_learnt() -> None:
    """Their features have no variance to be scaled to one; NaN must not reach a file."""
    data = Labelled(torch.zeros(10, 1, 8, 8, dtype=torch.uint8), torch.arange(10) % 2, ("a", "b"))
    with pytest.raises(UserError, match="alike"):
        train_own(data, epochs=1)


def test_digits_are_learnt_in_a_tenth_of_the_default_time() -> None:
    """Nine in ten, where the bundled classifier reaches 99 %."""
    trained = train_own(read("digits", Path("nowhere")), epochs=6)
    assert trained.description.accuracy > 0.9
    assert trained.description.classes == tuple("0123456789")


def test_what_is_printed(tmp_path: Path) -> None:
    """Counts, accuracy, size and hash of the file that is really there."""
    data = _stripes(15, 1, 8)
    trained, path = train_own(data, epochs=1), tmp_path / "own.safetensors"
    write(trained, path)
    first, second, third = summary(data, trained, path)
    assert first == "15 images of 1 x 8 x 8, 3 classes: row 5, column 5, diagonal 5"
    assert second == f"held-out accuracy {trained.description.accuracy:.4f} (3 images)"
    assert third == f"{path}: {path.stat().st_size:,} bytes, sha256 {trained.sha256}"


def test_a_name_that_no_metric_would_find_is_refused(tmp_path: Path) -> None:
    """Before training, not after."""
    with pytest.raises(UserError, match=r"must end in \.safetensors"):
        check_output(tmp_path / "own.pt")
    (tmp_path / "file").touch()
    trained = train_own(_stripes(15, 1, 8), epochs=1)
    with pytest.raises(UserError, match="cannot be written"):
        write(trained, tmp_path / "file" / "own.safetensors")
