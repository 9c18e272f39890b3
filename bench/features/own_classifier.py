"""A classifier of a user's own labelled images, and the file that it lives in.

    conv - ReLU - [pool] - conv - ReLU - pool ... linear - leaky ReLU = features (64) - linear = logits (K)

The family of the bundled classifiers for any square of 8 to 64 pixels, grey or RGB, and any number of
classes: there are as many blocks as it takes to leave at most 7 pixels a side.

The file is in safetensors' format, which holds numbers and no code. Its metadata says what the network is
made of, so that it can be rebuilt, and how it was trained.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.features.classifier import FEATURES
from bench.features.errors import WeightsError

SUFFIX = ".safetensors"
"""An extractor whose name ends in this is a file of a user's own."""

SIDES = (8, 64)
"""Smallest and largest height and width in pixels."""

_FORMAT = 1
_KEY = "ganbench"
_LAST_SIDE = 7
_POOLED_AT_ONCE = 16


@dataclass(frozen=True)
class Description:
    """What the metadata of a weights file says."""

    channels: int
    """1, grey, or 3, RGB."""
    side: int
    """Height and width in pixels."""
    classes: tuple[str, ...]
    """Names, in the order of the logits."""
    accuracy: float
    """Share of the held-out images that it recognises."""
    training: dict[str, Any]
    """How it was trained; plain values."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """C, H, W of the images that it reads."""
        return self.channels, self.side, self.side


@dataclass(frozen=True)
class Loaded:
    """A classifier from a file."""

    network: OwnClassifier
    """Frozen, on the CPU, in float32."""
    description: Description
    sha256: str
    """Of the file."""


class OwnClassifier(nn.Module):
    """Reads floats in [-1, 1], N x `channels` x `side` x `side`."""

    def __init__(self, channels: int, side: int, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU()]
        width, left = 16, side
        if side >= _POOLED_AT_ONCE:
            layers.append(nn.MaxPool2d(2))
            left //= 2
        while left > _LAST_SIDE or width < 32:
            layers += [nn.Conv2d(width, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            width, left = 32, left // 2
        self.body = nn.Sequential(*layers)
        self.features = nn.Linear(width * left * left, FEATURES)
        self.logits = nn.Linear(FEATURES, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features, N x 64, and logits, N x K."""
        features = functional.leaky_relu(self.features(self.body(x).flatten(1)), 0.1)
        return features, self.logits(features)


def serialised(network: OwnClassifier, description: Description) -> bytes:
    """The content of a weights file; the same for the same weights and description."""
    from safetensors.torch import save

    # One key, because safetensors writes several in an order that changes from call to call.
    about = json.dumps({"format": _FORMAT, **asdict(description)}, sort_keys=True)
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    return save(weights, metadata={_KEY: about})


def describe(path: str) -> Description:
    """What the file at `path` says of itself. Raises WeightsError if it is not a classifier's file."""
    return _described(_content(path), path)


def load(path: str) -> Loaded:
    """The classifier in the file at `path`; draws no random number. Raises WeightsError."""
    from safetensors import SafetensorError
    from safetensors.torch import load as parse

    content = _content(path)
    description = _described(content, path)
    with torch.device("meta"):
        network = OwnClassifier(description.channels, description.side, len(description.classes))
    try:
        weights = parse(content)
        network.load_state_dict(weights, assign=True)
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path}: its weights are not those that its metadata describes") from error
    if any(value.dtype != torch.float32 or not value.isfinite().all() for value in weights.values()):
        raise WeightsError(f"{path}: its weights are not all finite numbers in float32")
    digest = hashlib.sha256(content).hexdigest()
    return Loaded(network.requires_grad_(False).eval(), description, digest)


def _content(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise WeightsError(f"{path}: {error.strerror or 'cannot be read'} (a classifier's weights)") from None
    except (RuntimeError, ValueError):  # the home folder of nobody, a name that no file can have
        raise WeightsError(f"{path}: no such file (a classifier's weights)") from None


def _described(content: bytes, path: str) -> Description:
    """The metadata of safetensors' header: eight bytes of length, then JSON."""
    try:
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        raw = json.loads(header["__metadata__"][_KEY])
        if raw.pop("format") != _FORMAT:
            raise WeightsError(f"{path} was written by another version of ganbench; train it again")
        found = Description(**{**raw, "classes": tuple(raw["classes"])})
        known = (
            type(found.channels) is type(found.side) is int
            and found.channels in (1, 3)
            and SIDES[0] <= found.side <= SIDES[1]
            and len(found.classes) >= 2
            and all(isinstance(name, str) for name in found.classes)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        known = False
    if not known:
        raise WeightsError(f"{path} is not a classifier that `ganbench train-classifier` has written")
    return found
