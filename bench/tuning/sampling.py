"""One proposal of an arm's next trial, from what is known so far. Stateless: optuna's study is made anew.

TPE: Bergstra et al. 2011, "Algorithms for hyper-parameter optimization" (NeurIPS); here multivariate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.tuning.space import Knobs, Space

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

STARTUP = 10
"""Trials that TPE draws at random before it models anything, at most; optuna's own number."""


def ask(
    space: Space,
    told: Sequence[tuple[Knobs, float]],
    waiting: Sequence[Knobs],
    seed: int,
    sampler: str,
    trials: int,
) -> Knobs:
    """What to try next.

    Args:
        space: At least one dimension.
        told: Trials that are over, and the rank of each, 0 for the best (see `choice.ranks`).
        waiting: Trials that are under way; they keep the next one away from themselves.
        seed: Of the sampler, from 0 to 2**32 - 1. The same arguments give the same proposal.
        sampler: "tpe" or "random".
        trials: How many there will be: of few, half are random.
    """
    import optuna
    from optuna.distributions import BaseDistribution, FloatDistribution
    from optuna.trial import TrialState, create_trial

    # It would tell of every study that it makes.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    drawn: BaseSampler
    if sampler == "random":
        drawn = optuna.samplers.RandomSampler(seed=seed)
    else:
        startup = min(STARTUP, max(1, trials // 2))
        drawn = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=startup, multivariate=True, constant_liar=True
        )
    study = optuna.create_study(sampler=drawn, direction="minimize")
    within: dict[str, BaseDistribution] = {
        each.name: FloatDistribution(each.low, each.high, log=each.log) for each in space
    }
    for knobs, rank in told:
        study.add_trial(create_trial(params=knobs, distributions=within, value=rank))
    for knobs in waiting:
        study.add_trial(create_trial(state=TrialState.RUNNING, params=knobs, distributions=within))
    params = study.ask(within).params
    return {each.name: each.rounded(params[each.name]) for each in space}
