"""What every optimizer keeps: it descends, is a pure function of tensors, and a cohort changes nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from bench.contracts.base import Broken, Check, Subject
from bench.contracts.rules import finite_after, repeatable, same_alone_and_in_a_cohort, vectorised
from bench.contracts.trainings import nearby, trained_by
from gan.optimizers.base import Moments, Optimizer
from gan.recipe import Recipe
from gan.registry import OPTIMIZERS

_CURVATURE = (1.0, 10.0, 0.1, 3.0)
_START = (1.0, -2.0, 3.0, 0.5)


def _tensor(values: tuple[float, ...], dtype: torch.dtype) -> Tensor:
    return torch.tensor(values, dtype=dtype)


def descends(subject: Subject) -> None:
    """100 updates of learning rate 0.01 go down a quadratic."""
    optimizer: Optimizer = subject.made()
    curvature, at = _tensor(_CURVATURE, torch.float64), _tensor(_START, torch.float64)
    height = float((curvature * at.square()).sum() / 2)
    moments, lr = optimizer.begin(at), torch.tensor(0.01, dtype=torch.float64)
    for _ in range(100):
        at, moments = optimizer.update(at, curvature * at, moments, lr)
    after = float((curvature * at.square()).sum() / 2)
    if not after < height:
        raise Broken(
            f"½ Σ c θ² goes from {height:.3g} to {after:.3g}; an update descends: θ - η times a "
            "direction that points along the gradient"
        )


def learning_rate_zero_moves_nothing(subject: Subject) -> None:
    """At learning rate 0 no parameter moves."""
    optimizer: Optimizer = subject.made()
    start = _tensor(_START, torch.float64)
    moments, lr = optimizer.begin(start), torch.tensor(0.0, dtype=torch.float64)
    after, _ = optimizer.update(start, _tensor(_CURVATURE, torch.float64), moments, lr)
    if not torch.equal(after, start):
        apart = float((after - start).abs().max())
        raise Broken(f"at learning rate 0 parameters move by {apart:.3g}; every change is scaled by `lr`")


def keeps_shapes_and_types(subject: Subject) -> None:
    """Parameters and moments keep their names, shapes and types, and what it is given is not changed."""
    optimizer: Optimizer = subject.made()
    for dtype in (torch.float32, torch.float64):
        start, gradient = _tensor(_START, dtype), _tensor(_CURVATURE, dtype)
        moments = optimizer.begin(start)
        given = {"parameters": start, "gradient": gradient, **moments}
        before = {name: value.clone() for name, value in given.items()}
        after, later = optimizer.update(start, gradient, moments, torch.tensor(0.1, dtype=torch.float64))
        changed = [name for name, value in given.items() if not torch.equal(value, before[name])]
        if changed:
            raise Broken(f"update changes {', '.join(changed)} in place; return new tensors")
        if (after.shape, after.dtype) != (start.shape, dtype):
            raise Broken(f"parameters of {start.shape}, {dtype} become {after.shape}, {after.dtype}")
        if _form(later) != _form(moments):
            raise Broken(
                f"the moments {_form(moments)} become {_form(later)}; they keep names, shapes, types"
            )


def _form(moments: Moments) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    return {name: (tuple(value.shape), value.dtype) for name, value in sorted(moments.items())}


def zero_gradients_are_finite(subject: Subject) -> None:
    """Gradients of zero give finite parameters: 0 / (√0 + ε) is 0, not NaN."""
    optimizer: Optimizer = subject.made()
    at = _tensor(_START, torch.float32)
    moments = optimizer.begin(at)
    for step in range(3):
        at, moments = optimizer.update(at, torch.zeros_like(at), moments, torch.tensor(0.1))
        if not at.isfinite().all():
            raise Broken(
                f"update {step + 1} with a gradient of zero gives {at.tolist()}; is something divided by 0?"
            )


def _replicas(subject: Subject) -> list[Recipe]:
    return [
        trained_by(subject.name, nearby(OPTIMIZERS, subject.name, index), seed=index) for index in range(2)
    ]


def trains(subject: Subject) -> None:
    """Training with it stays finite, and moves both players."""
    if reason := finite_after(20, trained_by(subject.name)):
        raise Broken(f"on the ring, {reason}")


def is_repeatable(subject: Subject) -> None:
    """The same seed gives the same run, bit for bit."""
    repeatable(trained_by(subject.name, steps=10))


def same_in_a_cohort(subject: Subject) -> None:
    """A run is the same alone and in a cohort, to 1e-9 in float64 after 20 steps."""
    same_alone_and_in_a_cohort(_replicas(subject))


def is_vectorised(subject: Subject) -> None:
    """A cohort is one program: nothing falls back to a loop over replicas."""
    vectorised(_replicas(subject))


CHECKS: tuple[Check, ...] = (
    descends,
    learning_rate_zero_moves_nothing,
    keeps_shapes_and_types,
    zero_gradients_are_finite,
    trains,
    is_repeatable,
    same_in_a_cohort,
    is_vectorised,
)
GATES: tuple[Check, ...] = (trains,)
