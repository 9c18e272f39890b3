"""The bridge to torch-fidelity's extractors, both ways. Importing this imports torch-fidelity (slow).

Its DataLoaders, its cache and `calculate_metrics` are never used: a DataLoader consumes the global
random numbers of the training run, and the cache's key holds neither the data nor the weights. What it
freezes and puts into evaluation mode is a network of its own, never one of a caller.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.feature_extractor_clip import MODEL_URLS
from torch_fidelity.feature_extractor_dinov2 import MODEL_METADATA
from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY, register_feature_extractor
from torchvision.models import VGG16_Weights

from bench.features.classifier import CLASSES, FEATURES, load_classifier
from bench.features.errors import WeightsError
from bench.features.extractor import (
    BUNDLED,
    INCEPTION,
    STACK,
    Extractor,
    Wanted,
    classifier_of,
    features_of,
    is_stacked,
    joint_log_probabilities,
    stacked_features,
)
from bench.features.weights_file import refused, safe_path, weights_misfit
from gan.registry import unknown

# Inception enlarges every image to 299 x 299 pixels; 64 of them take about 1 GB.
_BATCH = 64
_CLASSES_LAYER = "logits_unbiased"
"""What torch-fidelity computes inception scores from."""


def fidelity_extractor(wanted: Wanted, device: str = "cpu") -> Extractor:
    """torch-fidelity's extractor of that name, at its default layer for FID, and its logits if it has any.

    Grey images are repeated to RGB. Raises what `load_extractor` says.
    """
    if wanted.name not in FEATURE_EXTRACTORS_REGISTRY:
        raise KeyError(unknown("extractor", wanted.name, [*BUNDLED, *FEATURE_EXTRACTORS_REGISTRY]))
    kind = FEATURE_EXTRACTORS_REGISTRY[wanted.name]
    layers = [str(kind.get_default_feature_layer_for_metric("fid"))]
    layers += [layer for layer in kind.get_provided_features_list() if layer == _CLASSES_LAYER]
    module = _constructed(kind, wanted, layers).requires_grad_(False).eval().to(device)

    def function(images: Tensor) -> tuple[Tensor, Tensor]:
        values, *rest = module(images.expand(-1, 3, -1, -1))
        logits = rest[0].double() if rest else values.new_zeros((len(values), 0), dtype=torch.float64)
        return values.double(), logits

    return Extractor(wanted.name, parameters_sha256(module), function, device, layers[0], batch=_BATCH)


def _constructed(kind: Any, wanted: Wanted, layers: list[str]) -> nn.Module:
    options: dict[str, Any] = {"verbose": False}
    if wanted.weights:
        options["feature_extractor_weights_path"] = _checked(wanted)
    try:
        # Building a network draws initial weights from the global generator, and torch-fidelity calls what
        # torch and torchvision have deprecated since.
        with torch.random.fork_rng(devices=[]), _same_environment(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module: nn.Module = kind(wanted.name, layers, **options)
    except Exception as error:  # someone else's file, or code that torch.hub has fetched, raises anything
        if wanted.weights:
            raise refused(wanted, error) from error
        said = str(error).partition("\n")[0] or type(error).__name__
        message = f"the weights of {wanted.name} are not here and cannot be downloaded ({said}); "
        raise WeightsError(message + _instead(wanted.name)) from error
    if not all(bool(value.isfinite().all()) for value in module.state_dict().values()):
        raise WeightsError(f"{wanted.weights or wanted.name}: some weights are not finite")
    return module


def _instead(name: str) -> str:
    """How to come by the weights where they cannot be downloaded."""
    if name in MODEL_METADATA:
        call = f"torch.hub.load('facebookresearch/dinov2', '{MODEL_METADATA[name]}')"
        return f"run {call} in Python where there is a network, and copy that user's ~/.cache/torch/hub here"
    urls = {INCEPTION: URL_INCEPTION_V3, "vgg16": VGG16_Weights.IMAGENET1K_V1.url, **MODEL_URLS}
    source = f"fetch {urls[name]} elsewhere and " if name in urls else ""
    return f"{source}give the metric a file: `weights: FILE`"


@contextmanager
def _same_environment() -> Iterator[None]:
    """Environment variables as they were: torch-fidelity switches xFormers off for the whole process."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _checked(wanted: Wanted) -> str:
    """The path, once it is known to hold nothing but tensors: torch-fidelity unpickles it blindly."""
    if (reason := weights_misfit(wanted)) is not None:
        instead = f", and {_instead(wanted.name)}" if wanted.name in MODEL_METADATA else ""
        raise WeightsError(reason + instead)
    return safe_path(wanted)


def parameters_sha256(module: nn.Module) -> str:
    """Hash of names, types and bytes of all parameters and buffers: the same wherever they came from."""
    digest = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def register_bundled() -> None:
    """See `bench.features.extractor.register`."""
    for name in BUNDLED:
        if name not in FEATURE_EXTRACTORS_REGISTRY:
            register_feature_extractor(name, _Stacked if is_stacked(name) else _Grey)


class _Grey(FeatureExtractorBase):  # type: ignore[misc]
    """A bundled classifier behind torch-fidelity's interface, which constructs it by its name."""

    # torch-fidelity hands every option of the call to every extractor, hence the unused rest.
    def __init__(self, name: str, features_list: list[str], **unused: Any) -> None:
        super().__init__(name, features_list)
        self.classifier = load_classifier(classifier_of(name))

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        return (str(FEATURES), "logits")

    @classmethod
    def get_default_feature_layer_for_metric(cls, metric: str) -> str:
        return "logits" if metric == "isc" else str(cls.get_provided_features_list()[0])

    @staticmethod
    def can_be_compiled() -> bool:
        return False

    def read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features and logits of one digit an image."""
        if not bool((images == images[:, :1]).all()):
            raise ValueError(f"{self.name} reads grey images, and these have unequal channels")
        return features_of(self.classifier, images[:, :1])

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """The requested features of uint8 images, in the order of the request."""
        values, logits = self.read(images)
        by_name = {self.get_provided_features_list()[0]: values, "logits": logits}
        return tuple(by_name[layer] for layer in self.features_list)


class _Stacked(_Grey):
    """The same for three digits an image, one a channel."""

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        return (str(STACK * FEATURES), "logits")

    def read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features of three digits an image, and logits of the thousand joint classes."""
        values, logits = stacked_features(self.classifier, images)
        return values, joint_log_probabilities(logits, CLASSES)
