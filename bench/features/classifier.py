"""The bundled digit classifiers: a small LeNet for 8 x 8 and for 28 x 28 pixels.

    conv - ReLU - [pool] - conv - ReLU - pool - linear - leaky ReLU = features (64) - linear = logits (10)

The penultimate layer leaks: with a ReLU there a quarter of the units are dead, and the covariance is
singular; with LeNet's tanh, which saturates, distances hardly see pixel noise or shrunken diversity. It
is also homogeneous, so that features could be scaled, without changing any logit, to a total variance of
one a unit on the training images: distances are then of the size that Inception has made familiar.

The weights were trained by `bench/features/train_classifier.py` and ship with the package. Scores are
comparable only between equal weights, so each file is pinned by its hash.

Reference: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
recognition", doi:10.1109/5.726791.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDES = {"digits": 8, "mnist": 28}
"""Height and width in pixels of the images that each bundled classifier reads."""

SHA256 = {
    "digits": "425406f8c623608611401a98a738c206df082eb4d6873f48425fc7e21d19cf9f",
    "mnist": "8a3ffaaf8e959c381d52d4015fd581a6ee676fd14930c3554d4136f941ebb14a",
}
"""Hash of each bundled weights file."""

BATCH = 128
"""Images that a classifier reads at once when it does not learn: few enough that activations stay in a
processor's cache."""
BATCHES = {"digits": 8 * BATCH, "mnist": BATCH}
"""Of each bundled classifier: small images come in larger batches, or calls would cost more than arithmetic.
Features depend on it by a rounding of float32 at most."""

FEATURES = 64
CLASSES = 10

_FOLDER = Path(__file__).parent / "weights"


class WeightsChanged(RuntimeError):
    """A bundled weights file is not the one that scores are defined with."""


class Halved(nn.Module):
    """`nn.MaxPool2d(2)` of even sides, bit for bit, at a quarter of its time on the CPU (torch 2.15)."""

    def forward(self, x: Tensor) -> Tensor:
        """N x C x 2H x 2W to N x C x H x W."""
        high = torch.maximum(x[:, :, 0::2], x[:, :, 1::2])
        return torch.maximum(high[..., 0::2], high[..., 1::2])


class Classifier(nn.Module):
    """Ten classes of grey digits. Reads floats in [-1, 1], N x 1 x `side` x `side`; `side` is 8 or 28."""

    def __init__(self, side: int) -> None:
        super().__init__()
        large = side == SIDES["mnist"]
        kernel = 5 if large else 3
        self.first = nn.Conv2d(1, 16, kernel, padding=kernel // 2)
        self.shrink = Halved() if large else nn.Identity()
        self.second = nn.Conv2d(16, 32, kernel)
        self.pool = Halved()
        width = ((side // 2 if large else side) - kernel + 1) // 2
        self.features = nn.Linear(32 * width * width, FEATURES)
        self.logits = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features, N x 64, and logits, N x 10."""
        hidden = self.shrink(self.first(x).relu())
        hidden = self.pool(self.second(hidden).relu()).flatten(1)
        features = functional.leaky_relu(self.features(hidden), 0.1)
        return features, self.logits(features)


def weights_path(name: str) -> Path:
    """Where the weights of the bundled classifier `name` are."""
    return _FOLDER / f"{name}.safetensors"


def load_classifier(name: str, path: Path | None = None) -> Classifier:
    """The bundled classifier `name` ("digits" or "mnist"), frozen, on the CPU, in float32.

    Args:
        name: Which of the bundled classifiers.
        path: Read the weights from here instead of from the package; the hash must be the same.

    Raises:
        WeightsChanged: The file's hash is not the pinned one.
    """
    from safetensors.torch import load

    path = path or weights_path(name)
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise WeightsChanged(f"{path} has sha256 {found}, and scores are defined with {SHA256[name]}")
    # On the meta device nothing is initialised, so the caller's random numbers stay where they were.
    with torch.device("meta"):
        classifier = Classifier(SIDES[name])
    classifier.load_state_dict(load(content), assign=True)
    return classifier.requires_grad_(False).eval()
