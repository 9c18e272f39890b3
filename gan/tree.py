"""Frozen dataclasses whose numbers vmap can map over.

A component (trick, loss, optimiser, ...) is a frozen dataclass registered as a pytree, so the
component itself is the carrier of its knobs: inside a cohort every `float` field is a tensor
with one entry per replica.

**A `float` field is a knob** and may differ between the replicas of a cohort. **An `int`, `bool`
or string field is structure**: it changes the program, and runs that differ in it never share one.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, dataclass_transform

import torch

T = TypeVar("T")


def knob(
    default: Any,
    *,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    log: bool = False,
    neutral: Any = None,
) -> Any:
    """Declare a field of a component, with what a reader, a validator and a search need to know.

    Args:
        default: Value used when a study does not set it; a literal, because `gan.registry` reads
            it from the source without importing it.
        unit: What the number counts, in words ("1" for a pure number).
        low: Smallest value that is accepted and searched, inclusive.
        high: Largest value that is accepted and searched, inclusive.
        log: Search on a logarithmic scale.
        neutral: The value at which the component does nothing, bit for bit; None if there is none.

    The string literal beneath the field is its documentation.
    """
    metadata = {"unit": unit, "low": low, "high": high, "log": log, "neutral": neutral}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass_transform(frozen_default=True, field_specifiers=(knob,))
def tree(cls: type[T]) -> type[T]:
    """Make `cls` a frozen dataclass and a pytree whose children are its fields."""
    frozen = dataclasses.dataclass(frozen=True)(cls)
    torch.export.register_dataclass(frozen)
    return frozen
