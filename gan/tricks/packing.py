"""D judges several samples at once, all real or all generated.

    logit = D(x₁, ..., x_m),   m samples of the batch concatenated along their first axis

A generator that has lost modes makes samples that are too much alike. One sample does not show it; a pack
of m does, and the total variation between packs of the two kinds grows fastest for the pairs of
distributions with the most mode collapse. Only D's first layer becomes wider: a pack is the 2m coordinates
of m points, or an image of mC channels.

A batch of B samples makes B / m packs, and so B / m logits. In the authors' code, `batch_size` counts the
packs: to repeat it, set batch_size to m times theirs.

Reference: Lin, Khetan, Fanti, Oh 2018, "PacGAN: the power of two samples in generative adversarial
networks", arXiv:1712.04086; github.com/fjxmlzn/PacGAN.
"""

from __future__ import annotations

from gan.tree import knob, tree
from gan.tricks.base import Setup, Trick


@tree
class Packing(Trick):
    samples: int = knob(2, unit="samples", low=1, high=64, neutral=1)
    """Samples m in a pack."""

    @property
    def pack(self) -> int:
        return self.samples

    def fits(self, setup: Setup) -> str | None:
        if setup.batch_size % self.samples:
            return (
                f"a batch of {setup.batch_size} cannot be split into packs of {self.samples}; "
                f"set batch_size to a multiple of {self.samples}"
            )
        channels, *rest = setup.data.shape
        if reason := setup.model.fits((self.samples * channels, *rest)):
            return f"D cannot judge packs of {self.samples} samples, leave packing out: {reason}"
        return None
