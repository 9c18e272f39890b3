"""Adaptive augmentation of everything D sees: each transformation with a probability p that follows r.

    D(x) → D(T(x)),   T = T_n ∘ ... ∘ T_1,   T_i drawn afresh with probability p, else the identity
    p ← p + sign(r - target) · images / (1000 kimg),   r = E[sign D(x)] on real x,   every few steps

    blit   x-flip; turns by 90°; whole-pixel shifts, U(±1/8) of the side
    geom   scaling 2^N(0, 0.2²); rotation U(±π); the same with 1/s along y; shifts N(0, 1/8²) of the side
    color  brightness + N(0, 0.2²); contrast × 2^N(0, 0.5²); luma flip; hue U(±π); saturation × 2^N(0, 1)

As D overfits, its logits on real images rise together and r goes from 0 to 1; p then grows until D
sees too little to overfit. Below p = 1 each transformation leaves the original among its results, so that
the distribution of what D sees still determines that of the samples: what G learns does not leak.

One affine map of the plane and one of the colours compose all of it, as in the authors' code, which also
oversamples twofold through a wavelet filter before it samples bilinearly; here bilinear sampling is all,
and borders mirror without end. A round counts as one batch of images, however many updates D has in it. Not
included: filtering and corruption, which the authors leave out of their default too. `probability` with
`adaptive: no` is the paper's fixed p. May be combined with `diffaugment` (r is then of both) and `apa`.

Reference: Karras, Aittala, Hellsten, Laine, Lehtinen and Aila 2020, "Training generative adversarial networks
with limited data", arXiv:2006.06676.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from gan.rng import Rng
from gan.schedules import Number, Scheduled, value
from gan.tree import knob, tree
from gan.tricks import _affine, _colour, _feedback
from gan.tricks._named import misnamed, names
from gan.tricks.base import At, Batch, Memory, Setup, Trick, Vectors

GROUPS = {
    "blit": ("xflip", "rotate90", "xint"),
    "geom": ("scale", "rotate", "aniso", "xfrac"),
    "color": ("brightness", "contrast", "lumaflip", "hue", "saturation"),
}
"""Transformations by the names of the authors' code, in the order in which they are applied."""
KNOWN = (*GROUPS, *(name for group in GROUPS.values() for name in group))
"""What `transforms` may name."""


@tree
class Ada(Trick):
    transforms: str = knob("blit,geom,color", unit="names")
    """Groups (blit, geom, color) or transformations (xflip, rotate90, xint, scale, rotate, aniso, xfrac,
    brightness, contrast, lumaflip, hue, saturation), with commas between."""
    adaptive: bool = knob(True, unit="switch", neutral=False)
    """Whether p follows r; if not, it is `probability` throughout."""
    probability: Scheduled = knob(0.0, unit="probability", low=0.0, high=1.0, neutral=0.0)
    """Where p begins, and what it is where it is not adaptive."""
    target: float = knob(0.6, unit="1", low=-1.0, high=1.0)
    """The r above which p grows and below which it falls."""
    kimg: float = knob(500.0, unit="1,000 images", low=0.001, high=100_000.0, log=True)
    """Real images, in thousands, in which p can go from 0 to 1."""
    interval: int = knob(4, unit="steps", low=1, high=10_000)
    """Steps from one move of p to the next; r is the mean over them."""

    def fits(self, setup: Setup) -> str | None:
        shape = setup.data.shape
        if len(shape) != 3:
            return "it augments images, and these data are none; set data to images such as digits"
        if reason := misnamed("transformation", self.transforms, KNOWN):
            return reason
        doubled = [name for name in names(self.transforms) if name not in GROUPS and self._twice(name)]
        if doubled:
            return f"the transformation {doubled[0]!r} is in a group that is named too; name one of the two"
        chosen = transformations(self.transforms)
        if any(name in GROUPS["color"] for name in chosen) and shape[0] not in _colour.CHANNELS:
            return f"colours need 1 or 3 channels, not {shape[0]}; set transforms: blit,geom"
        if not set(chosen) - idle(shape):
            return f"none of {', '.join(chosen)} changes images of this shape; name another transformation"
        steering = {
            "target": self.target != type(self).target,
            "kimg": self.kimg != type(self).kimg,
            "interval": self.interval != type(self).interval,
        }
        return _feedback.contradiction(self.adaptive, self.probability, self.interval, steering, setup)

    def _twice(self, name: str) -> bool:
        return any(name in GROUPS[group] for group in names(self.transforms) if group in GROUPS)

    def begin(self, players: Vectors, at: At) -> Memory:
        return _feedback.begun(self.probability, at) if self.adaptive else {}

    def inputs(self, x: Tensor, at: At) -> Tensor:
        p = at.mine["p"] if self.adaptive else value(self.probability, at.t)
        draw, chosen = Draw(at.rng, p, len(x)), transformations(self.transforms)
        if any(name not in GROUPS["color"] for name in chosen):
            x = _affine.warped(x, geometry(chosen, x.shape[2:], draw))
        if any(name in GROUPS["color"] for name in chosen):
            x = _colour.recoloured(x, colours(chosen, draw))
        return x

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        if not self.adaptive:
            return players, at.mine
        images = len(batch.real)
        return players, _feedback.moved(at.mine, log, images, self.interval, self.target, self.kimg)

    def shown(self, memory: Memory, t: Tensor) -> Memory:
        return {"p": memory["p"]} if self.adaptive else {}


def transformations(text: str) -> list[str]:
    """The single transformations that `transforms` names, in the order in which they are applied."""
    given = names(text)
    return [name for group, inner in GROUPS.items() for name in inner if {name, group} & {*given}]


def idle(shape: tuple[int, ...]) -> set[str]:
    """Transformations that change no image of this shape, C x H x W."""
    grey = {"hue", "saturation"} if shape[0] == 1 else set()
    # A shift of less than half a pixel is rounded to none.
    return grey | ({"xint"} if max(shape[1:]) <= 4 else set())


@dataclass(frozen=True)
class Draw:
    """Random parameters of transformations, for a batch; 0, which changes nothing, where none is drawn."""

    rng: Rng
    p: Number
    """Probability of being drawn."""
    count: int
    """Images in the batch."""

    def uniform(self, name: str, most: float, axes: int = 1, p: Number | None = None) -> Tensor:
        """Uniform between -most and most. Shape: axes x count; one decision for all axes."""
        u = self.rng.at(name).uniform((axes, self.count))
        return self._picked(name, most * (2.0 * u - 1.0), p)

    def normal(self, name: str, deviation: float, axes: int = 1) -> Tensor:
        """Normal with mean 0. Shape: axes x count."""
        return self._picked(name, deviation * self.rng.at(name).normal((axes, self.count)))

    def one_of(self, name: str, options: int) -> Tensor:
        """A whole number from 0, all equally likely. Shape: count."""
        return self._picked(name, torch.floor(options * self.rng.at(name).uniform((1, self.count))))[0]

    def _picked(self, name: str, drawn: Tensor, p: Number | None = None) -> Tensor:
        u_B = self.rng.at(name).at("picked").uniform((self.count,))
        return torch.where(u_B < (self.p if p is None else p), drawn, torch.zeros_like(drawn))


def geometry(chosen: list[str], sides: tuple[int, ...], draw: Draw) -> Tensor:
    """One affine map of the plane an image (see `_affine`), all chosen transformations in turn. B x 3 x 3."""
    height, width = sides
    # Two rotations, before and after the uneven scaling: either happens with probability p.
    once = 1.0 - (1.0 - torch.as_tensor(draw.p, dtype=draw.rng.dtype)).sqrt()
    maps = []
    if "xflip" in chosen:
        mirror_B = 1.0 - 2.0 * draw.one_of("xflip", 2)
        maps.append(_affine.scaling(mirror_B, torch.ones_like(mirror_B)))
    if "rotate90" in chosen:
        maps.append(_quarter_turns(draw.one_of("rotate90", 4)))
    if "xint" in chosen:
        x_B, y_B = draw.uniform("xint", 0.125, axes=2)
        maps.append(_affine.shift(torch.round(x_B * width), torch.round(y_B * height)))
    if "scale" in chosen:
        factor_B = torch.exp2(draw.normal("scale", 0.2)[0])
        maps.append(_affine.scaling(factor_B, factor_B))
    if "rotate" in chosen:
        maps.append(_turned(draw.uniform("rotate before", math.pi, p=once)[0]))
    if "aniso" in chosen:
        factor_B = torch.exp2(draw.normal("aniso", 0.2)[0])
        maps.append(_affine.scaling(factor_B, 1.0 / factor_B))
    if "rotate" in chosen:
        maps.append(_turned(draw.uniform("rotate after", math.pi, p=once)[0]))
    if "xfrac" in chosen:
        x_B, y_B = draw.normal("xfrac", 0.125, axes=2)
        maps.append(_affine.shift(x_B * width, y_B * height))
    whole = maps[0]
    for each in maps[1:]:
        whole = whole @ each  # from the result back to the image: the last map comes first
    return whole


def _quarter_turns(count_B: Tensor) -> Tensor:
    """Turns by 90° counterclockwise, 0 to 3 of them, without a cosine's rounding error."""
    odd_B = torch.remainder(count_B, 2.0)
    return _affine.rotation((1.0 - odd_B) * (1.0 - count_B), odd_B * (2.0 - count_B))


def _turned(angle_B: Tensor) -> Tensor:
    return _affine.rotation(torch.cos(angle_B), torch.sin(angle_B))


def colours(chosen: list[str], draw: Draw) -> _colour.Colours:
    """One affine map of the colours an image, all chosen transformations in turn."""
    brighter_B = draw.normal("brightness", 0.2)[0]
    whole = _colour.Colours.same(brighter_B)
    if "brightness" in chosen:
        whole = whole.brighter(brighter_B)
    if "contrast" in chosen:
        whole = whole.then(_colour.contrast(torch.exp2(draw.normal("contrast", 0.5)[0])))
    if "lumaflip" in chosen:
        whole = whole.then(_colour.luma_flip(draw.one_of("lumaflip", 2)))
    if "hue" in chosen:
        whole = whole.then(_colour.hue(draw.uniform("hue", math.pi)[0]))
    if "saturation" in chosen:
        whole = whole.then(_colour.saturation(torch.exp2(draw.normal("saturation", 1.0)[0])))
    return whole
