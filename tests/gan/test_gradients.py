"""Two ways to a gradient, one result."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.func import grad, vmap

from gan.gradients import gradient_of, pulled_back

numbers = st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=5)


def curve(x: Tensor) -> tuple[Tensor, tuple[Tensor]]:
    """Slope cos(x) + 3x², beside it 2x."""
    return (x.sin() + x**3).sum(), (2.0 * x,)


@given(numbers)
def test_gradients_are_the_derivative_with_and_without_vmap(values: list[float]) -> None:
    """Alone (plain autograd) and mapped (torch.func): the slope, the value and what is beside it."""
    x = torch.tensor(values, dtype=torch.float64)
    alone = gradient_of(curve, x)
    mapped = vmap(lambda row: gradient_of(curve, row))(torch.stack([x, -x]))
    for gradient, value, (beside,) in (alone, (mapped[0][0], mapped[1][0], (mapped[2][0][0],))):
        torch.testing.assert_close(gradient, x.cos() + 3.0 * x**2, msg="the slope")
        torch.testing.assert_close(value, (x.sin() + x**3).sum(), msg="the value")
        torch.testing.assert_close(beside, 2.0 * x, msg="what the function returns beside it")
        assert not (gradient.requires_grad or value.requires_grad or beside.requires_grad), "no graph is left"


@given(numbers)
def test_a_pull_back_is_the_transposed_jacobian(values: list[float]) -> None:
    """Of an elementwise square: 2x times the gradient at the output, alone and mapped."""
    x = torch.tensor(values, dtype=torch.float64)
    at_output = torch.linspace(-1.0, 1.0, len(x), dtype=torch.float64)

    def there_and_back(row: Tensor) -> tuple[Tensor, Tensor]:
        output, pull_back = pulled_back(torch.square, row)
        return output, pull_back(at_output)[0]

    for output, at_input in (there_and_back(x), vmap(there_and_back)(x[None])):
        torch.testing.assert_close(output.reshape(-1), x**2)
        torch.testing.assert_close(at_input.reshape(-1), 2.0 * x * at_output, msg="Jᵀ g")
        assert not (output.requires_grad or at_input.requires_grad), "no graph is left"


def test_a_slope_inside_is_differentiated_too() -> None:
    """A penalty ½ f'(x)² with f = w x² has the derivative 4 w x² with respect to w, alone and mapped."""

    def penalty(w: Tensor) -> tuple[Tensor, tuple[()]]:
        slope = grad(lambda x: w * x**2)(torch.tensor(1.5))
        return 0.5 * slope**2, ()

    w = torch.tensor([2.0, -1.0])
    expected = 4.0 * w * 1.5**2
    torch.testing.assert_close(gradient_of(penalty, w[0])[0], expected[0])
    torch.testing.assert_close(vmap(lambda one: gradient_of(penalty, one)[0])(w), expected)


def test_what_a_function_ignores_has_gradient_zero() -> None:
    """A loss that one side of it switches off is flat, not an error."""
    x = torch.ones(3)

    def half(x: Tensor) -> tuple[Tensor, tuple[()]]:
        return x[0] * 2.0, ()

    assert gradient_of(half, x)[0].tolist() == [2.0, 0.0, 0.0]
