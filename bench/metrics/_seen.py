"""What a metric with options `extractor` and `weights` looks at: features of images, points as they are."""

from __future__ import annotations

from bench.features.extractor import AUTO, Wanted, automatic, misfit
from bench.features.weights_file import weights_misfit
from gan.data.base import Data


def are_points(data: Data) -> bool:
    """Whether a sample is a point, and not an image."""
    return len(data.shape) == 1


def is_one_point(data: Data) -> bool:
    """Whether all samples are the same point, so that there are no distances to compare others with."""
    return data.spread == 0 and data.alphabet is None and data.modes == 1


def through(data: Data, extractor: str, weights: str) -> Wanted | None:
    """The extractor that the options name; None for points, which need none."""
    if are_points(data):
        return None
    return Wanted(automatic(data) if extractor == AUTO else extractor, weights)


def declined(data: Data, extractor: str, weights: str) -> str | None:
    """Why the options do not fit the data; None if they do."""
    wanted = through(data, extractor, weights)
    if wanted is not None:
        return misfit(wanted.name, data.shape) or weights_misfit(wanted)
    if is_one_point(data):
        return (
            "all samples of this data are one point, so that no distance has a scale; ask for `equilibrium`"
        )
    # An option that could only be ignored is refused.
    if extractor != AUTO or weights:
        return "points are compared as they are; leave out `extractor` and `weights`"
    return None
