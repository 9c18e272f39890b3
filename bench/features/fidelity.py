"""The bridge to torch-fidelity's extractors, both ways. Importing this imports torch-fidelity (slow).

Its DataLoaders, its cache and `calculate_metrics` are never used: a DataLoader consumes the global
random numbers of the training run, and the cache's key holds neither the data nor the weights.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY, register_feature_extractor

from bench.features.classifier import CLASSES, FEATURES, load_classifier
from bench.features.extractor import (
    BUNDLED,
    STACK,
    Extractor,
    Wanted,
    WeightsError,
    grey_features,
    stacked_features,
)
from gan.registry import unknown


def fidelity_extractor(wanted: Wanted, device: str = "cpu") -> Extractor:
    """torch-fidelity's extractor of that name, at its default layer for FID, and its logits if it has any.

    Grey images are repeated to RGB. Raises what `load_extractor` says.
    """
    if wanted.name not in FEATURE_EXTRACTORS_REGISTRY:
        raise KeyError(unknown("extractor", wanted.name, [*BUNDLED, *FEATURE_EXTRACTORS_REGISTRY]))
    kind = FEATURE_EXTRACTORS_REGISTRY[wanted.name]
    layers = [kind.get_default_feature_layer_for_metric("fid")]
    layers += [layer for layer in ("logits",) if layer in kind.get_provided_features_list()]
    module = _constructed(kind, wanted, layers).requires_grad_(False).eval().to(device)

    def function(images: Tensor) -> tuple[Tensor, Tensor]:
        values, *rest = module(images.expand(-1, 3, -1, -1))
        logits = rest[0].double() if rest else values.new_zeros((len(values), 0), dtype=torch.float64)
        return values.double(), logits

    return Extractor(wanted.name, parameters_sha256(module), function, device)


def _constructed(kind: Any, wanted: Wanted, layers: list[str]) -> nn.Module:
    options: dict[str, Any] = {"verbose": False}
    if wanted.weights:
        options["feature_extractor_weights_path"] = _checked(wanted)
    try:
        # Building the network draws initial weights from the global generator.
        with torch.random.fork_rng(devices=[]):
            module: nn.Module = kind(wanted.name, layers, **options)
    except OSError as error:
        raise WeightsError(
            f"the weights of {wanted.name} are not here and cannot be downloaded ({error}); "
            "give the metric a file: `weights: FILE`"
        ) from error
    except (RuntimeError, ValueError, NotImplementedError) as error:
        message = str(error).partition("\n")[0] or type(error).__name__
        raise WeightsError(f"{wanted.weights or 'weights'}: not for {wanted.name}: {message}") from error
    return module


def _checked(wanted: Wanted) -> str:
    """The path, once it is known to hold nothing but tensors: torch-fidelity unpickles it blindly."""
    path = Path(wanted.weights).expanduser()
    if not path.is_file():
        raise WeightsError(f"{wanted.weights}: no such file (weights of {wanted.name})")
    if wanted.name.startswith("clip-"):
        return str(path)  # a TorchScript archive, which torch.jit.load reads without unpickling
    try:
        torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # arbitrary bytes make an unpickler raise anything
        message = str(error).partition("\n")[0]
        raise WeightsError(f"{path} is not a file of tensors only: {message}") from error
    return str(path)


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
            register_feature_extractor(name, _Stacked if name.endswith("-stacked") else _Grey)


class _Grey(FeatureExtractorBase):  # type: ignore[misc]
    """A bundled classifier behind torch-fidelity's interface, which constructs it by its name."""

    # torch-fidelity hands every option of the call to every extractor, hence the unused rest.
    def __init__(self, name: str, features_list: list[str], **unused: Any) -> None:
        super().__init__(name, features_list)
        self.classifier = load_classifier(name.removeprefix("ganbench-").removesuffix("-stacked"))

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
        return grey_features(self.classifier, images[:, :1])

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
        a, b, c = logits.reshape(-1, STACK, CLASSES).log_softmax(dim=2).unbind(dim=1)
        joint = a[:, :, None, None] + b[:, None, :, None] + c[:, None, None, :]
        return values, joint.flatten(1)
