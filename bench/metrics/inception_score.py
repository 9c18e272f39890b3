"""Inception score: how certain the class of each image is, and how varied those of all images are.

    IS = exp( mean_x KL(p(y|x) || p(y)) ),   p(y) = mean_x p(y|x)

The value is torch-fidelity's own, a mean over random parts of the samples (`splits`; never more than there
are), of the logits of the extractor: 1 if all images are of one class, the number of classes if they are
certain and equally many. Its name says Inception; through the bundled classifiers the classes are those of
the data. A stack of three digits is one of 1,000 classes, whose probabilities are the products of those of
three digits.

It never looks at real samples. It is BLIND to collapse inside a class (one perfect image of each class has
the best value there is), to copies, and nearly to little noise; uneven data cannot reach the ceiling, so
read it beside the oracle's. More parts of fewer samples make it smaller: compare at the same N and
`splits`.

Reference: Salimans et al. 2016, "Improved techniques for training GANs", arXiv:1606.03498; Barratt and
Sharma 2018, "A note on the inception score", arXiv:1801.01973 (what it does not see).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from bench.features.extractor import INCEPTION, Wanted, classes_of, joint_log_probabilities
from bench.metrics._bank import Bank, Scored
from bench.metrics._seen import are_points, declined, through
from bench.metrics.base import Metric, Output
from bench.wording import count
from gan.data.base import Data
from gan.tree import knob, tree

# torch-fidelity's default, so that its command line gives the same value.
_SEED = 2020
_INCEPTION_CLASSES = 1008
_LEAST = -600.0
"""Smallest log-probability: beyond it exp is 0, and 0 ln 0 is not a number in torch-fidelity's sum."""


@tree
class InceptionScore(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""
    splits: int = knob(10, unit="parts", low=1, high=10_000)
    """Parts of the samples that are scored on their own and averaged, at most one a sample."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        ceiling = float(_classes(self.reads(data)))
        return (
            Output("inception_score", "inception score", "higher", digits=2, ceiling=ceiling),
            Output("inception_score_sd", "inception score's sd over parts", "none", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        if are_points(data):
            return "points have no classifier; ask for `modes`"
        reason = declined(data, self.extractor, self.weights)
        if reason is None and _classes(self.reads(data)) == 0:
            return f"{self.extractor} does not classify; leave out `extractor`, or ask for {INCEPTION}"
        return reason

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        wanted = self.reads(data)
        found = []
        if wanted is not None and wanted.name == INCEPTION and data.classifier is not None:
            found.append(
                "Inception's classes are those of photographs and mean nothing on digits; leave out "
                "`extractor` (the bundled classifier)"
            )
        found += _small_parts(n, self.splits, _classes(wanted))
        if primary:
            found.append(
                "one good image of each class scores best, so collapse inside classes goes unseen; make "
                "`fid`, `precision_recall` or `modes` the primary metric"
            )
        return found

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        assert wanted is not None, "points are declined"
        logits = bank.features(samples, wanted).logits
        scores = of_parts(logits, bank.extractor(wanted).classes or logits.shape[1], self.splits)
        return {"inception_score": float(np.mean(scores)), "inception_score_sd": float(np.std(scores))}


def of_parts(logits: Tensor, classes: int, splits: int) -> list[float]:
    """The inception score of each random part of the samples.

    Args:
        logits: float64, N x (K C): K a channel.
        classes: K.
        splits: Parts, as torch-fidelity draws them; N if there are fewer samples.
    """
    from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric

    n = len(logits)
    splits = min(splits, n)
    order = np.random.RandomState(_SEED).permutation(n)
    scores = []
    # Part by part, because the joint probabilities of a stack are a thousand numbers a sample.
    for part in np.split(order, [i * n // splits for i in range(1, splits)]):
        joint = joint_log_probabilities(logits[torch.from_numpy(part).to(logits.device)], classes)
        found = isc_features_to_metric(joint.clamp_min(_LEAST), splits=1, shuffle=False)
        scores.append(float(found[KEY_METRIC_ISC_MEAN]))
    return scores


def _small_parts(n: int, splits: int, classes: int) -> list[str]:
    """A caution if parts have fewer samples than there are classes: no part scores above its samples."""
    held = n // min(splits, n)
    if held >= classes:
        return []
    instead = f"`splits: {n // classes}` or fewer" if n >= classes else f"`samples: {classes}` or more"
    return [
        f"`splits: {splits}` leaves {count(held, 'sample')} a part, and a part scores at most as many as it "
        f"has samples, where there are {classes:,} classes; ask for {instead}"
    ]


def _classes(wanted: Wanted | None) -> int:
    """How many classes the extractor tells apart, modes of the data or not; 0 if it does not classify."""
    assert wanted is not None, "points are declined"
    return _INCEPTION_CLASSES if wanted.name == INCEPTION else classes_of(wanted.name)
