"""The executor that a command line means."""

from __future__ import annotations

import sys

import pytest

from bench.errands import Wish
from bench.executors.chosen import chosen
from bench.problems import UserError


@pytest.mark.parametrize(
    ("name", "address", "sentence"),
    [
        ("rai", None, "--executor: unknown executor 'rai'"),
        ("local", "auto", "--address is for --executor ray"),
    ],
)
def test_mistakes(name: str, address: str | None, sentence: str) -> None:
    """An executor that is not there, or an address for one that has none, is one line."""
    with pytest.raises(UserError) as found:
        chosen(name, address, Wish())
    assert str(found.value).startswith(sentence)


def test_ray_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says how to install it."""
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_task_oom_retries", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"uv sync --extra ray, or pip install 'ganbench\[ray\]'"):
        chosen("ray", "127.0.0.1:1", Wish())
