"""What is proposed, held against the distributions of scipy and against chance."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import numpy as np
import pytest
from scipy import stats

from bench.tuning.sampling import ask
from bench.tuning.space import Dimension, Knobs

SPACE = (
    Dimension("discriminator_lr", 1e-5, 1e-2, log=True),
    Dimension("generator_lr", 1e-5, 1e-2, log=True),
    Dimension("r1.gamma", 0.01, 100.0, log=True),
    Dimension("instance_noise.sigma", 0.0, 2.0, log=False),
)


def test_random_search_is_uniform_on_its_scale() -> None:
    """Kolmogorov and Smirnov cannot tell it from scipy's uniform and log-uniform distributions."""
    found = [ask(SPACE, [], [], seed, "random", 20) for seed in range(400)]
    for each in SPACE:
        values = [knobs[each.name] for knobs in found]
        wide = each.high - each.low
        law = stats.loguniform(each.low, each.high) if each.log else stats.uniform(each.low, wide)
        assert stats.kstest(values, law.cdf).pvalue > 0.01, each.name
    rates = np.log([[knobs["discriminator_lr"], knobs["generator_lr"]] for knobs in found])
    assert abs(stats.spearmanr(rates).statistic) < 0.15, "they are drawn independently"


def _bowl(knobs: Knobs) -> float:
    """Best at learning rates of 1e-3 and 1e-4, gamma 1, sigma 0.5."""
    centre = {"discriminator_lr": -3.0, "generator_lr": -4.0, "r1.gamma": 0.0}
    off = sum((np.log10(knobs[name]) - place) ** 2 for name, place in centre.items())
    return float(off + (knobs["instance_noise.sigma"] - 0.5) ** 2)


def _search(sampler: str, salt: int, objective: Callable[[Knobs], float]) -> float:
    """The best of 40 trials in batches of 5."""
    told: list[tuple[Knobs, float]] = []
    for batch in range(8):
        asked: list[Knobs] = []
        for place in range(5):
            seed = 1000 * salt + 5 * batch + place
            asked.append(ask(SPACE, told, asked, seed, sampler, 40))
        told += [(knobs, objective(knobs)) for knobs in asked]
    return min(value for _, value in told)


def test_tpe_beats_chance_at_the_same_budget() -> None:
    """In the median, and by more than chance explains (Mann and Whitney)."""
    tpe, random = ([_search(sampler, salt, _bowl) for salt in range(10)] for sampler in ("tpe", "random"))
    assert median(tpe) < median(random)
    assert stats.mannwhitneyu(tpe, random, alternative="less").pvalue < 0.01


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_same_history_and_seed_give_the_same_proposal(sampler: str) -> None:
    """Another seed gives another; every proposal lies in its range, in few digits."""
    told = [(ask(SPACE, [], [], seed, "random", 20), float(seed)) for seed in range(12)]
    waiting = [ask(SPACE, [], [], 99, "random", 20)]
    one, again = (ask(SPACE, told, waiting, 5, sampler, 20) for _ in range(2))
    assert one == again != ask(SPACE, told, waiting, 6, sampler, 20)
    for each in SPACE:
        assert each.low <= one[each.name] <= each.high
        assert float(f"{one[each.name]:.4g}") == one[each.name]


def test_a_batch_is_spread() -> None:
    """Trials under way keep the next one away from themselves: five of a batch are five."""
    told = [(ask(SPACE, [], [], seed, "random", 20), float(seed)) for seed in range(12)]
    asked: list[Knobs] = []
    for _ in range(5):
        asked.append(ask(SPACE, told, asked, 7, "tpe", 20))
    assert len({tuple(knobs.values()) for knobs in asked}) == 5
