"""How `ganbench train-classifier` trains: as the bundled classifiers were, on anybody's labelled images.

A fifth of every class is held out and measures the accuracy. One thread, one seed: the same images on the
same machine give the same file, byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from bench.features.classifier import BATCH
from bench.features.labelled import Labelled
from bench.features.own_classifier import SUFFIX, Description, OwnClassifier, serialised
from bench.features.pixels import to_float
from bench.features.train_classifier import SEED, fit, scale
from bench.problems import UserError
from bench.wording import by

_HELD_OUT = 0.2
_SHIFTED_FROM = 16
"""Side in pixels from which on images are moved about by up to `_SHIFT` in training."""
_SHIFT = 2
_IMAGES_SEEN = 100_000


@dataclass(frozen=True)
class Trained:
    """A classifier, ready to be written."""

    content: bytes
    """Of its file."""
    description: Description

    @property
    def sha256(self) -> str:
        """Hash of the content, by which a score's protocol names it."""
        return hashlib.sha256(self.content).hexdigest()


def train_own(data: Labelled, epochs: int | None = None) -> Trained:
    """A classifier of `data`; the caller's random numbers and thread count stay as they are.

    Args:
        data: What to tell apart.
        epochs: Passes over the images; None: as many as see 100,000 images, but from 5 to 60.

    Raises:
        UserError: The images do not differ.
    """
    count, channels, side, _ = data.images.shape
    epochs = epochs or max(5, min(60, _IMAGES_SEEN // count))
    shift = _SHIFT if side >= _SHIFTED_FROM else 0
    with torch.random.fork_rng(devices=[]), _one_thread():
        torch.manual_seed(SEED)
        training, held_out = _split(data.labels, len(data.classes))
        network = OwnClassifier(channels, side, len(data.classes))
        x = to_float(data.images[training])
        fit(network, x, data.labels[training], epochs, shift)
        scale(network, x)
        accuracy = _accuracy(network, data.images[held_out], data.labels[held_out])
    if not all(bool(value.isfinite().all()) for value in network.state_dict().values()):
        raise UserError("the images cannot be learnt from: they all look alike to the network")
    how = {
        "images": len(training),
        "held_out": len(held_out),
        "epochs": epochs,
        "shift": shift,
        "seed": SEED,
        "torch": str(torch.__version__),
    }
    description = Description(channels, side, data.classes, accuracy, how)
    return Trained(serialised(network, description), description)


def check_output(path: Path) -> None:
    """Raises UserError, before anything is trained, if no metric would find a classifier of that name."""
    if path.suffix != SUFFIX:
        raise UserError(f"{path} must end in {SUFFIX}: by that a metric's `extractor` is known to be a file")


def write(trained: Trained, path: Path) -> None:
    """Write the file. Raises UserError where that is impossible."""
    check_output(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(trained.content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None


def summary(data: Labelled, trained: Trained, path: Path) -> list[str]:
    """What there is to know of a classifier that has been written to `path`; one line each."""
    about = trained.description
    counts = ", ".join(f"{name} {count:,}" for name, count in data.counts.items())
    return [
        f"{len(data.images):,} images of {by(about.shape)}, {len(about.classes)} classes: {counts}",
        f"held-out accuracy {about.accuracy:.4f} ({about.training['held_out']:,} images)",
        f"{path}: {len(trained.content):,} bytes, sha256 {trained.sha256}",
    ]


def _split(labels: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Indices of four fifths of every class and of the rest, in which each class has at least one."""
    training, held_out = [], []
    for label in range(classes):
        rows = (labels == label).nonzero().flatten()
        rows = rows[torch.randperm(len(rows))]
        cut = len(rows) - max(1, round(_HELD_OUT * len(rows)))
        training.append(rows[:cut])
        held_out.append(rows[cut:])
    return torch.cat(training), torch.cat(held_out)


@torch.no_grad()
def _accuracy(network: OwnClassifier, images: Tensor, labels: Tensor) -> float:
    pairs = zip(images.split(BATCH), labels.split(BATCH), strict=True)  # type: ignore[no-untyped-call]
    right = sum(int((network(to_float(x))[1].argmax(dim=1) == y).sum()) for x, y in pairs)
    return right / len(images)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums split over threads round differently from one number of threads to another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
