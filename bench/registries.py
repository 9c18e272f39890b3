"""The kinds of component that `bench` finds by scanning folders; importing this imports no torch."""

from __future__ import annotations

from gan.registry import Registry

METRICS = Registry("metric", "bench.metrics", hidden=frozenset({"base", "named", "scorer"}))
REPORTS = Registry("report", "bench.reports", hidden=frozenset({"base"}))
