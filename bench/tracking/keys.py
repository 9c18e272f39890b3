"""Names and values as MLflow accepts them."""

from __future__ import annotations

import hashlib
import posixpath
import re
from functools import lru_cache

KEY_LENGTH = 250
NAME_LENGTH = 250
PARAM_LENGTH = 6000
TAG_LENGTH = 5000
METRICS_PER_BATCH = 900
"""MLflow takes 1,000 of everything at once: tags go with them."""
PARAMS_PER_BATCH = 100


@lru_cache(maxsize=16_384)
def clean(key: str) -> str:
    """`key` if MLflow accepts it, else the nearest name that it does.

    A changed name ends with a digest of the original, so that two names never become one.
    """
    cleaned = re.sub(r"[^\w.\- /]", "_", key).strip("/ ")
    cleaned = posixpath.normpath(cleaned).replace("../", "__/")
    if cleaned == key and 0 < len(key) <= KEY_LENGTH and key not in (".", ".."):
        return key
    mark = hashlib.sha256(key.encode()).hexdigest()[:6]
    return f"{cleaned.strip('.')[: KEY_LENGTH - 7]}-{mark}"


def truncate(value: object, length: int) -> str:
    """The text of `value`, cut to `length` characters with a visible mark."""
    text = str(value)
    return text if len(text) <= length else text[: length - 1] + "…"
