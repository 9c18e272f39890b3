"""Three MNIST digits in the colour channels: the 1,000-mode benchmark of mode collapse.

    x = (x_a, x_b, x_c),   x_a, x_b, x_c independent uniform draws from one tenth of `mnist`

The tenths hold every class alike, and no digit is in two of them, so that a split can hold digits
back; the published protocol draws from all of them. Published scores count modes and reverse KL on
26,000 samples; at fewer, a perfect generator misses modes by chance, which the oracle row shows.

Reference: Metz et al. 2017, arXiv:1611.02163; Lin et al. 2018, "PacGAN", arXiv:1712.04086.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gan.data._stacked import stacked
from gan.data.base import Data, Samples
from gan.data.mnist import load_mnist
from gan.tree import knob, tree


@tree
class StackedMnist(Data):
    split: Literal["train", "test"] = knob("train", unit="name")
    """The split of MNIST that the triples are drawn from."""
    size: int = knob(60_000, unit="samples", low=1, high=10_000_000)
    """Triples drawn once and indexed ever after."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, 28, 28)

    @property
    def modes(self) -> int:
        return 1000

    @property
    def classifier(self) -> str | None:
        return "mnist"

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        return stacked(*load_mnist(root, self.split, download), self.size, seed=0)
