"""Batch norm is PyTorch's, without a memory of its own; layer norm is PyTorch's."""

from __future__ import annotations

import torch
from torch import nn
from torch.func import functional_call

from gan.models._normalise import BatchNorm, LayerNorm, normalisation

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


def test_points_are_normalised_like_images_of_one_pixel() -> None:
    """B x C, in training and in evaluation."""
    given = {**AFFINE, "mean": torch.full((5,), 2.0).double(), "variance": torch.full((5,), 4.0).double()}
    for norm in (BatchNorm(5), BatchNorm(5).eval()):
        pixels = functional_call(norm, given, (X[:, :, :1, :1],))
        torch.testing.assert_close(functional_call(norm, given, (X[:, :, 0, 0],)), pixels[:, :, 0, 0])


def test_layer_norm_is_pytorchs_on_points() -> None:
    """Each sample over its features."""
    theirs = nn.LayerNorm(5).double()
    theirs.load_state_dict(AFFINE)
    x = X[:, :, 0, 0]
    torch.testing.assert_close(functional_call(LayerNorm(5), AFFINE, (x,)), theirs(x).detach())


def test_layer_norm_of_images_is_over_all_of_a_sample() -> None:
    """(x - mean) / √(variance + ε) over channels and pixels; gain and bias a channel."""
    mean = X.mean((1, 2, 3), keepdim=True)
    deviation = (X.var((1, 2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
    by_hand = (X - mean) / deviation * AFFINE["weight"][:, None, None] + AFFINE["bias"][:, None, None]
    torch.testing.assert_close(functional_call(LayerNorm(5), AFFINE, (X,)), by_hand, rtol=1e-8, atol=1e-8)


def test_no_norm_has_no_weights() -> None:
    """And changes nothing."""
    nothing = normalisation("none", 5)
    assert not list(nothing.parameters()) and torch.equal(nothing(X), X)
    assert isinstance(normalisation("batch", 5), BatchNorm)
    assert isinstance(normalisation("layer", 5), LayerNorm)
