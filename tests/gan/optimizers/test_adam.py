"""Adam is PyTorch's Adam, step by step."""

from __future__ import annotations

import pytest
import torch

from gan.optimizers.adam import Adam

CURVATURE = torch.tensor([1.0, 10.0, 0.1, 3.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("beta1", "beta2", "epsilon"), [(0.5, 0.999, 1e-8), (0.0, 0.9, 1e-8), (0.9, 0.99, 1e-3)]
)
def test_equals_pytorchs(beta1: float, beta2: float, epsilon: float) -> None:
    """20 steps down a quadratic, to 1e-12 in float64, a vanishing first moment included."""
    start = torch.tensor([1.0, -2.0, 3.0, 0.5], dtype=torch.float64)
    theirs = start.clone().requires_grad_()
    reference = torch.optim.Adam([theirs], lr=0.05, betas=(beta1, beta2), eps=epsilon)
    optimizer, lr = Adam(beta1=beta1, beta2=beta2, epsilon=epsilon), torch.tensor(0.05, dtype=torch.float64)
    ours, moments = start, optimizer.begin(start)
    for _ in range(20):
        reference.zero_grad()
        (0.5 * CURVATURE * theirs.square()).sum().backward()
        reference.step()
        ours, moments = optimizer.update(ours, CURVATURE * ours, moments, lr)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)


def test_the_first_step_has_the_length_of_the_learning_rate() -> None:
    """Whatever the gradient's scale, thanks to the bias correction."""
    optimizer = Adam(beta1=0.5, beta2=0.999, epsilon=1e-16)
    start, lr = torch.zeros(3, dtype=torch.float64), torch.tensor(0.01, dtype=torch.float64)
    gradient = torch.tensor([1e-6, -1.0, 1e6], dtype=torch.float64)
    after, _ = optimizer.update(start, gradient, optimizer.begin(start), lr)
    torch.testing.assert_close(after, -0.01 * gradient.sign(), rtol=1e-6, atol=0.0)


def test_a_zero_gradient_moves_nothing() -> None:
    """0 / (√0 + ε) is 0, not NaN."""
    optimizer, start = Adam(beta1=0.5, beta2=0.999, epsilon=1e-8), torch.ones(3)
    after, _ = optimizer.update(start, torch.zeros(3), optimizer.begin(start), torch.tensor(0.1))
    assert torch.equal(after, start)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_guard_of_the_root_changes_no_bit(dtype: torch.dtype) -> None:
    """20 steps equal the bare formula's, for gradients of every size down to 0 and subnormal numbers."""
    optimizer, lr = Adam(beta1=0.5, beta2=0.999, epsilon=1e-8), torch.tensor(0.01, dtype=dtype)
    exponents = torch.linspace(-324, 15, 2000, dtype=torch.float64)
    scales = torch.cat([torch.zeros(10), 10.0**exponents, 10.0 ** (exponents / 8)]).to(dtype)
    noise = torch.Generator().manual_seed(0)
    parameters = torch.randn(scales.shape, generator=noise, dtype=dtype)
    bare, first, second = parameters, torch.zeros_like(parameters), torch.zeros_like(parameters)
    moments, decay1, decay2 = (
        optimizer.begin(parameters),
        torch.ones((), dtype=dtype),
        torch.ones((), dtype=dtype),
    )
    beta1, beta2 = torch.tensor(0.5, dtype=dtype), torch.tensor(0.999, dtype=dtype)
    for _ in range(20):
        gradient = scales * torch.randn(scales.shape, generator=noise, dtype=dtype)
        parameters, moments = optimizer.update(parameters, gradient, moments, lr)
        first, second = torch.lerp(gradient, first, beta1), torch.lerp(gradient.square(), second, beta2)
        decay1, decay2 = decay1 * 0.5, decay2 * 0.999
        root = (second / (1.0 - decay2)).sqrt()
        bare = torch.addcdiv(bare, -lr / (1.0 - decay1) * first, root + 1e-8)
        assert torch.equal(parameters, bare)
    assert (second == 0).any() and (second > 0).any()


def test_an_update_can_be_differentiated_where_the_gradient_is_zero() -> None:
    """The first update is -η g / (|g| + ε), whose slope at 0 is -η / ε."""
    optimizer, lr = Adam(epsilon=1e-3), torch.tensor(0.01, dtype=torch.float64)
    start = torch.zeros((), dtype=torch.float64)
    slope = torch.func.grad(lambda g: optimizer.update(start, g, optimizer.begin(start), lr)[0])(start)
    assert float(slope) == pytest.approx(-0.01 / 1e-3, rel=1e-12)
