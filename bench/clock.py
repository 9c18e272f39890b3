"""How moments and stretches of time read."""

from __future__ import annotations

import time

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def duration(seconds: float) -> str:
    """`8 s`, `12 min`, `3 h 20 min`, `2 d 4 h`: no more than two units, the smaller one rounded."""
    if seconds < _MINUTE:
        return f"{max(0, round(seconds))} s"
    if (minutes := round(seconds / _MINUTE)) < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / _HOUR), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def moment(at: float, now: float) -> str:
    """Local time of the day; with its date, if that is not today's.

    Args:
        at: Seconds since the epoch.
        now: The same of today.
    """
    there, here = time.localtime(at), time.localtime(now)
    same = there[:3] == here[:3]
    return time.strftime("%H:%M:%S" if same else "%Y-%m-%d %H:%M", there)
