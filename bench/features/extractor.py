"""What turns uint8 images into float64 features: bundled classifiers and torch-fidelity's extractors.

    ganbench-digits, ganbench-mnist                    one grey image: 64 features, 10 logits
    ganbench-digits-stacked, ganbench-mnist-stacked    a digit a channel: 192 features, 3 x 10 logits
    FILE.safetensors                                   a user's own classifier: 64 features, K logits
    inception-v3-compat, vgg16, clip-*, dinov2-*       torch-fidelity's own, at its default layer for FID

Features leave in float64: torch-fidelity averages in the dtype it is given, and float32 means are off
in the fourth digit already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from bench.features import own_classifier
from bench.features.arithmetic import full_precision
from bench.features.classifier import (
    BATCH,
    BATCHES,
    CLASSES,
    SHA256,
    SIDES,
    Classifier,
    load_classifier,
)
from bench.features.errors import WeightsError
from bench.features.own_classifier import OwnClassifier
from bench.features.pixels import to_float
from bench.wording import by
from gan.data.base import Data
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
_CLIP = (
    "rn50",
    "rn101",
    "rn50x4",
    "rn50x16",
    "rn50x64",
    "vit-b-32",
    "vit-b-16",
    "vit-l-14",
    "vit-l-14-336px",
)
FIDELITY = (
    INCEPTION,
    "vgg16",
    *(f"clip-{size}" for size in _CLIP),
    *(f"dinov2-vit-{size}-14" for size in "sblg"),
)
"""torch-fidelity's own extractors; listed here because importing it takes seconds."""


@dataclass(frozen=True)
class Wanted:
    """An extractor that a metric asks for, by name; equal ones are loaded once."""

    name: str
    """One of `BUNDLED` or `FIDELITY`, or the path of a user's own classifier, FILE.safetensors."""
    weights: str = ""
    """File of weights for one of torch-fidelity's extractors; empty for its own download.

    inception-v3-compat reads torch-fidelity's `weights-inception-2015-12-05-6726825d.pth`, vgg16
    torchvision's `vgg16-397923af.pth` (or any state dict of that form), clip-* the TorchScript archive that
    OpenAI publishes under each name. dinov2-* reads no file: torch.hub fetches its code and its weights."""


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
    """Of a classifier's weights file, or of the loaded parameters of one of torch-fidelity's extractors."""
    function: Callable[[Tensor], tuple[Tensor, Tensor]]
    """uint8 N x C x H x W -> features N x D and logits N x K, both float64."""
    device: str = "cpu"
    layer: str = "features"
    """Which of its network's outputs the features are."""
    classes: int = 0
    """Modes of the data that its logits tell apart, in each channel of a stack; 0 if they are no modes."""
    batch: int = BATCH
    """Images that are read together."""

    def __call__(self, images: Tensor) -> Features:
        """Features of uint8 images, computed in batches on `device`, where they stay.

        Raises:
            WeightsError: A feature is not finite; pixels always are, so it is the weights that are broken.
        """
        parts = []
        with torch.no_grad(), full_precision(self.device):
            for batch in images.split(self.batch):  # type: ignore[no-untyped-call]
                values, logits = self.function(batch.to(self.device))
                parts.append((values, logits))
        values, logits = (torch.cat(side) for side in zip(*parts, strict=True))
        if not bool(values.isfinite().all() and logits.isfinite().all()):
            raise WeightsError(f"{self.name} gives features that are not finite: its weights are broken")
        return Features(values, logits)


def is_own(name: str) -> bool:
    """Whether it is the path of a user's own classifier."""
    return name.endswith(own_classifier.SUFFIX)


def is_stacked(name: str) -> bool:
    """Whether it is a bundled classifier that reads a digit a channel."""
    return name in BUNDLED and name.endswith(_STACKED)


def classifier_of(name: str) -> str:
    """Which of the bundled classifiers is behind one of `BUNDLED`."""
    return name.removeprefix(_PREFIX).removesuffix(_STACKED)


def knows_modes(name: str) -> bool:
    """Whether its classes are modes of the data that it fits: bundled classifiers' are, and users' own."""
    return name in BUNDLED or is_own(name)


def classes_of(name: str) -> int:
    """How many modes of the data it tells apart, of a stack triples of digits; 0 if its classes are no modes.

    Raises:
        WeightsError: A user's own classifier cannot be read.
    """
    if is_own(name):
        return len(own_classifier.describe(name).classes)
    if name in BUNDLED:
        return int(CLASSES**STACK) if is_stacked(name) else CLASSES
    return 0


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
        side = SIDES[classifier_of(name)]
        expected = (STACK if is_stacked(name) else 1, side, side)
        return None if shape == expected else f"{name} reads images of {by(expected)} pixels"
    if is_own(name):
        return _own_misfit(name, shape)
    if name not in FIDELITY:
        return unknown("extractor", name, [*BUNDLED, *FIDELITY])
    return None if shape[0] in (1, 3) else f"{name} reads grey or RGB images, not {shape[0]} channels"


def _own_misfit(path: str, shape: tuple[int, ...]) -> str | None:
    try:
        expected = own_classifier.describe(path).shape
    except WeightsError as error:
        return str(error)
    return None if shape == expected else f"{Path(path).name} reads images of {by(expected)} pixels"


def load_extractor(wanted: Wanted, device: str = "cpu") -> Extractor:
    """The extractor called `wanted.name`.

    Raises:
        WeightsError: Its weights are neither bundled nor downloadable, or a file of them does not fit.
        KeyError: There is no such extractor.
    """
    own = is_own(wanted.name)
    if not own and wanted.name not in BUNDLED:
        from bench.features.fidelity import fidelity_extractor

        return fidelity_extractor(wanted, device)
    # Imported here, because it knows which extractors there are.
    from bench.features.weights_file import weights_misfit

    if (reason := weights_misfit(wanted)) is not None:
        raise WeightsError(reason)
    if own:
        return _own_extractor(wanted.name, device)
    name = classifier_of(wanted.name)
    classifier = load_classifier(name).to(device)
    read = stacked_features if is_stacked(wanted.name) else features_of
    return Extractor(
        wanted.name,
        SHA256[name],
        lambda images: read(classifier, images),
        device,
        classes=CLASSES,
        batch=BATCHES[name],
    )


def _own_extractor(path: str, device: str) -> Extractor:
    loaded = own_classifier.load(path)
    network, classes = loaded.network.to(device), len(loaded.description.classes)
    return Extractor(
        # The folder is the user's own business: equal scores come from equal hashes.
        name=Path(path).name,
        sha256=loaded.sha256,
        function=lambda images: features_of(network, images),
        device=device,
        classes=classes,
    )


def features_of(classifier: Classifier | OwnClassifier, images: Tensor) -> tuple[Tensor, Tensor]:
    """Features N x 64 and logits N x K of uint8 images N x C x H x W."""
    values, logits = classifier(to_float(images))
    return values.double(), logits.double()


def stacked_features(classifier: Classifier, images: Tensor) -> tuple[Tensor, Tensor]:
    """Features N x 192 and logits N x 30 of uint8 images N x 3 x H x W, channel after channel."""
    values, logits = features_of(classifier, images.flatten(0, 1).unsqueeze(1))
    return values.reshape(len(images), -1), logits.reshape(len(images), -1)


def labels(logits: Tensor, classes: int = CLASSES) -> tuple[Tensor, Tensor]:
    """Class and confidence of every image.

    Args:
        logits: N x K C, K a channel.
        classes: K, `Extractor.classes` of the extractor that gave the logits.

    Returns:
        int64 N: the class, or of three digits 100 a + 10 b + c; float64 N: the probability of that class
        (of independent channels, the product).
    """
    channels = logits.reshape(len(logits), -1, classes)
    probability, digit = channels.softmax(dim=2).max(dim=2)
    places = classes ** torch.arange(channels.shape[1] - 1, -1, -1, device=logits.device)
    return (digit * places).sum(dim=1), probability.prod(dim=1)


def joint_log_probabilities(logits: Tensor, classes: int) -> Tensor:
    """Log-probabilities of the classes of whole images, whose channels are classified one by one.

    Args:
        logits: float64, N x (K C): K a channel.
        classes: K.

    Returns:
        float64, N x K^C; the class of the first channel counts most, as in `labels`.
    """
    first, *others = logits.reshape(len(logits), -1, classes).log_softmax(dim=2).unbind(dim=1)
    for other in others:
        first = (first[:, :, None] + other[:, None, :]).flatten(1)
    return first


def register() -> None:
    """Make the bundled extractors known to torch-fidelity, by the names above; again does nothing.

    After this `torch_fidelity.calculate_metrics` and its command line accept them, and read their PNG
    folders with them: a grey image is decoded to three equal channels there, which they take as one.
    """
    from bench.features.fidelity import register_bundled

    register_bundled()
