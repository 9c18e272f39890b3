"""Three 8 x 8 digits in the colour channels: 1,000 modes that need no download.

    x = (x_a, x_b, x_c),   x_a, x_b, x_c independent uniform draws from one tenth of `digits`

Stacked MNIST with scikit-learn's digits: enough modes that losing some is a measurement and not an
anecdote. The tenths hold every class alike, and no digit is in two of them, so that a split can hold
digits back; the published protocol draws from all of them.

Reference: Metz et al. 2017, "Unrolled generative adversarial networks", arXiv:1611.02163.
"""

from __future__ import annotations

from pathlib import Path

from gan.data._stacked import stacked
from gan.data.base import Data, Samples
from gan.data.digits import load_digits
from gan.tree import knob, tree


@tree
class StackedDigits(Data):
    size: int = knob(50_000, unit="samples", low=1, high=10_000_000)
    """Triples drawn once and indexed ever after."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, 8, 8)

    @property
    def modes(self) -> int:
        return 1000

    @property
    def classifier(self) -> str | None:
        return "digits"

    def load(self, root: Path, download: bool = False) -> Samples:
        return stacked(*load_digits(), self.size, seed=0)
