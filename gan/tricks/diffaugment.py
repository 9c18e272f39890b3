"""Differentiable augmentation of everything D sees, real and generated, in D's turn and in G's.

    D(x) → D(T(x)),   T fresh for each image and each look (all of one penalty share it),   ∇_x through T

    color        x + b,                      b ~ U(-½, ½)
                 c̄ + s (x - c̄),              s ~ U(0, 2),    c̄ the mean of a pixel's channels
                 x̄ + k (x - x̄),              k ~ U(½, 1½),   x̄ the mean of the image
    translation  x moved by ⌊side/8⌋ pixels at most along each axis, 0 where nothing was
    cutout       a rectangle of half of each side set to 0, its centre anywhere in the image

With little data D learns it by heart. Augmenting the real images alone would teach G the augmentation;
augmenting both leaves D only what survives it, and G's gradient passes through. As in the authors'
code, images span [-1, 1] and what is filled in is 0, a middle grey. On images of one channel the
saturation s has nothing to act on. `probability` is 1 in the paper. May be combined with `ada`.

Reference: Zhao, Liu, Lin, Zhu and Han 2020, "Differentiable augmentation for data-efficient GAN training",
arXiv:2006.10738.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.rng import Rng
from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._named import misnamed, names
from gan.tricks.base import At, Setup, Trick

POLICIES = ("color", "translation", "cutout")
"""What `policy` may name."""


@tree
class Diffaugment(Trick):
    policy: str = knob("color,translation,cutout", unit="names")
    """Which augmentations, in this order: any of color, translation and cutout, with commas between."""
    probability: Scheduled = knob(1.0, unit="probability", low=0.0, high=1.0, neutral=0.0)
    """Share of the images that are augmented at all."""

    def fits(self, setup: Setup) -> str | None:
        shape = setup.data.shape
        if len(shape) != 3:
            return "it augments images, and these data are none; set data to images such as digits"
        if reason := misnamed("policy", self.policy, POLICIES):
            return reason
        if "translation" in names(self.policy) and max(shape[1:]) < 8:
            return "translation by an eighth of the side needs images of 8 pixels; leave it out of `policy`"
        return None

    def inputs(self, x: Tensor, at: At) -> Tensor:
        augmented = x
        for policy in names(self.policy):
            augmented = _augmented(augmented, policy, at.rng)
        chosen_B = at.rng.at("chosen").uniform((len(x),)) < value(self.probability, at.t)
        return torch.where(chosen_B[:, None, None, None], augmented, x)


def _augmented(x: Tensor, policy: str, rng: Rng) -> Tensor:
    if policy == "color":
        u_3B = rng.at("color").uniform((3, len(x)))
        return contrasted(saturated(brightened(x, u_3B[0]), u_3B[1]), u_3B[2])
    u_2B = rng.at(policy).uniform((2, len(x)))
    return translated(x, u_2B) if policy == "translation" else cut_out(x, u_2B)


def brightened(x: Tensor, u_B: Tensor) -> Tensor:
    """Images plus a constant in [-½, ½]. u: uniform on (0, 1), one an image; so in all of these."""
    return x + (u_B - 0.5)[:, None, None, None]


def saturated(x: Tensor, u_B: Tensor) -> Tensor:
    """Images with each pixel's channels spread about their mean by a factor in [0, 2]."""
    return _spread(x, x.mean(dim=1, keepdim=True), 2.0 * u_B)


def contrasted(x: Tensor, u_B: Tensor) -> Tensor:
    """Images with all values spread about the image's mean by a factor in [½, 1½]."""
    return _spread(x, x.mean(dim=(1, 2, 3), keepdim=True), u_B + 0.5)


def _spread(x: Tensor, middle: Tensor, factor_B: Tensor) -> Tensor:
    return middle + factor_B[:, None, None, None] * (x - middle)


def translated(x: Tensor, u_2B: Tensor) -> Tensor:
    """Images moved by whole pixels, an eighth of the side at most, with 0 where nothing was. u: 2 x B."""
    for axis, u_B in ((2, u_2B[0]), (3, u_2B[1])):
        side = x.shape[axis]
        most = side // 8
        move_B = torch.floor(u_B * (2 * most + 1)).to(torch.int64) - most
        from_BS = torch.arange(side, device=x.device) - move_B[:, None]
        inside_BS = (from_BS >= 0) & (from_BS < side)
        along = (len(x), 1, side, 1) if axis == 2 else (len(x), 1, 1, side)
        moved = torch.gather(x, axis, from_BS.clamp(0, side - 1).reshape(along).expand(x.shape))
        x = torch.where(inside_BS.reshape(along), moved, torch.zeros_like(moved))
    return x


def cut_out(x: Tensor, u_2B: Tensor) -> Tensor:
    """Images with 0 in a rectangle of half of each side, part of which may lie outside. u: 2 x B."""
    rows_BH, columns_BW = (_covered(side, u_B) for side, u_B in zip(x.shape[2:], u_2B, strict=True))
    hole = (rows_BH[:, :, None] & columns_BW[:, None, :])[:, None]
    return torch.where(hole, torch.zeros_like(x), x)


def _covered(side: int, u_B: Tensor) -> Tensor:
    """Which of `side` pixels lie in an interval of half of them whose centre is uniform. Shape: B x side."""
    length = side // 2
    # An interval of even length has its centre between two pixels, of which there is one place more.
    centre_B = torch.floor(u_B * (side + 1 - length % 2)).to(torch.int64)
    index_BS = torch.arange(side, device=u_B.device) - (centre_B - length // 2)[:, None]
    return (index_BS >= 0) & (index_BS < length)
