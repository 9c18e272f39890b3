"""The headings of MLflow's charts, which it groups by the text before a slash.

score/      what the metrics say of the samples
health/     how the two players are doing: gradient and weight norms, D's logits, accuracy and saturation
train/      losses, the present strengths of schedules, what tricks show, players told number by number
seconds/    time
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEALTH = frozenset(
    {
        "d_gradient_norm",
        "g_gradient_norm",
        "d_weight_norm",
        "g_weight_norm",
        "logit_real",
        "logit_fake",
        "d_accuracy_real",
        "d_accuracy_fake",
        "saturated",
    }
)
"""What training logs in every run, without the losses; `gan.replica.LOGGED` cannot be asked without torch."""


def headed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a `train` event under the names that MLflow has them by."""
    return {f"{'health' if name in HEALTH else 'train'}/{name}": value for name, value in values.items()}


def present(name: str) -> str:
    """What a logged name is called today: health had no heading of its own at first."""
    heading, _, rest = name.partition("/")
    return f"health/{rest}" if heading == "train" and rest in HEALTH else name


def earlier(name: str) -> str:
    """What a logged name was called before it was called `name`."""
    heading, _, rest = name.partition("/")
    return f"train/{rest}" if heading == "health" else name
