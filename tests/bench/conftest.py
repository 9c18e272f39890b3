"""A small study's journal, and an MLflow store that is ready to take it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.executors.process import get_ready
from bench.journal import Event, Journal

ARMS = ("hinge", "hinge + noise", "hinge + smoothing")
_MANY = 500
"""Tests of a session from which on some of them run studies."""


@pytest.fixture(scope="session", autouse=True)
def _workers_fork(request: pytest.FixtureRequest) -> None:
    """The first worker of a study is spawned, which takes seconds, unless something is there that forks."""
    if len(request.session.items) > _MANY:
        get_ready()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with MLflow's schema, made once: the migrations take seconds."""
    from bench.tracking.client import connect

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    connect(f"sqlite:///{path}")
    return path


@pytest.fixture
def store(migrated: Path, tmp_path: Path) -> str:
    """URI of an empty store of the test's own."""
    path = tmp_path / "results" / "mlflow.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def plan() -> Callable[..., Event]:
    """Makes the study event: two arms that apply, one that does not, any number of seeds."""

    def make(seeds: int = 3, **changes: Any) -> Event:
        def runs(arm: str) -> list[dict[str, Any]]:
            return [
                {"id": f"{arm}{seed}", "seed": seed, "params": {"seed": str(seed)}} for seed in range(seeds)
            ]

        def arm(index: int, noise: str, smoothing: str, reason: str | None) -> dict[str, Any]:
            levels = {"instance_noise": noise, "steps": smoothing}
            listed = [] if reason else runs(f"run-{index}-")
            return {
                "id": f"arm{index}",
                "name": ARMS[index],
                "levels": levels,
                "reason": reason,
                "runs": listed,
            }

        arms = [
            arm(0, "off", "off", None),
            arm(1, "sigma=0.1", "off", None),
            arm(2, "off", "real=0.9", "hinge has no targets"),
        ]
        return {
            "type": "study",
            "name": "does-noise-help",
            "question": "Does noise help?",
            "path": "studies/x.yaml",
            "digest": "abc",
            "design": "factorial",
            "factors": {"instance_noise": ["off", "sigma=0.1"], "steps": ["off", "real=0.9"]},
            "seeds": list(range(seeds)),
            "baseline": "arm0",
            "primary": "modes_10pct",
            "outputs": {
                "modes_10pct": _output("modes", "higher", 1, 8.0, True),
                "fid": _output("FID", "lower", 2, None, True),
                "seen": _output("samples seen", "none", 0, None, False),
            },
            "protocol": {"samples": 1000, "evaluation_seed": 7, "libraries": {"torch": "2"}},
            "arms": arms,
            "environment": {"python": "3.11"},
            **changes,
        }

    return make


def _output(label: str, direction: str, digits: int, ceiling: float | None, headline: bool) -> dict[str, Any]:
    return {
        "label": label,
        "direction": direction,
        "digits": digits,
        "ceiling": ceiling,
        "headline": headline,
    }


@pytest.fixture(scope="session")
def life() -> Callable[..., list[Event]]:
    """Makes the events of one run, from its start to its end."""

    def make(
        run: str,
        final: dict[str, float | None],
        verdict: str = "healthy",
        ended: bool = True,
        at: float = 1e9,
    ) -> list[Event]:
        arm, seed = f"arm{run.split('-')[1]}", int(run.split("-")[2])
        told: list[Event] = [
            {
                "type": "start",
                "environment": {"hardware": "2 cores of a machine"},
                "run": run,
                "arm": arm,
                "seed": seed,
                "cohort": "c0",
                "cohort_size": 2,
                "device": "cpu",
                "threads": 1,
                "name": "ignored",
                "params": {"loss": "hinge", "instance_noise.sigma": "0.1", "odd[key]": "1"},
            }
        ]
        for step in (500, 1000):
            told.append(
                {"type": "train", "run": run, "step": step, "metrics": {"d_loss": 0.1 * step, "bad": None}}
            )
            told.append({"type": "score", "run": run, "step": step, "metrics": final, "seconds": 0.5})
            told.append({"type": "image", "run": run, "step": step, "path": f"samples/{run}.png"})
        if ended:
            told.append(
                {
                    "type": "end",
                    "run": run,
                    "verdict": verdict,
                    "onset": 500 if verdict != "healthy" else None,
                    "reason": "holds 3 of 8 modes" if verdict == "collapsed" else None,
                    "final": final,
                    "best": {name: value and value + 0.25 for name, value in final.items()},
                    "best_step": dict.fromkeys(final, 500),
                    "seconds": 12.5,
                    "steps": 1000,
                    "checkpoint": f"checkpoints/{run}.safetensors",
                }
            )
        return [{**event, "time": at + index} for index, event in enumerate(told)]

    return make


@pytest.fixture
def journal(tmp_path: Path, plan: Callable[..., Event], life: Callable[..., list[Event]]) -> Path:
    """A finished study's journal with its files: one run collapsed, one diverged without a score."""
    path = tmp_path / "results" / "does-noise-help" / "journal.jsonl"
    book = Journal(path)
    book.append({**plan(), "time": 1e9})
    book.append({"type": "oracle", "time": 1e9, "scores": {"modes_10pct": 8.0, "fid": 0.5, "seen": 1000.0}})
    for arm, counts in enumerate([(3.0, 4.0, 5.0), (8.0, 7.5, None)]):
        for seed, count in enumerate(counts):
            final = {"modes_10pct": count, "fid": count and 20.0 - count + seed, "seen": count and 1000.0}
            verdict = "diverged" if count is None else "collapsed" if count < 4 else "healthy"
            book.append(*life(f"run-{arm}-{seed}", final, verdict, at=1e9 + 100 * seed))
    for folder, suffix in (("samples", ".png"), ("checkpoints", ".safetensors")):
        (path.parent / folder).mkdir()
        for arm in range(2):
            for seed in range(3):
                (path.parent / folder / f"run-{arm}-{seed}{suffix}").write_bytes(b"some bytes")
    return path
