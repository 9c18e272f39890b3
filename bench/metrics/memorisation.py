"""Whether samples are nearer to the training set than unseen real samples are: copying.

    authentic = share of samples x with  d(x, t) > d(t, t'),   t the training sample nearest to x,
                                                               t' the training sample nearest to t
    nn_ratio = median over generated x of d(x, t) / median over held-out x of d(x, t)
    copied = share of samples nearer to t than 99 % of the held-out samples are

A copy is nearer to its original than any other training sample is. Of real samples that nobody trained on,
`nn_ratio` is 1, `copied` .01, and from .4 (two dimensions) to .7 (sixteen) are authentic, so that the oracle
is the yardstick; of copies the three are 0, 1 and 0.
A few copies hardly move `authentic` and `nn_ratio`; `copied` counts them. Where 1 % of the held-out samples
are training samples themselves, only exact copies count. `nn_ratio` ends at a million: it would be infinite
if most held-out samples were copies and the generated ones were not.

Copies of training samples that are not among the `train` looked at go unseen. Sees: copies of the others,
exact or with little noise. Blind to: copies under noise wider than the distance between real samples; quality
and diversity, since junk is authentic; copies that an extractor tells apart, such as mirrored ones; stacks of
training digits that never stood together.

Reference: Alaa et al. 2022, "How faithful is your synthetic data? Sample-level metrics for evaluating and
auditing generative models", arXiv:2102.08921 (authenticity); Meehan et al. 2020, "A non-parametric test to
detect data-copying in generative models", arXiv:2004.05675 (held-out samples as the yardstick).
"""

from __future__ import annotations

import torch
from torch import Tensor

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Real, Scored
from bench.metrics._neighbours import below, up_to
from bench.metrics._seen import are_points, declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

_COPY = 0.01
"""Share of the held-out samples that are as near to a training sample as a copy is."""
_LARGEST = 1e6
"""Of `nn_ratio`, where the held-out samples' median distance is 0 and the generated ones' is not."""
_IMAGES = 10_000
"""Most training images that are looked at unless the option says otherwise: each has to go through the
extractor, and every sample be compared with all of them."""


@tree
class Memorisation(Metric):
    train: int = knob(0, unit="samples", low=0)
    """Training samples among which originals are looked for; 0: all points, but at most 10,000 images."""
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("authentic", "authentic", "higher", digits=3, headline=False),
            Output("nn_ratio", "distance to train / held-out's", "none", digits=3, headline=False),
            Output("copied", "copied", "lower", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        if self.train == 1:
            return "one training sample has no neighbour; `train` is 0, for the usual number, or at least 2"
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        train = self._train(bank, wanted)

        def to_unseen() -> Tensor:
            """Distance of every held-out sample to the nearest training sample."""
            return train.closest(bank.real(wanted, "held_out").features.values)[0]

        unseen = bank.once(("unseen", wanted, self.train), to_unseen)
        distance, original = train.closest(bank.features(samples, wanted).values)
        copy = below(float(torch.quantile(unseen, _COPY)))
        return {
            "authentic": float((distance > up_to(train.radius(1)[original])).double().mean()),
            "nn_ratio": _ratio(*(float(side.quantile(0.5)) for side in (distance, unseen))),
            "copied": float((distance <= copy).double().mean()),
        }

    def _train(self, bank: Bank, wanted: Wanted | None) -> Real:
        """The training samples that are looked at."""
        everything = len(bank.parts.train)
        usual = everything if are_points(bank.data) else min(_IMAGES, everything)
        return bank.real(wanted, "train", self.train or usual)


def _ratio(generated: float, held_out: float) -> float:
    """1 for 0 / 0, and never above `_LARGEST`."""
    if held_out == 0.0:
        return 1.0 if generated == 0.0 else _LARGEST
    return min(generated / held_out, _LARGEST)
