"""Results of studies that never ran, for the tests of figures: as many arms and seeds as asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.pictures import samples_png
from bench.rows import Results, tabulate
from bench.tracking import Record, Recorded
from bench.tracking.histories import Histories
from gan.data.base import Samples
from gan.recipe import digest

OUTPUTS = {
    "modes": {"label": "modes", "direction": "higher", "digits": 1, "ceiling": 8.0, "headline": True},
    "fid": {"label": "FID", "direction": "lower", "digits": 2, "ceiling": None, "headline": True},
}
ORACLE = {"modes": 8.0, "fid": 0.4}
STEPS = tuple(range(500, 5001, 500))
ANGLES = torch.arange(8) * torch.pi / 4
CENTRES = torch.stack([2.0 * ANGLES.cos(), 2.0 * ANGLES.sin()], dim=1)
RING = Samples(
    CENTRES.repeat(10, 1), torch.full((8,), 0.125, dtype=torch.float64), centres=CENTRES, sigma=0.1
)
HOSTILE = (
    "$\\frac{a}{b}$ & <script>alert('x')</script> %_#{}~^",
    "emoji \N{GRINNING FACE} \N{PILE OF POO} \u202eright to left\u202c \x00",
    "x" * 300,
    "a + " * 70 + "tail one",
    "a + " * 70 + "tail two",
)


def made(
    arms: int = 5,
    seeds: int = 5,
    names: Sequence[str] | None = None,
    factors: tuple[int, ...] | None = None,
    failing: dict[int, int] | None = None,
    declined: Sequence[int] = (),
    folder: Path | None = None,
    images: bool = False,
    primary: str = "modes",
) -> Results:
    """A study's results.

    Args:
        arms: How many; the first is the baseline.
        seeds: How many.
        names: Of the arms, where `arm 3 + r1(gamma=0.3)` and the like will not do.
        factors: Numbers of levels of a factorial design, instead of `arms`.
        failing: Arm -> how many of its runs diverge halfway, without a score.
        declined: Arms that do not apply.
        folder: Where to draw pictures of samples, when they are asked for; without one there are none.
        images: Whether those are grids of images, and not of points.
        primary: The output that conclusions rest on.
    """
    levels = _levels(arms, factors)
    failing = failing or {}
    planned = [
        {
            "id": f"a{index}",
            "name": names[index] if names is not None and index < len(names) else _name(index, level),
            "levels": level,
            "reason": "hinge has no targets" if index in declined else None,
            "runs": []
            if index in declined
            else [{"id": f"a{index}-{seed}", "seed": seed} for seed in range(seeds)],
        }
        for index, level in enumerate(levels)
    ]
    plan = {
        "type": "study",
        "name": "made-up",
        "question": "Which?",
        "design": "factorial",
        "factors": {name: sorted({level[name] for level in levels}) for name in levels[0]},
        "seeds": list(range(seeds)),
        "baseline": "a0",
        "primary": primary,
        "outputs": OUTPUTS,
        "protocol": {"samples": 1000},
        "arms": planned,
    }
    told = {
        f"a{index}-{seed}": _history(index, seed, seed < failing.get(index, 0))
        for index in range(len(levels))
        if index not in declined
        for seed in range(seeds)
    }
    records = tuple(
        _record(index, seed, told[f"a{index}-{seed}"], seed < failing.get(index, 0), plan["protocol"])
        for index in range(len(levels))
        if index not in declined
        for seed in range(seeds)
    )
    results = tabulate(Recorded(plan, {digest(plan["protocol"]): plan["protocol"]}, ORACLE, records))
    results = replace(results, histories=_reader(told), logged=frozenset(f"score/{name}" for name in OUTPUTS))
    if folder is None:
        return results
    drawn = partial(_pictures, told, folder, images)
    return replace(
        results,
        every_picture=drawn,
        pictures=lambda wanted: {run: steps[max(steps)] for run, steps in drawn(wanted).items()},
    )


def _pictures(
    told: dict[str, Histories], folder: Path, images: bool, wanted: list[str]
) -> dict[str, dict[int, Path]]:
    """A picture of each evaluation, as a run leaves it."""
    found: dict[str, dict[int, Path]] = {}
    for run in wanted:
        for step, held in told.get(run, {}).get("score/modes", []):
            path = folder / run / f"{step:08d}.png"
            if not path.exists():
                samples_png(_grid(run, step) if images else _ring(run, step, int(held)), RING, path)
            found.setdefault(run, {})[step] = path
    return found


def _ring(run: str, step: int, held: int) -> torch.Tensor:
    """500 points around the first `held` modes of a ring; all at one place if there is none."""
    rng = np.random.default_rng([*run.encode(), step])
    chosen = rng.integers(0, max(1, held), size=500)
    return CENTRES[chosen] * float(held > 0) + torch.from_numpy(rng.normal(0, 0.05, (500, 2))).float()


def _grid(run: str, step: int) -> torch.Tensor:
    """64 images of 8 x 8 pixels: image k is of one grey that rises with k."""
    greys = torch.linspace(-1.0, 1.0, 64) * step / STEPS[-1]
    return greys[:, None, None, None].expand(64, 1, 8, 8)


def _levels(arms: int, factors: tuple[int, ...] | None) -> list[dict[str, str]]:
    if factors is None:
        return [{"trick": "off" if index == 0 else f"gamma={index}"} for index in range(arms)]
    combined: list[dict[str, str]] = [{}]
    for place, count in enumerate(factors):
        combined = [
            {**level, f"factor_{place}": "off" if value == 0 else f"sigma={value}"}
            for level in combined
            for value in range(count)
        ]
    return combined


def _name(index: int, level: dict[str, str]) -> str:
    on = [f"{name}({value})" for name, value in level.items() if value != "off"]
    return " + ".join(["non_saturating", *on])


def _history(index: int, seed: int, fails: bool) -> Histories:
    """Modes that rise to a height of the arm's own; every fourth arm loses them again."""
    rng = np.random.default_rng([index, seed])
    top = 3.0 + 5.0 * ((index * 7) % 10) / 9.0
    modes, fid = [], []
    for step in STEPS[: len(STEPS) // 2] if fails else STEPS:
        t = step / STEPS[-1]
        lost = max(0.0, t - 0.5) * 8.0 if index % 4 == 3 else 0.0
        held = float(np.clip(np.round(top * min(1.0, 2.0 * t) - lost + rng.normal(0, 0.5)), 0, 8))
        modes.append((step, held))
        fid.append((step, 2.0 + 3.0 * (8.0 - held) + float(rng.gamma(2.0, 0.5))))
    return {"score/modes": modes, "score/fid": fid}


def _record(index: int, seed: int, told: Histories, fails: bool, protocol: dict[str, Any]) -> Record:
    held = told["score/modes"][-1][1]
    verdict = "diverged" if fails else "collapsed" if held < 4 else "undertrained" if held < 6 else "healthy"
    metrics: dict[str, float] = {"seconds": 10.0, "steps": 5000.0}
    if not fails:
        for output, about in OUTPUTS.items():
            values = [value for _, value in told[f"score/{output}"]]
            best = max(values) if about["direction"] == "higher" else min(values)
            metrics |= {f"{output}.final": values[-1], f"{output}.best": best}
            metrics[f"{output}.best_step"] = float(STEPS[values.index(best)])
    return Record(
        run_id=f"a{index}-{seed}",
        arm=f"a{index}",
        seed=seed,
        verdict=verdict,
        onset=None if verdict == "healthy" else STEPS[len(STEPS) // 2],
        reason=None,
        protocol=digest(protocol),
        hardware="a machine",
        date="2026-01-02",
        metrics=metrics,
    )


def _reader(told: dict[str, Histories]) -> Callable[[list[str], list[str]], dict[str, Histories]]:
    def read(wanted: list[str], names: list[str]) -> dict[str, Histories]:
        return {run: {name: told[run].get(name, []) for name in names} for run in wanted if run in told}

    return read
