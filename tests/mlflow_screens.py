"""Take the screenshots of docs/mlflow.md: `nox -s screens`.

Runs a small study in a minute, serves its record, and looks at the five views with Chromium.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlflow_ui
from PIL import Image

STUDY = """\
question: Does instance noise stop mode collapse, and does it still help once R1 is on?
base: {data: ring, model: {mlp: {width: 32}}, loss: non_saturating, steps: 600, batch_size: 128}
factors:
  instance_noise: [off, {sigma: 0.1, until: 0.8}, {sigma: 0.3, until: 0.8}]
  r1: [off, {gamma: 0.3}]
seeds: 3
metrics: [modes, fid]
evaluate_every: 60
samples: 1000
"""
NAME = "noise_and_r1"
SCREENS = {
    "arms": "viewStateShareKey=arms",
    "curves": "compareRunsMode=CHART&viewStateShareKey=curves-r1",
    "failures": "viewStateShareKey=failures",
    "samples": "compareRunsMode=CHART&viewStateShareKey=samples",
    "cost": "viewStateShareKey=cost",
}
"""File -> address of the view, behind `#/experiments/1/runs?`."""
_COLOURS = 128
_SETTLED = 7_000
"""Milliseconds after which charts and pictures are drawn."""


def main(folder: Path) -> None:
    """Write one PNG a view into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        study = Path(made) / f"{NAME}.yaml"
        study.write_text(STUDY)
        results = Path(made) / "results"
        subprocess.run(
            [sys.executable, "-m", "bench.cli", "run", str(study), "--results", str(results)], check=True
        )
        with mlflow_ui.serving(results) as server, mlflow_ui.browsing() as context:
            page = context.new_page()
            for name, query in SCREENS.items():
                page.goto("about:blank")
                page.goto(f"{server}#/experiments/1/runs?workflowType=machine_learning&{query}")
                _look(page, folder / f"{name}.png")


def _look(page: Any, path: Path) -> None:
    page.get_by_text("matching runs").wait_for()
    page.wait_for_timeout(_SETTLED)
    page.screenshot(path=path)
    with Image.open(path) as image:
        image.convert("RGB").quantize(_COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
