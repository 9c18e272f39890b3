"""Consistency regularisation: D gives a sample and its augmentation, or its neighbour, the same logit.

    L_D += λ_r E[(D(x) - D(T(x)))²] + λ_f E[(D(y) - D(T(y)))²] + λ_d E[(D(y) - D(y'))²]
    L_G -= λ_g E[‖y - y'‖²],   y = G(z),   y' = G(z + σ ε),   ε ~ N(0, I)

T changes what does not matter, and D is told so without ever being trained on T's artefacts as real. `cr`
has the first term alone, `bcr` (balanced) the first two, since otherwise G learns to imitate T; `zcr`
(latent) the last two, where D may not see a small step in the latents, and G is rewarded for making one
visible; `icr` (improved) all of them. The gradient passes through both logits.

T shifts images by whole pixels, up to `shift` in both directions with reflected edges, and mirrors half of
them if asked to (`flip`: a mirrored letter is another one, a mirrored face is not). Points, for which the
papers have no T, are moved by a little Gaussian noise (`jitter`). The papers write G's term as a squared
norm, a `sum` over coordinates, whose size grows with the image; many implementations take the `mean`.

Reference: Zhang et al. 2020, "Consistency regularization for generative adversarial networks" (cr),
arXiv:1910.12027; Zhao et al. 2021, "Improved consistency regularization for GANs", arXiv:2002.04724.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from gan.rng import Rng
from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Batch, Critic, Setup, Trick

_UNUSED = {
    "cr": ("fake", "latent_d", "latent_g", "sigma", "distance"),
    "bcr": ("latent_d", "latent_g", "sigma", "distance"),
    "zcr": ("real", "fake", "shift", "flip", "jitter"),
    "icr": (),
}
"""Knobs that turn nothing in a variant."""


@tree
class Consistency(Trick):
    variant: Literal["icr", "cr", "bcr", "zcr"] = knob("icr", unit="name")
    """Which of the terms there are."""
    real: Scheduled = knob(10.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ_r of D's term on real samples."""
    fake: Scheduled = knob(10.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ_f of D's term on generated samples."""
    latent_d: Scheduled = knob(5.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ_d of D's term on neighbours in latent space."""
    latent_g: Scheduled = knob(0.5, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ_g of G's term on neighbours in latent space."""
    sigma: Scheduled = knob(0.03, unit="latent units", low=0.001, high=1.0, log=True)
    """Standard deviation σ of the step in latent space."""
    distance: Literal["sum", "mean"] = knob("sum", unit="name")
    """Whether G's term is summed over a sample's coordinates or is their mean."""
    shift: int | None = knob(None, unit="pixels", low=0, high=64)
    """How far T shifts an image at most; auto: an eighth of its shorter side."""
    flip: bool = knob(False, unit="yes or no")
    """Whether T mirrors half of the images, left to right."""
    jitter: Scheduled = knob(0.02, unit="data units", low=0.001, high=1.0, log=True)
    """Standard deviation of the noise by which T moves points."""
    every: int = knob(1, unit="steps", low=1, high=10_000)
    """Steps between evaluations of D's terms; their weights are multiplied by it."""

    def fits(self, setup: Setup) -> str | None:
        shape = setup.data.shape
        kind, others = ("images", ("jitter",)) if len(shape) == 3 else ("points", ("shift", "flip"))
        for names, where in ((_UNUSED[self.variant], f"the variant {self.variant}"), (others, kind)):
            for name in names:
                if getattr(self, name) != getattr(type(self), name):
                    return f"`{name}` does nothing for {where}; leave it out"
        if self.variant in ("zcr", "icr") and not setup.model.uses_latent:
            return "this model's generator does not look at its latents; take the variant cr or bcr"
        if len(shape) == 3 and self.variant != "zcr":
            if self.shift == 0 and not self.flip:
                return "with a `shift` of 0 and no `flip` the images stay as they are; set either"
            if _most(self.shift, shape) >= min(shape[1:]):
                return f"a `shift` of {self.shift} leaves nothing of images of shape {shape}; make it smaller"
        return None

    def companion(self, z_BZ: Tensor, at: At) -> Tensor | None:
        if self.variant in ("cr", "bcr"):
            return None
        return z_BZ + value(self.sigma, at.t) * at.rng.normal(z_BZ.shape)

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        total: Tensor | float = 0.0
        if self.variant != "zcr":
            other = self._changed(batch.real, at.place("real"))
            total = total + value(self.real, at.t) * _gap(critic, batch.real, other)
        if self.variant in ("bcr", "icr"):
            other = self._changed(batch.fake, at.place("fake"))
            total = total + value(self.fake, at.t) * _gap(critic, batch.fake, other)
        if self.variant in ("zcr", "icr"):
            neighbour = batch.companions[at.name]
            total = total + value(self.latent_d, at.t) * _gap(critic, batch.fake, neighbour)
        return total

    def bonus(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        if self.variant in ("cr", "bcr"):
            return 0.0
        square_BF = (batch.fake - batch.companions[at.name]).flatten(1).square()
        square_B = square_BF.sum(dim=1) if self.distance == "sum" else square_BF.mean(dim=1)
        return -value(self.latent_g, at.t) * square_B.mean()

    def _changed(self, x: Tensor, at: At) -> Tensor:
        """T(x). Shape: that of x."""
        rng = at.rng
        if x.ndim == 2:
            return x + value(self.jitter, at.t) * rng.normal(x.shape)
        x = _shifted(x, _most(self.shift, x.shape[1:]), rng)
        if not self.flip:
            return x
        mirrored = rng.at("flip").uniform((len(x), 1, 1, 1)) < 0.5
        return torch.where(mirrored, x.flip(3), x)


def _gap(critic: Critic, x: Tensor, other: Tensor) -> Tensor:
    """Mean squared difference of D's logits, scalar."""
    return (critic(x) - critic(other)).square().mean()


def _most(shift: int | None, shape: tuple[int, ...]) -> int:
    """The largest shift of images of shape C x H x W, in pixels."""
    return max(1, min(shape[1:]) // 8) if shift is None else shift


def _shifted(x_BCHW: Tensor, most: int, rng: Rng) -> Tensor:
    """Every image moved by up to `most` pixels down or up and right or left, its edges reflected."""
    for axis, name in ((2, "down"), (3, "right")):
        moved_B = rng.at(name).integers((len(x_BCHW),), 2 * most + 1) - most
        side = x_BCHW.shape[axis]
        index = (torch.arange(side, device=x_BCHW.device) - moved_B[:, None]).abs()
        index = (side - 1) - ((side - 1) - index).abs()
        index = index[:, None, :, None] if axis == 2 else index[:, None, None, :]
        x_BCHW = x_BCHW.gather(axis, index.expand(x_BCHW.shape))
    return x_BCHW
