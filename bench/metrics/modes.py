"""Which modes of the data the samples reach, and how evenly: mode collapse, counted.

    KL(p_g || p) = Σ_k p_g(k) ln(p_g(k) / p(k)),   p_g the histogram of samples over modes, p the data's
    JSD = KL(p_g || m) / 2 + KL(p || m) / 2,   m = (p_g + p) / 2
    lowest share = min_k p_g(k) / p(k)

Mixtures. A sample belongs to its nearest centre and is of high quality within 3 σ of it, which is true of
1 - exp(-9/2) = 98.89 % of the real points on a plane (99.73 % on a line). In d > 2 dimensions real points lie
about σ√d away, almost all of them beyond 3 σ: the radius is σ √q there, q the quantile of χ²(d) at the same
98.89 %, and d the dimensions that a component spreads in. `modes` is the literature's count, modes with at
least one high-quality sample; a blob over everything reaches them all. `modes_10pct` asks for a tenth of the
fair share p(k) N, in high-quality samples of the N, and `lowest_share` says how much of it the rarest mode
has. The divergences take the histogram of high-quality samples only; where there are none the reverse KL is
-ln min p (ln K for equal weights), the value of a point mass on the rarest mode, which is the largest that it
can take, and the JSD is ln 2.

Discrete data. A sample is the word that its nearest corner spells (a bit is 1 above a half, a symbol is the
first largest of its entries), and of high quality if that is one of the data's words: all real samples are.

Labelled images. The class is the classifier's, which errs on about one digit in a hundred, so that one
sample says nothing: `modes` counts the classes that hold a tenth of their fair share. Its confidence falls on
samples between classes; `lowest_confidence` is that in the least certain class as a share of all classes',
and falls where two have merged. A stack of three digits is one of 1,000 classes, its confidence is the
product of three, and its rarest and its least certain class are those of the ten in each channel, because
N / 1,000 samples a class are too few to miss one. Collapse inside a class goes unseen. With N samples a
perfect generator still has a KL of about (K - 1) / 2N; `class_kl_floor` is its exact expectation, before the
classifier's errors.

Reference: Srivastava et al. 2017, "VEEGAN", arXiv:1705.07761; Lin et al. 2018, "PacGAN: the power of two
samples in generative adversarial networks", arXiv:1712.04086 (the 3 σ rule, reverse KL and JSD in its code).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from bench.features.classifier import CLASSES
from bench.features.extractor import AUTO, STACK, Wanted, classes_of, is_stacked
from bench.metrics import _classes
from bench.metrics._bank import Bank, Scored
from bench.metrics._divergences import divergence, expected_divergence, jensen_shannon
from bench.metrics._seen import are_points
from bench.metrics._split import held_out_rows
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

_RADIUS = 3.0
_PLANE = 1.0 - math.exp(-(_RADIUS**2) / 2.0)
"""Share of a Gaussian on a plane that is within the radius; in more dimensions the radius follows from it."""
_SHARE = 0.1
_DISTANCES = 2**25
"""Distances from points to centres at a time, 256 MiB: a grid may have a million centres."""
_EACH = 10
"""Samples a mode of which a perfect generator puts at least one on practically each."""
_RAREST = Output("rarest_expected", "expected in rarest mode", "none", digits=1, headline=False)


@tree
class Modes(Metric):
    classifier: str = knob("auto", unit="name")
    """What tells the classes of images apart: a file of `ganbench train-classifier`; auto: the data's own."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        if are_points(data):
            return (
                Output("modes", "modes", "higher", digits=1),
                Output("modes_10pct", "modes ≥ 10 %", "higher", digits=1),
                Output("lowest_share", "lowest share", "higher", digits=3, headline=False),
                _RAREST,
                Output("high_quality", "high quality", "higher", digits=4, ceiling=_within(data)),
                Output("reverse_kl", "reverse KL", "lower", digits=3),
                Output("jsd", "JSD", "lower", digits=3, headline=False),
            )
        wanted = self.reads(data)
        kinds = float(classes_of(wanted.name)) if wanted else None
        return (
            Output("modes", "modes", "higher", digits=1, ceiling=kinds),
            Output("lowest_share", "lowest share", "higher", digits=3, headline=False),
            _RAREST,
            Output("class_kl", "class KL", "lower", digits=3),
            Output("class_kl_floor", "class KL's floor", "none", digits=4, headline=False),
            Output("confidence", "confidence", "higher", digits=3, headline=False),
            Output("lowest_confidence", "lowest confidence", "higher", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        if not are_points(data):
            return _classes.declined(data, self.classifier)
        if data.spread is None:
            return "its modes are no balls around centres; ask for `precision_recall` or `sliced_wasserstein`"
        if data.spread == 0 and data.alphabet is None:
            return "its modes are single points, which no sample hits; ask for `equilibrium`"
        # An option that could only be ignored is refused.
        return None if self.classifier == AUTO else "points need no classifier; leave out `classifier`"

    def reads(self, data: Data) -> Wanted | None:
        return None if are_points(data) else _classes.chosen(data, self.classifier)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        wanted = self.reads(data)
        modes = classes_of(wanted.name) if wanted else data.modes
        if modes is None or n >= _EACH * modes:
            return []
        most = held_out_rows(data.size)
        more = f", or ask for `samples: {_EACH * modes}` or more" if _EACH * modes <= most else ""
        literature = " (the literature takes 26,000)" if _of_triples(wanted) else ""
        return [
            f"the data has {modes:,} modes, and {n:,} samples miss some by chance: even real data does not "
            f"reach {modes:,}; compare with the oracle{more}{literature}"
        ]

    def modes_counted(self, data: Data) -> int | None:
        wanted = self.reads(data)
        if wanted is None:
            return data.modes
        return CLASSES if _of_triples(wanted) else classes_of(wanted.name)

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        counts, priors = self._histograms(bank, samples)
        some, fair = self._finest(bank, samples)
        rarest = {
            "lowest_share": float(_shares(some, fair, samples.n).min()),
            "rarest_expected": float(fair[fair > 0].min()) * samples.n,
        }
        held = float(((counts > 0) & (counts >= _SHARE * priors * samples.n)).sum())
        wanted = self.reads(bank.data)
        if wanted is None:
            return {
                "modes": float((counts > 0).sum()),
                "modes_10pct": held,
                **rarest,
                "high_quality": float(counts.sum()) / samples.n,
                "reverse_kl": divergence(counts, priors),
                "jsd": jensen_shannon(counts, priors),
            }
        found = _classes.classify(bank, samples, wanted)
        floor = bank.once(("class KL's floor", wanted), lambda: expected_divergence(priors, bank.n))
        return {
            "modes": held,
            **rarest,
            "class_kl": divergence(counts, priors),
            "class_kl_floor": floor,
            "confidence": found.confidence,
            "lowest_confidence": found.lowest_confidence,
        }

    def held(self, bank: Bank, samples: Scored) -> Tensor | None:
        return _shares(*self._finest(bank, samples), samples.n) >= _SHARE

    def _histograms(self, bank: Bank, samples: Scored) -> tuple[Tensor, Tensor]:
        """Samples a mode (of mixtures those of high quality), int64 K, and the data's shares, float64 K."""
        wanted = self.reads(bank.data)
        if wanted is None:
            return samples.once("modes", lambda: _high_quality(samples.points, bank)), bank.priors
        return _classes.classify(bank, samples, wanted).counts, _classes.priors(bank, wanted)

    def _finest(self, bank: Bank, samples: Scored) -> tuple[Tensor, Tensor]:
        """As `_histograms`, but of a stack over the digits of each channel: fewer samples show a loss."""
        counts, priors = self._histograms(bank, samples)
        if _of_triples(self.reads(bank.data)):
            return _classes.by_channel(counts, CLASSES, STACK), _classes.by_channel(priors, CLASSES, STACK)
        return counts, priors


def _shares(counts: Tensor, priors: Tensor, n: int) -> Tensor:
    """Each mode's samples as a share of its fair number; 1 for modes that the data does not hold."""
    return torch.where(priors > 0, counts / (priors * n), torch.ones_like(priors))


def _of_triples(wanted: Wanted | None) -> bool:
    """Whether the modes that the classifier tells apart are triples of digits, one a channel."""
    return wanted is not None and is_stacked(wanted.name)


def radius(dimensions: int) -> float:
    """How far from a centre is of high quality, in σ, where components spread in so many dimensions."""
    from scipy.stats import chi2

    return _RADIUS if dimensions <= 2 else math.sqrt(float(chi2.ppf(_PLANE, dimensions)))


def _within(data: Data) -> float:
    """Share of the real points that are of high quality."""
    if data.alphabet is not None:
        return 1.0
    return math.erf(_RADIUS / math.sqrt(2.0)) if data.spread == 1 else _PLANE


def corners(points: Tensor, symbols: int) -> Tensor:
    """The nearest sequence of symbols to each row of `points`, N x d, encoded as the data is."""
    if symbols == 2:
        return (points > 0.5).to(points)
    spelt = points.reshape(len(points), -1, symbols).argmax(dim=2)
    return functional.one_hot(spelt, symbols).flatten(1).to(points)


def _high_quality(points: Tensor, bank: Bank) -> Tensor:
    assert bank.centres is not None and bank.sigma is not None, "a mixture knows its components"
    if bank.data.alphabet is not None:
        points = corners(points, bank.data.alphabet)
    reach = radius(bank.data.spread or 0) * bank.sigma
    counts = torch.zeros(len(bank.priors), dtype=torch.int64, device=points.device)
    height = max(1, _DISTANCES // len(bank.centres))
    for block in points.split(height):  # type: ignore[no-untyped-call]
        # The default mode of cdist multiplies matrices, which cancels digits of small distances.
        distances = torch.cdist(block, bank.centres, compute_mode="donot_use_mm_for_euclid_dist")
        distance, mode = distances.min(dim=1)
        counts += torch.bincount(mode[distance <= reach], minlength=len(counts))
    return counts
