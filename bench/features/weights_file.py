"""What is wrong with the file that a metric's `weights` names, each time in one line of our own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from bench.features.errors import WeightsError
from bench.features.extractor import BUNDLED, Wanted, is_own

_HUB = "dinov2-"
_ARCHIVED = "clip-"
# What `load_state_dict` says of names and of sizes.
_NAMES = {
    "missing": r"Missing key\(s\) in state_dict: (.*)",
    "unknown": r"Unexpected key\(s\) in state_dict: (.*)",
}
_SIZES = r"size mismatch for ([^:\s]+):"


def weights_misfit(wanted: Wanted) -> str | None:
    """Why no weights can be read from where `wanted` says, as far as can be told without opening the file.

    Returns:
        None if they can, and where nothing was said about weights.
    """
    name, file = wanted.name, wanted.weights
    if not file:
        return None
    if is_own(name) or name in BUNDLED:
        return (
            f"{name} is defined by its {'own' if is_own(name) else 'bundled'} weights; leave `weights` empty"
        )
    if name.startswith(_HUB):
        return f"{name} reads no file; leave `weights` empty"
    try:
        is_there = Path(file).expanduser().is_file()
    except (OSError, RuntimeError):  # a name that is too long, the home folder of nobody
        is_there = False
    return None if is_there else f"{file}: no such file (weights of {name})"


def safe_path(wanted: Wanted) -> str:
    """The path of the file, once it is known that whoever opens it runs no code.

    Raises:
        WeightsError: It cannot be read, or does not hold tensors, each by its name, and nothing else.
    """
    path = Path(wanted.weights).expanduser()
    if wanted.name.startswith(_ARCHIVED):
        return str(path)  # a TorchScript archive, which torch.jit.load reads without unpickling
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(
            f"{path}: {error.strerror or 'cannot be read'} (weights of {wanted.name})"
        ) from error
    except Exception as error:  # arbitrary bytes make an unpickler raise anything
        message = f"{path} is no weights file that can be opened safely: it does not hold tensors only"
        raise WeightsError(message) from error
    by_name = isinstance(found, Mapping) and all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in found.items()
    )
    if not by_name:
        raise WeightsError(f"{path} does not hold tensors by their names, as a state dict does")
    return str(path)


def refused(wanted: Wanted, error: Exception) -> WeightsError:
    """What the network of that name found wrong with its file when it raised `error`."""
    if wanted.name.startswith(_ARCHIVED):
        return WeightsError(
            f"{wanted.weights} is not the TorchScript archive that OpenAI publishes of {wanted.name}"
        )
    said = str(error)
    wrong = [
        _some(kind, re.findall(r'"([^"]+)"', line))
        for kind, form in _NAMES.items()
        for line in re.findall(form, said)
    ]
    if sizes := re.findall(_SIZES, said):
        wrong.append(_some("another size of", sizes))
    why = "; ".join(wrong) or said.partition("\n")[0] or type(error).__name__
    return WeightsError(f"{wanted.weights} does not fit {wanted.name}: {why}")


def _some(kind: str, names: list[str]) -> str:
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{kind} {names[0]}{more}"
