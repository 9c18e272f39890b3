"""What turns uint8 images into float64 features: bundled classifiers and torch-fidelity's extractors.

    ganbench-digits, ganbench-mnist                    one grey image: 64 features, 10 logits
    ganbench-digits-stacked, ganbench-mnist-stacked    a digit a channel: 192 features, 3 x 10 logits
    inception-v3-compat, vgg16, clip-*, dinov2-*       torch-fidelity's own, at its default layer for FID

Features leave in float64: torch-fidelity averages in the dtype it is given, and float32 means are off
in the fourth digit already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.features.classifier import CLASSES, SHA256, SIDES, Classifier, load_classifier
from bench.features.pixels import to_float
from gan.data.base import Data, DataError
from gan.registry import unknown

STACK = 3
"""Digits in one stacked image."""

_STACKED = "-stacked"
_PREFIX = "ganbench-"
BUNDLED = tuple(f"{_PREFIX}{name}{end}" for name in SIDES for end in ("", _STACKED))
"""The extractors that ship with the package and need no download."""

AUTO = "auto"
"""Lets `automatic` choose."""

INCEPTION = "inception-v3-compat"
_FIDELITY_FAMILIES = (INCEPTION, "vgg16", "clip-", "dinov2-")
# Inception enlarges every image to 299 x 299 pixels; 64 of them take about 1 GB.
_BATCH = {True: 1024, False: 64}


class WeightsError(DataError):
    """An extractor's weights cannot be had; the message says which, and what to do."""


@dataclass(frozen=True)
class Wanted:
    """An extractor that a metric asks for, by name; equal ones are loaded once."""

    name: str
    weights: str = ""
    """File of weights for one of torch-fidelity's extractors; empty for its own download."""


@dataclass(frozen=True)
class Features:
    """What an extractor says about N images."""

    values: Tensor
    """float64, N x D."""
    logits: Tensor
    """float64, N x K; K is 0 for an extractor that does not classify."""


@dataclass(frozen=True)
class Extractor:
    """A function from images to features that knows which weights it was made of."""

    name: str
    sha256: str
    """Of a bundled weights file, or of the loaded parameters of one of torch-fidelity's extractors."""
    function: Callable[[Tensor], tuple[Tensor, Tensor]]
    """uint8 N x C x H x W -> features N x D and logits N x K, both float64."""
    device: str = "cpu"

    def __call__(self, images: Tensor) -> Features:
        """Features of uint8 images, computed in batches on `device` and returned on the CPU."""
        parts = []
        with torch.no_grad(), full_precision(self.device):
            for batch in images.split(_BATCH[self.name in BUNDLED]):  # type: ignore[no-untyped-call]
                values, logits = self.function(batch.to(self.device))
                parts.append((values.cpu(), logits.cpu()))
        return Features(torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts]))


@contextmanager
def full_precision(device: str) -> Iterator[None]:
    """Neither autocast nor, on CUDA, TF32 convolutions, whatever the training around has chosen.

    Rounded features would give other scores on a GPU than on a CPU. All settings are put back.
    """
    kind = device.partition(":")[0]
    with ExitStack() as stack:
        stack.enter_context(torch.autocast(kind, enabled=False))
        if kind == "cuda":
            flags = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
            stack.enter_context(flags)
        yield


def automatic(data: Data) -> str:
    """The extractor that `auto` means: the data's bundled classifier if it has one, else Inception."""
    if data.classifier is None:
        return INCEPTION
    return f"{_PREFIX}{data.classifier}{_STACKED if data.shape[0] == STACK else ''}"


def misfit(name: str, shape: tuple[int, ...]) -> str | None:
    """Why the extractor `name` cannot read samples of `shape`, or does not exist; None if it can."""
    if len(shape) != 3:
        return "features need images, and these samples are points"
    if name in BUNDLED:
        side = SIDES[_classifier_of(name)]
        expected = (STACK if name.endswith(_STACKED) else 1, side, side)
        wanted = " x ".join(str(v) for v in expected)
        return None if shape == expected else f"{name} reads images of {wanted} pixels"
    if not name.startswith(_FIDELITY_FAMILIES):
        return unknown("extractor", name, [*BUNDLED, INCEPTION, "vgg16"])
    return None if shape[0] in (1, 3) else f"{name} reads grey or RGB images, not {shape[0]} channels"


def load_extractor(wanted: Wanted, device: str = "cpu") -> Extractor:
    """The extractor called `wanted.name`.

    Raises:
        WeightsError: Its weights are neither bundled nor downloadable, or `wanted.weights` does not fit.
        KeyError: There is no such extractor.
    """
    if wanted.name not in BUNDLED:
        from bench.features.fidelity import fidelity_extractor

        return fidelity_extractor(wanted, device)
    if wanted.weights:
        raise WeightsError(f"{wanted.name} is defined by its bundled weights; leave `weights` empty")
    name = _classifier_of(wanted.name)
    classifier = load_classifier(name).to(device)
    read = stacked_features if wanted.name.endswith(_STACKED) else grey_features
    return Extractor(wanted.name, SHA256[name], lambda images: read(classifier, images), device)


def grey_features(classifier: Classifier, images: Tensor) -> tuple[Tensor, Tensor]:
    """Features N x 64 and logits N x 10 of uint8 images N x 1 x H x W."""
    values, logits = classifier(to_float(images))
    return values.double(), logits.double()


def stacked_features(classifier: Classifier, images: Tensor) -> tuple[Tensor, Tensor]:
    """Features N x 192 and logits N x 30 of uint8 images N x 3 x H x W, channel after channel."""
    values, logits = grey_features(classifier, images.flatten(0, 1).unsqueeze(1))
    return values.reshape(len(images), -1), logits.reshape(len(images), -1)


def labels(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Class and confidence of every image.

    Args:
        logits: N x 10 C, ten a channel.

    Returns:
        int64 N: the digit, or 100 a + 10 b + c of three; float64 N: the probability of that class
        (of independent channels, the product).
    """
    channels = logits.reshape(len(logits), -1, CLASSES)
    probability, digit = channels.softmax(dim=2).max(dim=2)
    places = CLASSES ** torch.arange(channels.shape[1] - 1, -1, -1)
    return (digit * places).sum(dim=1), probability.prod(dim=1)


def register() -> None:
    """Make the bundled extractors known to torch-fidelity, by the names above; again does nothing.

    After this `torch_fidelity.calculate_metrics` and its command line accept them, and read their PNG
    folders with them: a grey image is decoded to three equal channels there, which they take as one.
    """
    from bench.features.fidelity import register_bundled

    register_bundled()


def _classifier_of(name: str) -> str:
    return name.removeprefix(_PREFIX).removesuffix(_STACKED)
