"""D's logits divided by a temperature.

    D(x) → D(x) / T(t)

Under a loss with a sigmoid, a hot D is less certain of everything that it has learned, so that G's gradient
saturates later; cooling it sharpens what D says. T does not move D's optimum, which D reaches by making its
last layer T times as large: it changes how fast. G's loss and every penalty see the divided logits, too.
Under losses that are linear in the logits it only scales both losses. What `minibatch_stddev` and
`minibatch_discrimination` add to the logits, with a weight that D learns, is added afterwards.

Reference: Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network", arXiv:1503.02531;
Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599 (a classifier's temperature).
"""

from __future__ import annotations

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Trick


@tree
class LogitTemperature(Trick):
    temperature: Scheduled = knob(2.0, unit="1", low=0.05, high=20.0, log=True, neutral=1.0)
    """Temperature T."""

    def output(self, logits_B: Tensor, features_BF: Tensor, at: At) -> Tensor:
        return logits_B / value(self.temperature, at.t)
