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

PullBack = Callable[[Any], tuple[Tensor]]
"""From the gradient at a function's output to that at its input."""


def _transformed() -> bool:
    """Whether vmap, another gradient or the compiler is at work here; only `torch.func` nests in those."""
    return torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is not None


def gradient_of(function: Callable[[Any], tuple[Tensor, Any]], x: Any) -> tuple[Any, Tensor, Any]:
    """Gradient at `x`, value (a scalar) and whatever else `function` returns beside its value.

    `x` is a tensor, or a tree of them; so is the gradient.
    """
    if _transformed():
        gradient, (value, beside) = grad_and_value(function, has_aux=True)(x)
        return gradient, value, beside
    leaves, spec = pytree.tree_flatten(x)
    with torch.enable_grad():
        leaves = [leaf.detach().requires_grad_() for leaf in leaves]
        value, beside = function(pytree.tree_unflatten(leaves, spec))
        gradients = torch.autograd.grad(value, leaves, materialize_grads=True)
    gradient = pytree.tree_unflatten(gradients, spec)
    return gradient, value.detach(), pytree.tree_map(torch.detach, beside)


def pulled_back(function: Callable[[Tensor], Any], x: Tensor) -> tuple[Any, PullBack]:
    """`function(x)`, a tensor or a tree of them, and the way back for gradients, to be gone once."""
    if _transformed():
        output, pull_back = vjp(function, x)  # type: ignore[misc]
        return output, pull_back
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        attached = function(x)

    def back(at_output: Any) -> tuple[Tensor]:
        ends, gradients = pytree.tree_leaves(attached), pytree.tree_leaves(at_output)
        (at_input,) = torch.autograd.grad(ends, x, gradients, materialize_grads=True)
        return (at_input,)

    return pytree.tree_map(torch.detach, attached), back
