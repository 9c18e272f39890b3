"""G answers to D as it would be a few updates from now, and knows how it influences them.

    ψ_{j+1} = ψ_j - η u(∇_ψ L_D(θ, ψ_j)),   j = 0, ..., K - 1
    θ ← θ - η_G ∇_θ L_G(θ, ψ_K(θ))

where u is D's optimiser. A generator that moves all of its samples to where D is weakest at the moment sees
that D will have followed by then: it gains nothing, and keeps its modes apart. The gradient goes through
all K updates; D itself makes its ordinary ones.

As in the authors' code, all K updates are made on G's own batch, and with D's optimiser and its moments.
The code moves both players from the same point, which is `updates: simultaneous`. What tricks do to D's
gradient and parameters outside of its loss (clipping, projecting) is left out of the updates ahead. The
paper's L_G is -L_D of the zero-sum game with its part on real samples, which through ψ_K depends on θ, too;
here L_G is the run's own, which has such a part only under a loss that compares with real samples. A round
costs about K updates of D more, and memory for all of them.

Reference: Metz, Poole, Pfau, Sohl-Dickstein 2017, "Unrolled generative adversarial networks",
arXiv:1611.02163; github.com/poolio/unrolled_gan.
"""

from __future__ import annotations

from gan.tree import knob, tree
from gan.tricks.base import Trick


@tree
class Unrolled(Trick):
    steps: int = knob(5, unit="updates", low=0, high=100, neutral=0)
    """Updates of D that G looks ahead (K)."""

    @property
    def foresight(self) -> int:
        return self.steps
