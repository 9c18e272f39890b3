"""Which modes of the data the samples reach, and how evenly: mode collapse, counted.

    KL(p_g || p) = Σ_k p_g(k) ln(p_g(k) / p(k)),   p_g the histogram of samples over modes, p the data's

Mixtures. A sample belongs to its nearest centre and is of high quality within 3 σ of it, which is true of
1 - exp(-9/2) = 98.89 % of the real points. `modes` is the literature's count, modes with at least one
high-quality sample; a blob over everything reaches them all. `modes_10pct` asks for a tenth of the fair
share p(k) N, in high-quality samples of the N. `reverse_kl` takes the histogram of high-quality samples
only; where there are none it is -ln min p (ln K for equal weights), the value of a point mass on the
rarest mode, which is the largest that it can take.

Labelled images. The class is the bundled classifier's, which errs on about one digit in a hundred, so that
one sample says nothing: `modes` counts the classes that hold a tenth of their fair share. A stack of three
digits is one of 1,000 classes, and its confidence is the product of three. Collapse inside a class goes
unseen. With N samples a perfect generator has a KL of about (K - 1) / 2N and, with N near K, misses
classes: compare with the oracle.

Reference: Srivastava et al. 2017, "VEEGAN", arXiv:1705.07761; Lin et al. 2018, "PacGAN: the power of two
samples in generative adversarial networks", arXiv:1712.04086 (the 3 σ rule and reverse KL in its code).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from bench.features.extractor import Wanted, automatic, labels, misfit
from bench.metrics._bank import Bank, Scored
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import tree

_RADIUS = 3.0
_SHARE = 0.1
# A mode that the data does not hold at all; keeps the divergence of a sample on it finite.
_TINY = 1e-12


@tree
class Modes(Metric):
    def outputs(self, data: Data) -> tuple[Output, ...]:
        if len(data.shape) == 1:
            ceiling = 1.0 - math.exp(-(_RADIUS**2) / 2.0)
            return (
                Output("modes", "modes", "higher", digits=1),
                Output("modes_10pct", "modes ≥ 10 %", "higher", digits=1),
                Output("high_quality", "high quality", "higher", digits=4, ceiling=ceiling),
                Output("reverse_kl", "reverse KL", "lower", digits=3),
            )
        return (
            Output("modes", "modes", "higher", digits=1, ceiling=10.0 ** data.shape[0]),
            Output("class_kl", "class KL", "lower", digits=3),
            Output("confidence", "confidence", "higher", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        wanted = self.reads(data)
        if wanted is not None:
            return misfit(wanted.name, data.shape)
        return None if len(data.shape) == 1 else "no bundled classifier recognises the modes of these images"

    def reads(self, data: Data) -> Wanted | None:
        return Wanted(automatic(data)) if data.classifier else None

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        if wanted is None:
            return _of_points(samples.points, bank)
        classes, confidence = labels(samples.features(bank.extractor(wanted)).logits)
        counts = torch.bincount(classes, minlength=len(bank.priors))
        return {
            "modes": float(_holding_a_tenth(counts, bank.priors, samples.n)),
            "class_kl": divergence(counts, bank.priors),
            "confidence": float(confidence.mean()),
        }


def _of_points(points: Tensor, bank: Bank) -> dict[str, float]:
    assert bank.centres is not None and bank.sigma is not None, "a mixture knows its components"
    # The default mode of cdist multiplies matrices, which cancels digits of small distances.
    distances = torch.cdist(points, bank.centres.double(), compute_mode="donot_use_mm_for_euclid_dist")
    distance, mode = distances.min(dim=1)
    good = distance <= _RADIUS * bank.sigma
    counts = torch.bincount(mode[good], minlength=len(bank.priors))
    return {
        "modes": float((counts > 0).sum()),
        "modes_10pct": float(_holding_a_tenth(counts, bank.priors, len(points))),
        "high_quality": float(good.double().mean()),
        "reverse_kl": divergence(counts, bank.priors),
    }


def _holding_a_tenth(counts: Tensor, priors: Tensor, n: int) -> int:
    return int(((counts > 0) & (counts >= _SHARE * priors * n)).sum())


def divergence(counts: Tensor, priors: Tensor) -> float:
    """KL, in nats, of the histogram `counts` from `priors`, both K; with no counts, its largest value."""
    priors = priors.clamp_min(_TINY)
    if int(counts.sum()) == 0:
        return float(-priors.min().log())
    share = counts.double() / counts.sum()
    return float((torch.special.xlogy(share, share) - share * priors.log()).sum().clamp_min(0.0))
