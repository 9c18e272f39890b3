"""How long a driver is patient with a cohort whose worker dies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.executors.base import Ended, Kind
from bench.patience import Patience


def task(runs: int = 1) -> Any:
    return SimpleNamespace(id="c", members=(None,) * runs)


def ended(kind: Kind) -> Ended:
    return Ended("c", "what happened", kind=kind)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_lost_without_coming_further(retries: int) -> None:
    """So many retries, and then no more."""
    patience = Patience(retries)
    fates = [patience.fate(task(), ended("lost")) for _ in range(retries + 1)]
    assert fates == ["again"] * retries + ["failed"]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_who_gets_on_is_never_given_up(stretches: list[int]) -> None:
    """However often it is lost: with one retry in a row, a cohort that has come further is tried again."""
    patience, step = Patience(retries=1), 0
    for stretch in stretches:
        step += stretch
        patience.advanced("c", step)
        assert patience.fate(task(), ended("lost")) == "again"


def test_reaching_the_same_step_again_is_no_progress() -> None:
    """A cohort that always dies at one place must not run for ever."""
    patience = Patience(retries=2)
    fates = []
    for _ in range(4):
        patience.advanced("c", 100)
        fates.append(patience.fate(task(), ended("lost")))
    assert fates == ["again", "again", "failed", "failed"]


def test_what_was_retried_already() -> None:
    """Where the executor tries again by itself, a cohort is handed in again only if it came further."""
    patience = Patience(retries=3)
    patience.advanced("c", 100)
    fates = [patience.fate(task(), ended("lost"), retried=True) for _ in range(2)]
    assert fates == ["again", "failed"]
    assert Patience(retries=0).fate(task(), ended("lost"), retried=True) == "failed"


def test_memory_and_errors() -> None:
    """Too large is halved down to one run; what the program itself says is its last word."""
    patience = Patience()
    assert patience.fate(task(8), ended("memory")) == "halves"
    assert patience.fate(task(1), ended("memory")) == "failed"
    assert patience.fate(task(8), ended("error")) == "failed"
