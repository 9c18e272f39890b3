"""What a design of too many runs is told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.excess import MOST_RUNS
from bench.plan import plan
from bench.problems import StudyError
from bench.record_size import size
from bench.study import parse

ROOT = Path(__file__).parents[2]
TEXT = """\
question: q
base: {{data: ring, model: {{mlp: {{width: 8}}}}, batch_size: 8, steps: 100}}
factors:
  loss: [non_saturating, hinge]
  r1: [off, {{gamma: 0.1}}, {{gamma: 0.3}}, {{gamma: 1}}, {{gamma: 3}}]
  generator_lr: {rates}
  discriminator_lr: {rates}
  latent_size: [4, 8, 16, 32]
seeds: {seeds}
metrics: [modes]
samples: 100
"""
RATES = [rate / 1000 for rate in range(1, 51)]


def refused(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        plan(parse(text, Path("x.yaml")), lambda recipe: "too dear" if recipe.loss.name == "hinge" else None)
    return str(caught.value)


def test_a_million_runs() -> None:
    """How many they are, how long they would take, how large their record, and what to do instead."""
    told = refused(TEXT.format(rates=RATES, seeds=10))
    assert told.startswith("x.yaml:3:1: the design has 100,000 arms x 10 seeds = 1,000,000 runs")
    assert re.search(r"on this machine they would take (about|up to) .* with \d+ worker", told)
    assert "their record about" in told and "journal" in told and "MLflow" in told
    assert "do not apply" in told and "`design: add_one` (1,070 runs)" in told and "\n" not in told


def test_more_runs_than_anybody_can_count() -> None:
    """Ten factors of ten levels are counted as quickly."""
    names = ("steps", "batch_size", "d_steps", "latent_size", "generator_lr", "discriminator_lr", "g_steps")
    factors = "".join(f"  {name}: {list(range(1, 11))}\n" for name in names)
    text = f"question: x\nbase: {{data: ring}}\nfactors:\n{factors}seeds: 10000\nmetrics: [modes]\n"
    with pytest.raises(
        StudyError, match=r"100,000,000,000 runs.*none of the arms that were looked at applies"
    ):
        plan(parse(text, Path("x.yaml")), lambda recipe: "no")


def test_the_most_that_is_run() -> None:
    """One seed more than the most is too many, the most is not."""
    text = "question: x\nbase: {data: ring}\nfactors: {generator_lr: %s, discriminator_lr: %s}\n"
    text += "seeds: %d\nmetrics: [modes]\n"
    rates = [rate / 1000 for rate in range(1, 3)]
    assert len(plan(parse(text % (rates, rates, 2), Path("x.yaml")), lambda recipe: None).runs) == 8
    levels = [rate / 1000 for rate in range(1, 6)]
    assert MOST_RUNS < 5 * 5 * 4001
    with pytest.raises(StudyError, match="100,025 runs"):
        plan(parse(text % (levels, levels, 4001), Path("x.yaml")), lambda recipe: "no")


@pytest.mark.parametrize("command", [pytest.param("check", marks=pytest.mark.slow), "run"])
def test_it_takes_little_memory(command: str, tmp_path: Path) -> None:
    """A command on a study of a million runs ends with status 2, its line, and less than 1.5 GB.

    More than half of it is torch; where Python has yet to compile its modules it takes a tenth more.
    """
    file = tmp_path / "big.yaml"
    file.write_text(TEXT.format(rates=RATES, seeds=10))
    words = [sys.executable, "-m", "bench.cli", command, str(file), "--results", str(tmp_path)]
    code = (
        "import resource, subprocess, sys\n"
        f"done = subprocess.run({words!r}, stderr=sys.stderr)\n"
        "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    status, kilobytes = map(int, done.stdout.split()[-2:])
    assert status == 2 and "1,000,000 runs" in done.stderr and "Traceback" not in done.stderr
    assert kilobytes * 1024 < 1.5e9


def test_sizes_in_words() -> None:
    """As a person says them."""
    assert [size(n) for n in (0, 999, 1500, 2.5e6, 3.2e10, 1e30)] == [
        "0 bytes",
        "999 bytes",
        "1.5 kB",
        "2.5 MB",
        "32 GB",
        "1,000,000,000,000 EB",
    ]
