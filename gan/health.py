"""How the two players are doing, read off what a step has computed anyway.

Accuracy is the share of samples on the right side of D's decision boundary (`Loss.boundary`). A D that is
right about everything tells G little; one whose logits lie where a sigmoid is flat tells a saturating loss
nothing.

Reference: Arjovsky and Bottou 2017, "Towards principled methods for training generative adversarial
networks", arXiv:1701.04862.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

SATURATED = math.log(99.0)
"""Distance of a logit from the boundary beyond which a sigmoid is within 1 % of its end."""

HEALTH = ("d_accuracy_real", "d_accuracy_fake", "saturated", "d_weight_norm", "g_weight_norm")
"""What is read off each step, besides losses, gradient norms and mean logits."""


def judgement(real_B: Tensor, fake_B: Tensor, boundary: Tensor | float) -> dict[str, Tensor]:
    """D's accuracy on real and on generated samples, and the share of its logits that are saturated.

    Args:
        real_B: D's logits on real samples.
        fake_B: D's logits on generated samples.
        boundary: The logit between the two.

    Returns:
        Scalars in [0, 1]; no gradient flows through them.
    """
    real_B, fake_B = real_B.detach() - boundary, fake_B.detach() - boundary
    both = torch.cat([real_B, fake_B])
    return {
        "d_accuracy_real": (real_B > 0).to(real_B.dtype).mean(),
        "d_accuracy_fake": (fake_B < 0).to(fake_B.dtype).mean(),
        "saturated": (both.abs() > SATURATED).to(both.dtype).mean(),
    }
