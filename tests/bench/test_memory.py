"""What a cohort takes, counted without computing anything, against what it really takes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from study_runs import planned, text

from bench import memory
from bench.memory import crude_bytes, fitting, needs, step_bytes
from gan.build import why_not
from gan.recipe import Choice, Recipe
from gan.registry import TRICKS

ROOT = Path(__file__).parents[2]
OFF_BY = 2.0
"""The count may be off by this factor, either way: workspaces and an allocator's gaps are not seen."""
REALLY = """
import sys
from dataclasses import replace
from pathlib import Path
import torch
from study_runs import planned, text
from bench.memory import needs
from gan.train import Cohort
content = text(sys.argv[1]).replace("width: 8", "width: 128")
recipe = replace(planned(content).runs[0].recipe, batch_size=8192)
size = int(sys.argv[2])
def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name))
data = torch.rand(64, 2)
torch.set_num_threads(1)
Cohort([replace(recipe, batch_size=2)], data, torch.device("cpu")).run(1)
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
Cohort([replace(recipe, seed=seed) for seed in range(size)], data, torch.device("cpu")).run(1)
counted = needs(recipe)
print(status("VmHWM") - before, counted.step + counted.each * size)
"""


def recipe(base: str = "steps: 20") -> Recipe:
    return planned(text(base)).runs[0].recipe


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads Linux's high-water mark")
@pytest.mark.parametrize("trick", ["r1: off", "wgan_gp: on"])
def test_the_real_peak(trick: str) -> None:
    """A process that trains two replicas really grows by about as much as is counted."""
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    told = subprocess.run(
        [sys.executable, "-c", REALLY, trick, "2"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    real, counted = map(float, told.stdout.split())
    assert 1 / OFF_BY < real / counted < OFF_BY


@pytest.mark.gpu
@pytest.mark.parametrize("model", ["mlp", "dcgan"])
def test_the_real_peak_of_a_gpu(model: str) -> None:
    """What torch's allocator had handed out at most is about what is counted."""
    from gan.train import Cohort

    content = text().replace("data: ring, model: {mlp: {width: 8}}", f"data: digits, model: {model}")
    one = replace(planned(content.replace("modes", "fid")).runs[0].recipe, batch_size=1024)
    device, size = torch.device("cuda"), 8
    cohort = Cohort([replace(one, seed=seed) for seed in range(size)], torch.rand(64, 1, 8, 8), device)
    torch.cuda.reset_peak_memory_stats(device)
    cohort.run(2)
    counted = needs(one)
    real = torch.cuda.max_memory_allocated(device)
    assert 1 / OFF_BY < real / (counted.step + counted.each * size) < OFF_BY


def test_more_replicas_follow_a_straight_line() -> None:
    """What four replicas take is told from one and two."""
    one = recipe()
    counted = needs(one)
    assert step_bytes(one, 4) == pytest.approx(counted.step + 4 * counted.each, rel=0.2)


def test_more_work_takes_more() -> None:
    """A larger batch and a penalty with gradients of gradients hold more at once."""
    plain = recipe()
    assert step_bytes(replace(plain, batch_size=64), 2) > 2 * step_bytes(plain, 2)
    assert step_bytes(recipe("wgan_gp: on"), 2) > step_bytes(plain, 2)


@pytest.mark.parametrize("name", TRICKS.names())
def test_the_crude_bound(name: str) -> None:
    """No trick makes a replica take more than what is said without looking at tricks."""
    one = replace(recipe(), tricks=(Choice.of(TRICKS, name),), batch_size=64)
    if why_not(one) is None:
        assert step_bytes(one, 1) < crude_bytes(one)


def test_a_cohort_is_halved_until_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all the memory of the world what is wanted; with less a half, a quarter; never less than one."""
    one = replace(recipe(), batch_size=4096)
    counted = needs(one)

    def with_room_for(replicas: float) -> int:
        room = counted.data + counted.step + counted.each * replicas
        free = max(room, counted.of(1)) / memory.MARGIN + memory.FRAMEWORK["cpu"]
        monkeypatch.setattr(memory, "free_bytes", lambda device: 2.0 * free)
        return fitting(one, 8, "cpu", workers=2)

    assert [with_room_for(n) for n in (1000, 8.1, 4.1, 3, 1.1, 0)] == [8, 8, 4, 2, 1, 1]


def test_memory_of_this_machine(tmp_path: Path) -> None:
    """The least of what Linux reckons and of what a container's limit leaves; no bound without."""
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   7 kB\n")
    assert memory._available(tmp_path / "meminfo") == 7 * 1024
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    assert memory._left_to_group(tmp_path) == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert memory._left_to_group(tmp_path) == memory._available(tmp_path / "none") == float("inf")
