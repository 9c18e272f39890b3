"""Plain descent is PyTorch's SGD, step by step."""

from __future__ import annotations

import torch

from gan.optimizers.sgd import Sgd


def test_equals_pytorchs() -> None:
    """20 steps down a quadratic, to 1e-12 in float64."""
    curvature = torch.tensor([1.0, 10.0, 0.1], dtype=torch.float64)
    ours = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    theirs = ours.clone().requires_grad_()
    reference = torch.optim.SGD([theirs], lr=0.05)
    optimizer, moments, lr = Sgd(), Sgd().begin(ours), torch.tensor(0.05, dtype=torch.float64)
    for _ in range(20):
        reference.zero_grad()
        (0.5 * curvature * theirs.square()).sum().backward()
        reference.step()
        ours, moments = optimizer.update(ours, curvature * ours, moments, lr)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)
