"""Only those of G's samples that D takes for the most real teach G.

    ∇ L_G = 1/k Σ_{i in top k} ∇ l(D(G(z_i))),   k = max(1, round(share · B))

D's slope at its least convincing samples often points away from the nearest mode; leaving them out keeps
the rest from being pushed there. The best are those with the largest logits under every loss, as D's logits
are trained upwards on real samples. The logits themselves are not changed, only their gradients: B/k for
the best k, 0 for the others, which is the gradient of the mean over the best for every loss that is a
mean over samples. In a loss that also compares with the mean over all generated samples, that mean keeps
its value.

The paper begins with k = B and multiplies it by some γ < 1 an epoch until a smallest share ν is reached:
`share: {shape: geometric, start: 1, end: ν, until: t}`, with t the progress at which that is. k is rounded to
the nearest whole number. With packs, logits are those of packs.

Reference: Sinha et al. 2020, "Top-k training of GANs: improving GAN performance by throwing away bad
samples", arXiv:2002.06224.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._neighbours import logits_of, needs_neighbours
from gan.tricks._players import needs_latents
from gan.tricks.base import At, Setup, Trick


@tree
class TopK(Trick):
    share: Scheduled = knob(0.5, unit="share of the batch", low=0.001, high=1.0, neutral=1.0)
    """Share of the batch that teaches G."""

    def fits(self, setup: Setup) -> str | None:
        count = logits_of(setup)
        if reason := needs_latents(setup) or needs_neighbours(setup):
            return reason
        if isinstance(self.share, float) and self.share < 1.0 and round(self.share * count) == count:
            return f"a share of {self.share:g} of {count} logits is all of them; set a smaller share"
        return None

    def judged(self, fake_B: Tensor, at: At) -> Tensor:
        held, count = fake_B.detach(), len(fake_B)
        share = torch.as_tensor(value(self.share, at.t), dtype=held.dtype, device=held.device)
        best = (share * count).round().clamp(min=1.0)
        rank_B = held.argsort(descending=True, stable=True).argsort()
        scale_B = torch.where(rank_B < best, count / best, 0.0)
        # The value of the logits, bit for bit; the gradient alone is scaled.
        return held + scale_B * (fake_B - held)
