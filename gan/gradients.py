"""Gradients of pure functions, by the shortest way.

`torch.func` nests in vmap and in itself, for which it wraps every tensor of every operation. Where
nothing is mapped, as in a cohort of one, ordinary autograd does the same arithmetic without that: a
fifth of the time of a small network's step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.func import grad_and_value, vjp
from torch.utils import _pytree as pytree

PullBack = Callable[[Tensor], tuple[Tensor]]
"""From the gradient at a function's output to that at its input."""


def _transformed() -> bool:
    """Whether vmap, another gradient or the compiler is at work here; only `torch.func` nests in those."""
    return torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is not None


def gradient_of(function: Callable[[Tensor], tuple[Tensor, Any]], x: Tensor) -> tuple[Tensor, Tensor, Any]:
    """Gradient at `x`, value (a scalar) and whatever else `function` returns beside its value."""
    if _transformed():
        gradient, (value, beside) = grad_and_value(function, has_aux=True)(x)
        return gradient, value, beside
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        value, beside = function(x)
        (gradient,) = torch.autograd.grad(value, x, materialize_grads=True)
    return gradient, value.detach(), pytree.tree_map(torch.detach, beside)


def pulled_back(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, PullBack]:
    """`function(x)`, and the way back for gradients, to be gone once."""
    if _transformed():
        output, pull_back = vjp(function, x)  # type: ignore[misc]
        return output, pull_back
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        attached = function(x)

    def back(at_output: Tensor) -> tuple[Tensor]:
        (at_input,) = torch.autograd.grad(attached, x, at_output, materialize_grads=True)
        return (at_input,)

    return attached.detach(), back
