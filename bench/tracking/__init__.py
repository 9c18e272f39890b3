"""The record in MLflow: mirrors a study's journal into it and reads the rows back.

Nothing outside this folder imports mlflow. Training never waits for it: the journal is written first, a
process of its own follows it, and replaying any part of a journal any number of times changes nothing.
"""

from __future__ import annotations

from bench.tracking.address import redact, resolve_uri
from bench.tracking.errors import StudyNotFoundError, TrackingError
from bench.tracking.locks import Held
from bench.tracking.mirror import Mirror, Status
from bench.tracking.notes import Standing, standing
from bench.tracking.publish import publish
from bench.tracking.reader import Record, Recorded, read
from bench.tracking.session import Sent, complete, sync

__all__ = [
    "Held",
    "Mirror",
    "Record",
    "Recorded",
    "Sent",
    "Standing",
    "Status",
    "StudyNotFoundError",
    "TrackingError",
    "complete",
    "publish",
    "read",
    "redact",
    "resolve_uri",
    "standing",
    "sync",
]
