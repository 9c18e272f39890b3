"""How far MLflow is behind a study's journal, in words."""

from __future__ import annotations

from bench.clock import moment
from bench.tracking import Standing
from bench.wording import count


def sentence(record: Standing, now: float) -> str:
    """`synced`, `12 events behind`, or since when it does not answer; `now` is in seconds since the epoch."""
    late = f"{count(record.behind, 'event')} behind" if record.behind else "synced"
    if record.error is None:
        return late
    since = f" since {moment(record.since, now)}" if record.since is not None else ""
    return f"does not answer{since}, {late} ({record.error})"
