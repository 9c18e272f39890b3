"""What goes wrong with extractors; a user can mend it."""

from __future__ import annotations

from gan.data.errors import DataError


class WeightsError(DataError):
    """An extractor's weights cannot be had; the message says which, and what to do."""
