"""Labelled images by class: how many of each, against how many there should be, and how surely told apart."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from bench.features.extractor import AUTO, BUNDLED, Wanted, automatic, knows_modes, labels, misfit
from bench.metrics._bank import Bank, Scored
from gan.data.base import Data

_LEARNT_FROM = 10_000
"""Training samples whose predicted classes stand in for the labels that a user's own data may not have."""
_A_FEW = 20
"""Samples of a class whose mean confidence is worth reporting."""


@dataclass(frozen=True)
class Classes:
    """N images as a classifier sees them."""

    counts: Tensor
    """int64, K: images a class; of a stack, a triple of digits."""
    confidence: float
    """Mean probability of each image's class."""
    lowest_confidence: float
    """That of the least certain class (in any channel), as a share of all classes' together."""


def chosen(data: Data, classifier: str) -> Wanted | None:
    """The classifier that an option names; None if the data has none of its own."""
    if classifier != AUTO:
        return Wanted(classifier)
    return Wanted(automatic(data)) if data.classifier else None


def declined(data: Data, classifier: str) -> str | None:
    """Why the images' classes cannot be told; None if they can."""
    wanted = chosen(data, classifier)
    if wanted is None:
        return (
            "no bundled classifier recognises the modes of these images; train one with "
            "`ganbench train-classifier` and give it as `classifier: FILE.safetensors`"
        )
    if not knows_modes(wanted.name):
        return f"{wanted.name} is no classifier of this data; give `classifier: FILE.safetensors`"
    return misfit(wanted.name, data.shape)


def classify(bank: Bank, samples: Scored, wanted: Wanted) -> Classes:
    """The images' classes; computed once for each classifier."""

    def compute() -> Classes:
        logits, classes = bank.features(samples, wanted).logits, bank.extractor(wanted).classes
        joint, confidence = labels(logits, classes)
        counts = torch.bincount(joint, minlength=classes ** (logits.shape[1] // classes))
        return Classes(counts, float(confidence.mean()), _least_certain(logits, classes))

    return samples.once(("classes", wanted), compute)


def priors(bank: Bank, wanted: Wanted) -> Tensor:
    """float64, K: the data's own class frequencies, or those that a user's classifier finds in it."""
    if wanted.name in BUNDLED:
        return bank.priors

    def compute() -> Tensor:
        counts = classify(bank, bank.rows("train", _LEARNT_FROM), wanted).counts
        return counts.double() / counts.sum()

    return bank.once(("class frequencies", wanted), compute)


def by_channel(histogram: Tensor, classes: int, channels: int) -> Tensor:
    """The histograms of each channel, one after the other, from the joint one."""
    cube = histogram.reshape((classes,) * channels)
    axes = range(channels)
    return torch.cat([cube.sum([other for other in axes if other != axis]) for axis in axes])


def _least_certain(logits: Tensor, classes: int) -> float:
    probability, kind = logits.reshape(len(logits), -1, classes).softmax(dim=2).max(dim=2)
    kind = kind + classes * torch.arange(kind.shape[1], device=logits.device)
    sums = torch.bincount(kind.flatten(), weights=probability.flatten())
    counts = torch.bincount(kind.flatten())
    # A handful of samples of a lost class says nothing about it; that it is lost is told elsewhere.
    known = counts >= min(_A_FEW, int(counts.max()))
    return float((sums[known] / counts[known]).min() / probability.mean())
