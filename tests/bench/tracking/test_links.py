"""Addresses within MLflow's interface."""

from __future__ import annotations

from bench.tracking.links import artifact, back, view


def test_odd_names_stay_within_their_link() -> None:
    """Neither Markdown nor the address ends early."""
    assert artifact("1", "r", "a b)?.html") == (
        "#/experiments/1/runs/r/artifacts/a%20b%29%3F.html?workflowType=machine_learning"
    )
    assert view("1", "curves-a b").endswith("viewStateShareKey=curves-a%20b")
    assert "[study \\[x\\](y)](#/experiments/1/" in back("1", "r", "[x](y)")
