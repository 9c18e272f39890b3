"""Real features on disk, found by the content that they were made of.

The key is a hash of everything that the numbers depend on, the pixels themselves included; so a file is never
stale, only unused, and the folder may be deleted at any time. Files hold tensors and nothing that could be
executed; one that is torn or altered is computed anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

_FORMAT = 3


def folder() -> Path:
    """$GANBENCH_CACHE, else ganbench in the user's cache folder."""
    if chosen := os.environ.get("GANBENCH_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ganbench"


def key(samples: Tensor, about: Mapping[str, Any]) -> str:
    """Digest of real samples (uint8 images or float64 points) and of plain values that describe their use."""
    digest = hashlib.sha256()
    shape = [str(samples.dtype), *samples.shape]
    described = json.dumps({"format": _FORMAT, "samples": shape, **about}, sort_keys=True)
    digest.update(described.encode())
    digest.update(samples.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def kept(name: str, compute: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """The tensors kept under a name; computed, and then kept, if there are none."""
    if (found := load(name)) is None:
        found = compute()
        save(name, found)
    return found


def load(name: str) -> dict[str, Tensor] | None:
    """The tensors kept under a name; None if there are none, or not as they were written."""
    from safetensors import SafetensorError
    from safetensors.torch import load as parse

    try:
        content = (folder() / f"{name}.safetensors").read_bytes()
        digest, body = content[:32], content[32:]
        return parse(body) if hashlib.sha256(body).digest() == digest else None
    except (OSError, SafetensorError):
        return None


def save(name: str, tensors: Mapping[str, Tensor]) -> None:
    """Keep tensors under a name that begins with a key; does nothing where nothing can be written."""
    from safetensors.torch import save as serialised

    body = serialised({part: value.detach().cpu().contiguous() for part, value in tensors.items()})
    path = folder() / f"{name}.safetensors"
    written = path.with_name(f"{name}.{os.getpid()}.{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Workers that compute the same thing at once each write a file of their own; the last one stays.
        written.write_bytes(hashlib.sha256(body).digest() + body)
        written.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            written.unlink()
