"""Weights files of torch-fidelity's networks with random numbers in them: the right form, and no download."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn


def inception(path: Path) -> Path:
    """Inception; scaled so that signals survive 94 layers without training."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Untrained(FeatureExtractorInceptionV3):  # type: ignore[misc]
        def load_state_dict(self, *arguments: object, **options: object) -> None:
            """Keep the random initialisation."""

    torch.save({}, path)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Untrained("random", ["2048"], feature_extractor_weights_path=str(path))
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
    torch.save(network.state_dict(), path)
    return path


def vgg16(path: Path) -> Path:
    """torchvision's VGG16, as it is initialised."""
    from torchvision import models

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.save(models.vgg16().state_dict(), path)
    return path


def clip(path: Path, name: str) -> Path:
    """A tiny network of the kind that `name` is (vision transformer or ResNet), in OpenAI's archive."""
    from torch_fidelity.feature_extractor_clip import CLIPVisual

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        size = (8, 16, 1, 64, 8) if "vit" in name else (8, 32, (1, 1, 1, 1), 16, None)
        network = Archive(CLIPVisual(*size).visual)
    with warnings.catch_warnings():
        # torch has deprecated the format that CLIP is published in.
        warnings.simplefilter("ignore", FutureWarning)
        torch.jit.save(torch.jit.script(network), path)
    return path


class Hollow(nn.Module):
    """The parameters of a module, under their names, without what it computes with them."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        for name, value in module.named_parameters(recurse=False):
            self.register_parameter(name, nn.Parameter(value.detach().clone(), requires_grad=False))
        for name, value in module.named_buffers(recurse=False):
            self.register_buffer(name, value.clone())
        for name, child in module.named_children():
            self.add_module(name, Hollow(child))

    def forward(self, x: Tensor) -> Tensor:
        """Nothing."""
        return x


class Archive(nn.Module):
    """What torch-fidelity looks for in a CLIP archive."""

    def __init__(self, visual: nn.Module) -> None:
        super().__init__()
        self.visual = Hollow(visual)
        self.text_projection = nn.Parameter(torch.zeros(4, 8))

    def forward(self, x: Tensor) -> Tensor:
        """Nothing."""
        return x
