"""What may stand at the top of a study's file."""

from __future__ import annotations

from typing import Any

from bench.designs import DESIGNS
from bench.fields import Count, FewOrNone, Items, Mapping, SampleCount, Text, one_of

KEYS: dict[str, Any] = {
    "question": Text,
    "base": Mapping,
    "arms": Mapping,
    "factors": Mapping,
    "design": one_of(*DESIGNS),
    "search": Mapping,
    "seeds": Any,  # a list or a number: see `Parts.seeds`
    "metrics": Items,
    "evaluate_every": Count,
    "samples": SampleCount,
    "resamples": FewOrNone,
    "baseline": Mapping,
    "primary": Text,
    "compare": Mapping,
    "profile": Text,
    "published": Items,
    "plugins": Items,
    "stop_when": Any,  # a word or a mapping: see `bench.stop_key`
}
REQUIRED = ("question", "base", "seeds")
DEFAULT_METRICS = ("modes", "fid", "precision_recall", "support", "memorisation")
"""What a study without `metrics` is scored by, as far as it fits the data (see `bench.fitting`)."""
ELSE_METRICS = ("equilibrium",)
"""What it is scored by where none of these fits: data that all sit at one point."""
