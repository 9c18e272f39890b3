"""G answers to D as it would be a few updates from now, and knows how it influences them.

    ψ_{j+1} = ψ_j - η u(∇_ψ L_D(θ, ψ_j)),   j = 0, ..., K - 1
    θ ← θ + η_G ∇_θ L_D(θ, ψ_K(θ))

where u is D's optimiser. A generator that moves all of its samples to where D is weakest at the moment sees
that D will have followed by then: it gains nothing, and keeps its modes apart. The gradient goes through
all K updates; D itself makes its ordinary ones.

As in the authors' code, all K updates are made on G's own batch, and with D's optimiser and its moments.
The code moves both players from the same point, which is `updates: simultaneous`. What tricks do to D's
gradient and parameters outside of its loss (clipping, projecting) is left out of the updates ahead. The
paper's G minimises -L_D with its part on real samples, which through ψ_K depends on θ, too: at D's optimum it
cancels what the part on generated samples contributes through ψ_K. `objective: own` takes the run's L_G
instead, which has such a part only under a loss that compares with real samples. A round costs about K
updates of D more, and memory for all of them.

Reference: Metz, Poole, Pfau, Sohl-Dickstein 2017, "Unrolled generative adversarial networks",
arXiv:1611.02163; github.com/poolio/unrolled_gan.
"""

from __future__ import annotations

from typing import Literal

from gan.tree import knob, tree
from gan.tricks.base import Setup, Trick


@tree
class Unrolled(Trick):
    steps: int = knob(5, unit="updates", low=0, high=100, neutral=0)
    """Updates of D that G looks ahead (K)."""
    objective: Literal["value", "own"] = knob("value", unit="name")
    """What G minimises: the game's value -L_D, as in the paper, or the run's own loss."""

    @property
    def foresight(self) -> int:
        return self.steps

    @property
    def zero_sum(self) -> bool:
        return self.steps > 0 and self.objective == "value"

    def fits(self, setup: Setup) -> str | None:
        deaf = [name for name, trick in setup.tricks.items() if type(trick).judged is not Trick.judged]
        if self.zero_sum and deaf:
            return f"{' and '.join(deaf)} changes G's own loss, which is not used; set objective: own"
        return None
