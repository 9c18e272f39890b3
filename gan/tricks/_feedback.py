"""The feedback that sets how often an augmentation is applied: more where D knows the data too well.

    r = E[sign D(x)],  x real, over the last few steps
    p ← p + sign(r - target) · images / (1000 kimg),   held within [0, 1]

Shared by `ada` and `apa`. `sign` is about the loss's decision boundary: r = 2 accuracy - 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gan.schedules import Number, Schedule, Scheduled, value
from gan.tricks.base import At, Memory, Setup


def begun(probability: Scheduled, at: At) -> Memory:
    """The memory before the first step: p, the sum of r since it last moved, and over how many steps."""
    zero = torch.zeros_like(at.t)
    return {"p": zero + value(probability, at.t), "sum": zero, "count": zero}


def moved(
    memory: Memory, log: Mapping[str, Tensor], images: int, interval: int, target: Number, kimg: Number
) -> Memory:
    """The memory after a step.

    Args:
        memory: As from `begun`.
        log: What the step has logged.
        images: Real images in a step.
        interval: Steps from one move of p to the next.
        target: The r at which p rests.
        kimg: Thousands of real images in which p can go from 0 to 1.
    """
    total = memory["sum"] + (2.0 * log["d_accuracy_real"] - 1.0)
    count = memory["count"] + 1.0
    due = count >= interval
    way = torch.sign(total / count - target) * (images * interval / (1000.0 * kimg))
    return {
        "p": torch.where(due, (memory["p"] + way).clamp(0.0, 1.0), memory["p"]),
        "sum": torch.where(due, 0.0, total),
        "count": torch.where(due, 0.0, count),
    }


def contradiction(
    adaptive: bool, probability: Scheduled, interval: int, steering: Mapping[str, bool], setup: Setup
) -> str | None:
    """Why these knobs do not go together, in words; None if they do.

    Args:
        adaptive: Whether the feedback is on.
        probability: Where p begins, or what it is.
        interval: Steps from one move of p to the next.
        steering: For each knob of the feedback, whether it differs from its default.
        setup: What they are to act in.
    """
    if adaptive and interval > setup.steps:
        return f"p first moves after {interval} steps, and there are {setup.steps}; set a smaller interval"
    if adaptive and isinstance(probability, Schedule):
        return "a schedule moves `probability`, and so does the feedback; set adaptive: no"
    given = [name for name, changed in steering.items() if changed]
    if not adaptive and given:
        return f"`{given[0]}` steers the feedback, which is off; leave it out or set adaptive: yes"
    return None
