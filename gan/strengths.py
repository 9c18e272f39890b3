"""What is not the same throughout a training, at one step: so that its curve stands beside the scores.

Learning rates and knobs that follow a schedule, and what tricks steer by themselves (`Trick.shown`).
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from gan.players import Knobs
from gan.schedules import Schedule, value
from gan.tricks.chain import Memories


def strengths(knobs: Knobs, memory: Memories, t: Tensor) -> dict[str, float]:
    """Values at progress `t` of one replica, by name: `discriminator_lr`, `instance_noise.sigma`, `ada.p`.

    Args:
        knobs: The replica's numbers.
        memory: What its tricks remember.
        t: Scalar in [0, 1].
    """
    found: dict[str, Tensor] = {}
    for side, rate in knobs.lr.items():
        if isinstance(rate, Schedule):
            found[f"{side}_lr"] = value(rate, t)
    for name, trick in knobs.tricks.tricks.items():
        for field in dataclasses.fields(trick):  # type: ignore[arg-type]  # every trick is a `tree`
            given = getattr(trick, field.name)
            if isinstance(given, Schedule):
                found[f"{name}.{field.name}"] = value(given, t)
    found |= knobs.tricks.shown(memory, t)
    return dict(zip(found, torch.stack([*found.values()]).tolist(), strict=True)) if found else {}
