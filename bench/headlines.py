"""Which of a study's outputs come first where there is no room for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def leading(primary: str, outputs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What conclusions rest on, then the other headlines in their order.

    Args:
        primary: The output that the study's conclusions rest on.
        outputs: Output -> whether it is a `headline`, and more.
    """
    others = [name for name, about in outputs.items() if about["headline"] and name != primary]
    return [primary, *others]
