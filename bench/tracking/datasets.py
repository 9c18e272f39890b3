"""The data set of a run, as MLflow lists it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.tracking.entries import DataSet
from gan.recipe import digest

_LENGTH = 36
"""Characters of a digest that MLflow keeps."""


def dataset(start: Mapping[str, Any], protocol: Mapping[str, Any]) -> DataSet | None:
    """What a run was trained on; None if its start does not say.

    The digest is that of the images where there are files, else that of the options, which say all of it.

    Args:
        start: The run's start event, for its recipe's `data`.
        protocol: The protocol in force; its `images_sha256` is None for data that a formula makes.
    """
    data = (start.get("recipe") or {}).get("data")
    if not data:
        return None
    options = json.dumps(data.get("knobs") or {}, sort_keys=True)
    images = protocol.get("images_sha256")
    if not isinstance(images, str):
        return DataSet(data["name"], digest(data), "made by ganbench from its options", options)
    return DataSet(data["name"], images[:_LENGTH], f"image files; SHA-256 of their pixels: {images}", options)
