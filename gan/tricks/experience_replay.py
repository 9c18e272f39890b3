"""D is also trained on what G made some time ago.

    D's generated batch = (1 - share) · B fresh samples ∪ share · B samples of a buffer

A D that only sees G's latest samples forgets the earlier ones, and G can return to them: the two go round in
circles. The buffer keeps D's memory of them.

As in the paper, after each step ⌊B/2⌋ fresh samples (the last that D was given) take the places of as many in
the buffer, chosen at random; and share is ½. Until the buffer is full they are appended instead, and D
is given what there is: in the very first step, fresh samples only. Draws from the buffer are independent, so
that a sample can be drawn twice. Penalties on D and G's own updates see fresh samples alone.

Reference: Shrivastava et al. 2017, "Learning from simulated and unsupervised images through adversarial
training", section 2.3, arXiv:1612.07828; Zhu et al. 2017, arXiv:1703.10593 (CycleGAN: a buffer of 50).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from gan.schedules import Scheduled, ends, value
from gan.tree import knob, tree
from gan.tricks.base import At, Batch, Memory, Setup, Trick, Vectors


@tree
class ExperienceReplay(Trick):
    share: Scheduled = knob(0.5, unit="share of the batch", low=0.0, high=1.0, neutral=0.0)
    """Share of D's generated samples that come from the buffer, rounded to whole samples."""
    size: int = knob(1024, unit="samples", low=1, high=1_000_000)
    """Samples that the buffer holds."""

    def fits(self, setup: Setup) -> str | None:
        if setup.batch_size < 2:
            return "half of a batch of one is no sample to remember; set batch_size to 2 or more"
        largest = max(ends(self.share))
        if largest > 0.0 and round(largest * setup.batch_size) == 0:
            return f"a share of {largest:g} of {setup.batch_size} samples is none; set a larger share"
        if any(trick.pack > 1 for trick in setup.tricks.values()):
            return "packs must hold samples of one G, and the buffer mixes many; leave out one of the two"
        return None

    def begin(self, players: Vectors, at: At) -> Memory:
        zeros = players["generator"].new_zeros
        return {"buffer": zeros((self.size, *at.shape)), "filled": zeros(())}

    def batch(self, batch: Batch, at: At) -> Batch:
        buffer, filled, count = at.mine["buffer"], at.mine["filled"], len(batch.fake)
        drawn = (at.rng.uniform((count,)) * filled).floor().long().clamp(max=self.size - 1)
        share = torch.as_tensor(value(self.share, at.t), dtype=filled.dtype, device=filled.device)
        position = torch.arange(count, device=filled.device)
        old = (position >= count - (share * count).round()) & (filled > 0)
        return replace(batch, fake=torch.where(_beside(old, batch.fake), buffer[drawn], batch.fake))

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        buffer, filled = at.mine["buffer"], at.mine["filled"]
        fresh = batch.fake[: len(batch.fake) // 2]
        slots = torch.arange(self.size, device=filled.device)
        shuffled = at.rng.uniform((self.size,)).argsort(stable=True)
        # Which of the fresh samples comes into each slot, if there are so many and it is not below 0.
        source = torch.where(filled < self.size, slots - filled.long(), shuffled)
        taken = (source >= 0) & (source < len(fresh))
        moved = fresh[source.clamp(0, len(fresh) - 1)]
        buffer = torch.where(_beside(taken, buffer), moved, buffer)
        return players, {"buffer": buffer, "filled": (filled + len(fresh)).clamp(max=self.size)}


def _beside(which_B: Tensor, x: Tensor) -> Tensor:
    """One value a sample, shaped to choose among samples."""
    return which_B.reshape(len(x), *[1] * (x.ndim - 1))
