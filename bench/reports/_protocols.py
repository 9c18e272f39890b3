"""How a study's runs were scored, in one line a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.rows import Results
from bench.wording import count

_THROUGH = ("extractor", "layer", "weights_sha256")
"""What metrics that look through the same network share, and what is said once for all of them."""


def protocols(results: Results) -> list[str]:
    """A sentence a protocol, with the number of its runs; a run of two counts in both."""
    told = runs_of(results)
    return [
        f"Protocol {name} ({told[name]}): {_described(protocol)}"
        for name, protocol in sorted(results.protocols.items())
    ]


def runs_of(results: Results) -> dict[str, str]:
    """Protocol -> its number of runs in words."""
    counts = results.rows["protocol"].dropna().astype(str).str.split().explode().value_counts()
    return {name: count(int(counts.get(name, 0)), "run") for name in results.protocols}


def mixture(results: Results) -> list[str]:
    """The line that marks a table of mixed protocols; none where there is one protocol."""
    if len(results.protocols) < 2:
        return []
    return [
        f"Mixed protocols: these runs were scored in {len(results.protocols)} different ways; "
        "their scores are not comparable."
    ]


def _described(protocol: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in protocol.items() if key != "metrics"}
    metrics = protocol.get("metrics") or {}
    return "; ".join([*_metrics(metrics), *_flat(rest)]) or "not recorded"


def _metrics(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Metrics with their options, those that look through the same network together."""
    groups: dict[str, list[str]] = {}
    for name, about in sorted(metrics.items()):
        options = {key: value for key, value in about.items() if key not in _THROUGH}
        text = f"{name}({', '.join(_flat(options))})" if options else name
        groups.setdefault(_through(about), []).append(text)
    return [f"{', '.join(named)}{through}" for through, named in sorted(groups.items())]


def _through(about: Mapping[str, Any]) -> str:
    """` through ganbench-digits (layer: features, weights_sha256: 4254...)`; nothing for a metric without."""
    if "extractor" not in about:
        return ""
    known = [f"{key}: {about[key]}" for key in _THROUGH[1:] if key in about]
    return f" through {about['extractor']}" + (f" ({', '.join(known)})" if known else "")


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Nested plain values as `a.b: value`, sorted by key."""
    parts: list[str] = []
    for key, value in sorted(values.items()):
        if isinstance(value, Mapping):
            parts += _flat(value, f"{prefix}{key}.")
        else:
            parts.append(f"{prefix}{key}: {value}")
    return parts
