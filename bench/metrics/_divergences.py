"""How far a histogram of generated samples is from the shares that real ones have."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

# A mode that the data does not hold at all; keeps the divergence of a sample on it finite.
_TINY = 1e-12


def divergence(counts: Tensor, priors: Tensor) -> float:
    """KL, in nats, of the histogram `counts` from `priors`, both K; with no counts, its largest value."""
    priors = priors.clamp_min(_TINY)
    if int(counts.sum()) == 0:
        return float(-priors.min().log())
    share = counts.double() / counts.sum()
    return float((torch.special.xlogy(share, share) - share * priors.log()).sum().clamp_min(0.0))


def jensen_shannon(counts: Tensor, priors: Tensor) -> float:
    """The Jensen-Shannon divergence, in nats, of the histogram `counts` and `priors`; ln 2 with no counts."""
    if int(counts.sum()) == 0:
        return math.log(2.0)
    share = counts.double() / counts.sum()
    middle = 0.5 * (share + priors)

    def from_middle(p: Tensor) -> Tensor:
        terms: Tensor = torch.special.xlogy(p, p) - torch.special.xlogy(p, middle)
        return terms.sum()

    value = 0.5 * (from_middle(share) + from_middle(priors))
    return float(value.clamp(0.0, math.log(2.0)))


def expected_divergence(priors: Tensor, n: int) -> float:
    """What `divergence` is on average for `n` samples of `priors` itself.

    E Σ_k (X_k / n) ln(X_k / (n p_k)),   X_k ~ Binomial(n, p_k)

    A class that the data never shows adds nothing.
    """
    from scipy import stats

    shares, multiplicity = np.unique(priors.cpu().numpy(), return_counts=True)
    total = 0.0
    for share, times in zip(shares, multiplicity, strict=True):
        if share > 0.0:
            last = int(stats.binom.isf(1e-12, n, share)) + 1
            x = np.arange(1, min(n, last) + 1)
            total += times * float(np.sum(stats.binom.pmf(x, n, share) * x / n * np.log(x / (n * share))))
    return max(0.0, float(total))
