"""A cohort's checkpoints while it trains: two are kept, the older for when the newest is damaged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from gan.checkpoint import Checkpoint
from gan.durable import tidy
from gan.generations import aside, before
from gan.room import Room, Stopped

Tell = Callable[[str, str], None]
"""Hears what the user should know: its kind ("checkpoint" or "disk") and a sentence."""


@dataclass(frozen=True)
class Kept:
    """Where the newest is, and who hears of trouble."""

    path: Path
    tell: Tell
    stop: Callable[[], bool]
    """Whether to give up waiting for room on the disk."""

    def resume(
        self, restore: Callable[[Checkpoint], None], device: torch.device, origin: Path | None = None
    ) -> bool:
        """Hand the newest sound checkpoint to `restore`, if there is one; whether that is the origin's.

        A damaged one is put aside, so that it never takes the place of a sound one, and told of.

        Args:
            restore: Goes on from it. Raises ValueError for one that is not its own.
            device: Where tensors go.
            origin: The checkpoint of a larger cohort that this one was a part of, if it was.
        """
        wrong: list[str] = []
        newest = [self.path] if origin is None else [self.path, origin]
        for file in [file for path in newest for file in (path, before(path))]:
            tidy(file)
            try:
                saved = Checkpoint.load(file, device)
                if saved is not None:
                    restore(saved)
            except ValueError as error:
                wrong.append(f"checkpoint {file.name} cannot be used: {error}")
                with suppress(OSError):
                    file.replace(aside(file))
                continue
            if saved is not None:
                if wrong or file not in newest:
                    reason = "; ".join(wrong) or "the newest checkpoint is missing"
                    self._tell(f"{reason}; going on from {file.name}, of step {saved.step}")
                return file not in (self.path, before(self.path))
        if wrong:
            self._tell("; ".join([*wrong, "no other is left, so the cohort begins from scratch"]))
        return False

    def save(self, checkpoint: Checkpoint) -> bool:
        """Keep this one and the one before it, as soon as there is room; False: stopped while waiting."""
        room = Room("the cohort", lambda sentence: self.tell("disk", sentence), self.stop)
        try:
            room.write(lambda: checkpoint.save(self.path, before(self.path)), self.path.parent)
        except Stopped:
            return False
        return True

    def _tell(self, sentence: str) -> None:
        self.tell("checkpoint", sentence)
