"""A cohort in training as one file: tensors and plain values, no code.

Written all or nothing, so that a killed process leaves either the old checkpoint or the new one, and with
its checksum at the end, so that one which a disk has changed is told from a whole one: torch reads flipped
bits without complaint. Read back with `weights_only=True`: nothing is ever unpickled that could run.
"""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, cast

import torch
from torch import Tensor

from gan.durable import Sink, put

_SIGNED = "ganbench sha256"
_SIGNATURE = re.compile(rb"\nganbench sha256 ([0-9a-f]{64})\n")
_LENGTH = len(f"\n{_SIGNED} {'0' * 64}\n")
_BLOCK = 1 << 20


class Damaged(ValueError):
    """A file that is no whole checkpoint; the message says in what way."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a cohort stood."""

    step: int
    """Rounds behind it."""
    seconds: float
    """Time spent training so far."""
    names: list[str]
    """What each replica is, so that a checkpoint is never taken for another cohort's."""
    tensors: list[Tensor]
    """The flattened replicas, each with a leading axis R; without it if there is only one."""
    left: list[str] = field(default_factory=list)
    """Replicas that have left the cohort before its end."""
    counts: dict[str, int] = field(default_factory=dict)
    """By name, what whoever watches a replica counts about it (see `gan.train.Cohort.counts`)."""
    share: float | None = None
    """A replica's share of the time so far; None: of as many as there are now."""

    def only(self, names: Sequence[str]) -> Checkpoint:
        """Of a cohort those of these replicas, in this order, that have not left it.

        Raises ValueError if one of them never was in it.
        """
        if lost := set(names) - set(self.names) - set(self.left):
            raise ValueError(f"the checkpoint belongs to another cohort: it knows nothing of {min(lost)}")
        here = [name for name in names if name in self.names]
        if here == self.names:
            return self
        if not here:
            return replace(self, names=[], tensors=[])
        places = [self.names.index(name) for name in here]
        alone = len(places) == 1
        tensors = [tensor[places[0]].clone() if alone else tensor[places] for tensor in self.tensors]
        return replace(self, names=here, tensors=tensors)

    def save(self, path: Path, before: Path | None = None) -> None:
        """Replace the file at `path`, all or nothing.

        Args:
            path: The file.
            before: Where the file that was there goes; None: nowhere.

        Raises:
            OSError: It could not be written; what was there is still there.
        """
        put(path, self._write, before)

    def _write(self, sink: Sink) -> None:
        torch.save({"format": _SIGNED, **vars(self)}, cast(IO[bytes], sink))
        # Behind the archive, where readers of such archives, torch among them, do not look.
        sink.write(f"\n{_SIGNED} {sink.checksum}\n".encode())

    @staticmethod
    def load(path: Path, device: torch.device) -> Checkpoint | None:
        """The checkpoint at `path`, tensors on `device`; None if there is none.

        Files of earlier versions, which have no checksum, are read all the same.

        Raises:
            Damaged: It is torn, changed, or no checkpoint.
            OSError: It cannot be read; an input/output error counts as damage.
        """
        if not path.exists():
            return None
        values = _whole(path)
        try:
            found = Checkpoint(**values)
            sound = isinstance(found.step, int) and all(isinstance(leaf, Tensor) for leaf in found.tensors)
        except TypeError:
            sound = False
        if not sound:
            raise Damaged("it is no checkpoint")
        return replace(found, tensors=[leaf.to(device) for leaf in found.tensors])


def _whole(path: Path) -> dict[str, Any]:
    """What the file at `path` holds, once that is known to be what was written. Raises Damaged."""
    signed = _signed(path)
    try:
        # On the CPU, so that a device without memory is not taken for a damaged file.
        values = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # What torch raises on bytes of any kind is not documented.
        if signed:
            raise
        raise Damaged(f"it is damaged ({type(error).__name__})") from None
    if not isinstance(values, dict):
        raise Damaged("it is no checkpoint")
    if values.pop("format", None) == _SIGNED and not signed:
        raise Damaged("it is damaged, its checksum is gone")
    return values


def _signed(path: Path) -> bool:
    """Whether the file ends in its checksum. Raises Damaged if that is another's."""
    try:
        with path.open("rb") as file:
            left = path.stat().st_size - _LENGTH
            checksum = hashlib.sha256()
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                checksum.update(block)
                left -= len(block)
            signature = _SIGNATURE.fullmatch(file.read())
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        raise Damaged(f"it cannot be read: {error.strerror}") from None
    if signature is not None and signature[1].decode() != checksum.hexdigest():
        raise Damaged("it is damaged, its checksum does not match")
    return signature is not None
