"""The figure of both players' ways: for players of one number, from what MLflow holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from study_runs import run

from bench.reports.trajectories import Trajectories
from bench.rows import results
from bench.tracking import sync
from bench.tracking.histories import Histories

TEXT = """\
question: q
base:
  data: {dirac: {size: 100}}
  model: {dirac: {theta: 0.5, psi: 0.25}}
  optimizer: sgd
  lr: 0.1
  steps: 20
factors: {loss: [minimax, wasserstein]}
seeds: 2
metrics: [equilibrium]
evaluate_every: 10
samples: 10
"""


def test_the_ways_of_a_real_run_are_told_and_drawn(store: str, tmp_path: Path) -> None:
    """Both numbers over the steps, as a step of the game moves them, and one panel an arm."""
    assert run(TEXT, tmp_path).ran == 4
    sync(tmp_path / "tiny" / "journal.jsonl", store)
    found = results(store, "tiny")
    row = found.rows[found.rows["loss"] == "wasserstein"].iloc[0]
    names = ["train/generator.theta", "train/discriminator.psi.weight"]
    assert set(names) <= found.logged
    (told,) = found.histories([row["run_id"]], names).values()
    psi, theta, expected = 0.25, 0.5, []
    for _ in range(20):
        psi -= 0.1 * theta
        theta += 0.1 * psi
        expected.append((theta, psi))
    for name, place in zip(names, (0, 1), strict=True):
        steps = [step for step, _ in told[name]]
        assert steps == list(range(2, 21, 2)), "a window is a fifth of an evaluation"
        np.testing.assert_allclose(
            [v for _, v in told[name]], [expected[n - 1][place] for n in steps], atol=1e-5
        )
    (one,) = Trajectories().write(found, tmp_path / "one")
    (two,) = Trajectories().write(found, tmp_path / "two")
    assert one.read_bytes() == two.read_bytes(), "the same record gives the same bytes"
    assert np.asarray(Image.open(one).convert("L")).std() > 5.0, "something is drawn"


def test_other_studies_have_no_such_figure(journal: Path, store: str, tmp_path: Path) -> None:
    """Their players have more numbers; MLflow is not even asked."""
    sync(journal, store)

    def never(wanted: list[str], names: list[str]) -> dict[str, Histories]:
        raise AssertionError("there is nothing to ask for")

    assert Trajectories().write(replace(results(store, "does-noise-help"), histories=never), tmp_path) == []


@pytest.mark.parametrize(
    "logged", [{"train/generator.a", "train/generator.b", "train/discriminator.c"}, set()]
)
def test_two_numbers_have_no_way_in_the_plane(
    logged: set[str], journal: Path, store: str, tmp_path: Path
) -> None:
    """One number each, or no figure."""
    sync(journal, store)
    found = replace(results(store, "does-noise-help"), logged=frozenset(logged))
    assert Trajectories().write(found, tmp_path) == []
