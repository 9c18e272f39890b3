"""The buffer fills up, then forgets at random; D's batch is so many of its samples and so many fresh ones."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
import torch
from gan_cases import Recipe, batch, cohort_of, recipe, trained
from torch import Tensor

from gan.build import why_not
from gan.rng import Rng
from gan.shapes import spelled_out
from gan.train import Cohort
from gan.tricks.base import At, Memory
from gan.tricks.experience_replay import ExperienceReplay

NONE = {side: torch.zeros(1, dtype=torch.float64) for side in ("generator", "discriminator")}


def _at(memory: Memory, step: int = 0) -> At:
    rng = Rng.of(torch.tensor(3), step, torch.float64)
    return At(torch.tensor(0.0), rng, {"it": memory}, "discriminator", {}, "it", shape=(1,))


def _samples(step: int, count: int) -> Tensor:
    """Samples that say which they are."""
    return (1000.0 * step + torch.arange(count, dtype=torch.float64))[:, None]


def _after(trick: ExperienceReplay, steps: int, count: int) -> list[Memory]:
    """The memory before the first step and after each."""
    memories = [trick.begin(NONE, _at({}))]
    for step in range(1, steps + 1):
        fake = _samples(step, count)
        memories.append(trick.update(NONE, {}, batch(fake, fake), _at(memories[-1], step))[1])
    return memories


def test_it_fills_in_order() -> None:
    """The first half of each batch is appended; what is over when it is full is dropped."""
    memories = _after(ExperienceReplay(size=7), 3, 6)
    assert [float(memory["filled"]) for memory in memories] == [0, 3, 6, 7]
    assert memories[2]["buffer"].flatten().tolist() == [1000, 1001, 1002, 2000, 2001, 2002, 0]
    assert memories[3]["buffer"].flatten().tolist() == [1000, 1001, 1002, 2000, 2001, 2002, 3000]


def test_then_it_forgets_at_random() -> None:
    """Exactly ⌊B/2⌋ slots change a step; what is left of a step's samples falls by 1 - (B/2)/size each."""
    size, count, steps = 2000, 200, 30
    memories = _after(ExperienceReplay(size=size), 20 + steps, count)
    assert float(memories[20]["filled"]) == size
    for before, after in itertools.pairwise(memories[20:]):
        changed = (before["buffer"] != after["buffer"]).flatten()
        assert int(changed.sum()) == count // 2
    kept = float((memories[-1]["buffer"] < 21_000).double().mean())
    share = (1 - count / 2 / size) ** steps
    assert abs(kept - share) < 4 * math.sqrt(share * (1 - share) / size)


@pytest.mark.parametrize(("share", "old"), [(0.0, 0), (0.1, 1), (0.5, 4), (0.8, 6), (1.0, 8)])
def test_what_d_is_given(share: float, old: int) -> None:
    """So many samples of the buffer, the others fresh and in their places; real samples stay."""
    trick = ExperienceReplay(share=share, size=50)
    memory = _after(trick, 9, 8)[-1]
    fake, real = _samples(77, 8), _samples(88, 8)
    given = trick.batch(batch(real, fake), _at(memory, 10))
    assert torch.equal(given.real, real)
    fresh = given.fake[: 8 - old]
    assert torch.equal(fresh, fake[: 8 - old])
    held = set(memory["buffer"][: int(memory["filled"])].flatten().tolist())
    assert set(given.fake[8 - old :].flatten().tolist()) <= held


def test_every_filled_slot_is_drawn_equally_often() -> None:
    """And no empty one: 36 of 50 are filled; each count is within 5 standard deviations."""
    trick = ExperienceReplay(share=1.0, size=50)
    memory = _after(trick, 9, 8)[-1]
    fake = _samples(77, 36_000)
    drawn = trick.batch(batch(fake, fake), _at(memory, 10)).fake.flatten()
    values, counts = drawn.unique(return_counts=True)
    assert set(values.tolist()) == set(memory["buffer"][:36].flatten().tolist())
    assert (counts - 1000).abs().max() < 5 * math.sqrt(1000)


def test_the_first_step_has_nothing_to_replay() -> None:
    """D is given fresh samples only, and never the zeros of an empty buffer."""
    trick, fake = ExperienceReplay(share=1.0, size=50), _samples(77, 8)
    assert torch.equal(trick.batch(batch(fake, fake), _at(trick.begin(NONE, _at({})))).fake, fake)


def _filled(run: Recipe) -> Cohort:
    """Before its first step, but with a full buffer of samples that G cannot have made."""
    cohort = cohort_of([run])
    memory = cohort.replicas.state.memory["experience_replay"]
    full = {"buffer": memory["buffer"] + 50.0, "filled": memory["filled"] + len(memory["buffer"])}
    state = replace(cohort.replicas.state, memory={"experience_replay": full})
    cohort.replicas = replace(cohort.replicas, state=state)
    return cohort


@pytest.mark.parametrize("loss", ["non_saturating", "minimax", "relativistic"])
def test_only_d_sees_the_past(loss: str) -> None:
    """From a full buffer, a round moves D elsewhere than without it, and G not: it answers fresh samples.

    Both move from the same point, so that G's update shows what it was given itself.
    """
    run = recipe({"experience_replay": {}}, loss, steps=1, updates="simultaneous")
    one, other = _filled(run), cohort_of([replace(run, tricks=())])
    for cohort in (one, other):
        cohort.run(1)
    replayed, fresh = (cohort.replica(0).state.players for cohort in (one, other))
    assert not torch.equal(replayed["discriminator"].parameters, fresh["discriminator"].parameters)
    assert torch.equal(replayed["generator"].parameters, fresh["generator"].parameters)


def test_what_a_run_remembers() -> None:
    """A round keeps half of its batch, in a buffer of the samples' shape."""
    memory = trained(recipe({"experience_replay": {}}, steps=1)).replica(0).state.memory["experience_replay"]
    assert memory["buffer"].shape == (1024, 2) and float(memory["filled"]) == 8


def test_packs_are_declined() -> None:
    """A pack of many generators' samples is more diverse than any of them."""
    assert why_not(recipe({"experience_replay": {}, "packing": {}})) is not None
    assert why_not(recipe({"experience_replay": {}, "packing": {"samples": 1}})) is None


def test_a_share_of_no_sample_is_declined() -> None:
    """Of 16 samples 3 % round to none; a schedule counts by its largest."""
    assert "set a larger share" in str(why_not(recipe({"experience_replay": {"share": 0.03}}, batch_size=16)))
    way = spelled_out({"shape": "linear", "start": 0.0, "end": 0.5})
    assert why_not(recipe({"experience_replay": {"share": way}}, batch_size=16)) is None
