"""What studies would conclude, by the rules of `bench.stats`, where it is known what they should."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from simulated_scores import Rng, factorial, fids, study
from simulations import ALPHA, RESAMPLES, Share

from bench.stats import friedman, holm, improvement, nemenyi, paired_difference, sign_flip, smallest_p
from bench.stats.factorial import anova, estimate, marginal


@dataclass(frozen=True)
class Family:
    """What becomes of a family of comparisons with one baseline."""

    uncorrected: Share
    """Studies in which some arm without effect has p <= ALPHA."""
    corrected: Share
    """The same of the Holm-corrected p."""
    found: Share
    """Studies in which the corrected p of the last arm is at most ALPHA."""


def family(arms: int, n: int, shape: str, effect: float, reps: int, rng: Rng) -> Family:
    """Studies of `arms` arms and a baseline; only the last arm differs from it, by `effect`."""
    raw = corrected = found = 0
    unaffected = arms if effect == 0.0 else arms - 1
    for _ in range(reps):
        baseline, *others = study(rng, arms, n, shape, effect)
        p = [sign_flip(paired_difference(x, baseline).differences) for x in others]
        adjusted = holm(p)
        raw += any(value is not None and value <= ALPHA for value in p[:unaffected])
        corrected += any(value is not None and value <= ALPHA for value in adjusted[:unaffected])
        found += adjusted[-1] is not None and adjusted[-1] <= ALPHA
    return Family(Share(raw, reps), Share(corrected, reps), Share(found, reps))


def reachable(arms: int, n: int) -> bool:
    """Whether any result of n seeds survives Holm's correction for `arms` comparisons."""
    return arms * smallest_p(n) <= ALPHA


SURVIVOR_RULES = (
    "mean of survivors is lower",
    "p of survivors ≤ .05",
    "bold: lower, none failed",
    "P(improvement) above .5",
    "p of ranks ≤ .05",
)


def survivors(n: int, gain: float, rate: float, reps: int, rng: Rng) -> dict[str, Share]:
    """How often an arm that is `gain` FID better, but fails at `rate`, is called better than its baseline."""
    said = dict.fromkeys(SURVIVOR_RULES, 0)
    sound = np.zeros(n, dtype=np.bool_)
    for _ in range(reps):
        ours, failed, theirs = fids(rng, n, gain, rate)
        naive = paired_difference(ours, theirs)
        lower = bool(np.nanmean(ours) < theirs.mean()) if not failed.all() else False
        p = sign_flip(naive.differences)
        said["mean of survivors is lower"] += lower
        said["p of survivors ≤ .05"] += p is not None and p <= ALPHA and naive.interval.mean < 0.0
        said["bold: lower, none failed"] += lower and not failed.any()
        low = improvement(ours, failed, theirs, sound, "lower", rng, reps=RESAMPLES).interval.low
        said["P(improvement) above .5"] += low is not None and low > 0.5
        # Of two arms a seed's ranks say who is first; a failure never is.
        first = np.where(failed | (ours > theirs), 1.0, -1.0)
        of_ranks = sign_flip(first)
        said["p of ranks ≤ .05"] += of_ranks is not None and of_ranks <= ALPHA and bool(first.mean() < 0.0)
    return {rule: Share(count, reps) for rule, count in said.items()}


@dataclass(frozen=True)
class Alarms:
    """Effects that a factorial analysis finds where there are none."""

    main: Share
    """F test of factor A, p <= ALPHA."""
    main_contrast: Share
    """t test over seeds of A's first two levels: what the sentences of a report rest on."""
    interaction: Share
    """F test of A with B."""
    interaction_contrast: Share
    """t test over seeds of the difference of differences of their first two levels."""
    any_holm: Share
    """Any F test after Holm's correction."""


def factorial_alarms(levels: tuple[int, ...], n: int, response: str, reps: int, rng: Rng) -> Alarms:
    """Of studies in which no factor has an effect."""
    counts = np.zeros(5, dtype=np.int64)
    for _ in range(reps):
        y = factorial(rng, levels, n, response)
        effects = {effect.axes: effect for effect in anova(y).effects}
        a, cells = marginal(y, 0), marginal(y, 0, 1)
        p = [
            effects[0,].p,
            estimate(a[1] - a[0]).p,
            effects[0, 1].p,
            estimate(cells[0, 0] - cells[0, 1] - cells[1, 0] + cells[1, 1]).p,
            min(effect.p_holm for effect in effects.values()),
        ]
        counts += np.array(p) <= ALPHA
    return Alarms(*(Share(int(count), reps) for count in counts))


def overview_alarms(arms: int, n: int, reps: int, rng: Rng) -> tuple[Share, Share]:
    """Where all arms are alike: how often Friedman's p <= ALPHA, and how often Nemenyi tells two apart."""
    omnibus = apart = 0
    for _ in range(reps):
        found = friedman(study(rng, arms - 1, n, "normal"))
        bars = nemenyi(found.mean_ranks, found.n, ALPHA)
        omnibus += found.p is not None and found.p <= ALPHA
        apart += bars is not None and len(bars.groups) > 1
    return Share(omnibus, reps), Share(apart, reps)
