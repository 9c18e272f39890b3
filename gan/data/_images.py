"""Bytes of images and labels -> samples.

Images stay bytes for as long as they can: floats are four times as large.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gan.data.base import Samples

_CHUNK = 1000


def as_tensors(images: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
    """uint8 N x C x H x W as float32 in [-1, 1], and whole numbers as int64."""
    return in_range(images), torch.from_numpy(labels.astype(np.int64))


def in_range(images: np.ndarray) -> Tensor:
    """uint8 N x C x H x W as float32 in [-1, 1]: 2 v / 255 - 1."""
    return torch.from_numpy(np.ascontiguousarray(images)).float().div_(127.5).sub_(1.0)


def labelled(images: np.ndarray, labels: np.ndarray, classes: int) -> Samples:
    """Samples whose modes are classes. images: uint8 N x C x H x W; labels: N, in 0..classes - 1."""
    counts = np.bincount(labels.astype(np.int64), minlength=classes)
    return Samples(in_range(images), torch.from_numpy(counts / max(1, counts.sum())))


def unlabelled(images: np.ndarray) -> Samples:
    """Samples that are all of one mode. images: uint8 N x C x H x W."""
    return Samples(in_range(images), torch.ones(1, dtype=torch.float64))


def resized(images: np.ndarray, side: int) -> np.ndarray:
    """Square images, uint8 N x C x H x H, with `side` pixels a side: bilinear with antialiasing."""
    if images.shape[2] == side:
        return images
    small = np.empty((*images.shape[:2], side, side), np.uint8)
    for start in range(0, len(images), _CHUNK):
        chunk = torch.from_numpy(np.ascontiguousarray(images[start : start + _CHUNK])).float()
        scaled = F.interpolate(chunk, (side, side), mode="bilinear", antialias=True)
        small[start : start + _CHUNK] = scaled.round().clamp(0.0, 255.0).to(torch.uint8).numpy()
    return small
