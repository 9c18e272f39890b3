"""Batch norm is PyTorch's, without a memory of its own."""

from __future__ import annotations

import torch
from torch import nn
from torch.func import functional_call

from gan.models._normalise import BatchNorm

X = 3.0 * torch.randn(8, 5, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 1.0
AFFINE = {
    name: torch.linspace(a, b, 5, dtype=torch.float64) for name, a, b in (("weight", 1, 2), ("bias", -1, 1))
}


def test_in_training_it_is_pytorchs() -> None:
    """Batch statistics, affine map, same epsilon."""
    theirs = nn.BatchNorm2d(5).double()
    theirs.load_state_dict({**theirs.state_dict(), **AFFINE})
    ours = functional_call(BatchNorm(5), AFFINE, (X,))
    torch.testing.assert_close(ours, theirs(X).detach(), rtol=1e-12, atol=1e-12)


def test_training_leaves_no_trace() -> None:
    """No buffer changes."""
    norm = BatchNorm(5).double()
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    norm(X)
    assert all(torch.equal(before[name], value) for name, value in norm.state_dict().items())


def test_in_evaluation_it_uses_the_given_statistics() -> None:
    """(x - mean) / √(variance + ε), sample by sample."""
    mean, variance = torch.full((5,), 2.0).double(), torch.full((5,), 4.0).double()
    norm = BatchNorm(5).eval()
    y = functional_call(norm, {**AFFINE, "mean": mean, "variance": variance}, (X[:1],))
    by_hand = (X[:1] - 2.0) / (4.0 + 1e-5) ** 0.5
    by_hand = by_hand * AFFINE["weight"][:, None, None] + AFFINE["bias"][:, None, None]
    torch.testing.assert_close(y, by_hand)
