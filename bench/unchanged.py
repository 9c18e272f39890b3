"""A large study of which nothing is left to do: seconds to find that out, not a minute to tell it anew."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.journal_lines import whole
from bench.runner import Driver
from bench.tracking import redact
from bench.tracking.address import database
from bench.tracking.notes import noted_offset

MANY = 1000
"""Runs of a study from which on its reports are not made again where they would say the same."""
_REPORTS = ("comparison.md", "comparison.csv", "report.html")


def unchanged(driver: Driver, uri: str) -> bool:
    """Whether all has ended, MLflow has been told so, and the reports are of this very record."""
    journal = driver.record.journal.path
    many = sum(len(arm.runs) for arm in driver.plan.arms) >= MANY
    return (
        many
        and not driver.agenda.pending
        and driver.record.is_planned
        and _recorded(journal, uri)
        and all(_newer(driver.folder / name, journal) for name in _REPORTS)
    )


def verdicts(driver: Driver) -> dict[str, int]:
    """Verdict -> planned runs that have come to it, the most frequent first."""
    ended = driver.record.ledger.ended
    return dict(
        Counter(ended[run.id]["verdict"] for run in driver.plan.runs if run.id in ended).most_common()
    )


def _recorded(journal: Path, uri: str) -> bool:
    store = database(uri)
    there = store is None or store.is_file()
    return there and noted_offset(journal.parent, redact(uri)) == whole(journal)


def _newer(report: Path, journal: Path) -> bool:
    return report.is_file() and report.stat().st_mtime >= journal.stat().st_mtime
