"""Why MLflow did not take something, in few words and without credentials."""

from __future__ import annotations

import re

from bench.tracking.address import redact, scrub
from bench.tracking.errors import TrackingError
from bench.tracking.keys import truncate

_LONGEST = 200
_CAUSES = (
    (r"Connection refused", "nothing listens there"),
    (
        r"Failed to resolve|Name or service not known|could not translate host name|getaddrinfo",
        "unknown host",
    ),
    (r"[Nn]o route to host|Network is unreachable", "no way to that host"),
    (r"[Tt]imed out|timeout", "no answer in time"),
    (r"too many (\d+) error responses", "it answers with HTTP status {0}"),
    (r"Remote end closed|Connection reset|Connection aborted|Broken pipe", "it broke off the connection"),
    (r"database is locked", "its database is locked by another program"),
    (r"No space left|disk is full", "no space is left on its disk"),
)
"""What libraries write -> what it means."""


def reason(error: BaseException, uri: str) -> str:
    """A line that says why, for a call to the store at `uri`."""
    told = " ".join(str(error).split())
    if not isinstance(error, TrackingError):
        for pattern, meaning in _CAUSES:
            if found := re.search(pattern, told):
                return f"{meaning.format(*found.groups())}: {redact(uri)}"
    line = " ".join(str(error).strip().partition("\n")[0].split()) or type(error).__name__
    return truncate(scrub(line, uri), _LONGEST)
