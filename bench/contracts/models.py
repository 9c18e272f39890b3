"""What every model keeps, on every shape that it claims to fit, odd ones included."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor
from torch.func import functional_call

from bench.contracts.base import Broken, Check, Subject
from bench.contracts.trainings import DIGITS, RING, recipe, same_alone_and_in_a_cohort, vectorised
from gan.build import component
from gan.models.base import Layout, Model
from gan.recipe import Recipe
from gan.rng import Rng

Shape = tuple[int, ...]
SHAPES: tuple[Shape, ...] = (
    (2,),
    (1, 5, 5),
    (1, 8, 8),
    (3, 8, 8),
    (2, 9, 13),
    (1, 28, 28),
    (3, 28, 28),
    (3, 32, 32),
    (3, 33, 20),
    (3, 64, 64),
    (1, 128, 128),
)
SMALL = SHAPES[:4]


def narrow(subject: Subject, **options: Any) -> Model:
    """It, with the narrowest networks that its knob `width` allows, so that large images stay quick."""
    widths = {knob.name: max(2, int(knob.low or 0)) for knob in subject.spec.knobs if knob.name == "width"}
    model: Model = subject.made(**{**widths, **options})
    return model


def begun(model: Model, network: torch.nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """The network's initial weights, by name."""
    return Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(seed), -1)))


def fitted(
    subject: Subject, shapes: tuple[Shape, ...] = SHAPES, **options: Any
) -> Iterator[tuple[Model, Shape]]:
    """The model, with each shape that it does not decline."""
    model = narrow(subject, **options)
    for shape in shapes:
        if model.fits(shape) is None:
            yield model, shape


def fits_something(subject: Subject) -> None:
    """It fits some points or some images, and declines others in words."""
    model = narrow(subject)
    reasons = {shape: model.fits(shape) for shape in SHAPES}
    if None not in reasons.values():
        raise Broken(f"it declines every shape there is, {SHAPES[0]} with {reasons[SHAPES[0]]!r}")
    for shape, reason in reasons.items():
        if reason is not None and len(reason) <= 10:
            raise Broken(f"it declines {shape} with {reason!r}, which does not say what to change")


def makes_and_judges(subject: Subject) -> None:
    """Samples of the right shape, images in [-1, 1], one logit a sample, a gradient for every weight."""
    for model, shape in fitted(subject):
        G, D = model.generator(shape, 5), model.discriminator(shape)
        sides = {"G": begun(model, G), "D": begun(model, D)}
        weights = {f"{side}.{key}": value for side, of in sides.items() for key, value in of.items()}
        gradients, (_, (x, logits)) = torch.func.grad_and_value(_play(G, D), has_aux=True)(weights)
        if tuple(x.shape) != (4, *shape) or tuple(logits.shape) != (4,):
            raise Broken(
                f"for 4 samples of {shape}, G makes {tuple(x.shape)}, D's logits are {tuple(logits.shape)}; "
                f"wanted are {(4, *shape)} and (4,)"
            )
        if not (x.isfinite().all() and logits.isfinite().all()):
            raise Broken(f"at {shape} samples or logits are NaN or infinite with initial weights")
        if len(shape) == 3 and x.abs().max() > 1.0:
            raise Broken(
                f"images of {shape} reach {float(x.abs().max()):.3g}; they end in tanh, within [-1, 1]"
            )
        for key, gradient in gradients.items():
            if not gradient.isfinite().all():
                raise Broken(f"at {shape} the gradient of {key} is NaN or infinite")
            if not gradient.abs().sum() > 0.0:
                raise Broken(f"at {shape} {key} takes no part: its gradient is zero")


def _play(G: torch.nn.Module, D: torch.nn.Module) -> Any:
    def play(weights: dict[str, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        g = {key[2:]: value for key, value in weights.items() if key.startswith("G.")}
        d = {key[2:]: value for key, value in weights.items() if key.startswith("D.")}
        z = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
        x = functional_call(G, g, (z,))
        logits = functional_call(D, d, (x,))
        return (logits * torch.arange(1.0, 5.0)).sum(), (x, logits)

    return play


def weights_are_the_seeds(subject: Subject) -> None:
    """The same seed gives the same initial weights, another seed others, and every layer its own."""
    for model, shape in fitted(subject, SMALL):
        network = model.discriminator(shape)
        one, same, other = begun(model, network), begun(model, network), begun(model, network, seed=1)
        kernels = [key for key, value in one.items() if value.ndim > 1]
        for key in kernels:
            if not torch.equal(one[key], same[key]):
                raise Broken(
                    f"the same seed gives {key} two initial values; draw them from the `rng` of `begin`"
                )
            if torch.equal(one[key], other[key]):
                raise Broken(
                    f"another seed gives {key} the same initial value; draw it from the `rng` of `begin`"
                )
        first = [tuple(one[key].flatten()[:4].tolist()) for key in kernels]
        if len(set(first)) < len(first):
            raise Broken("two layers begin with the same numbers; draw each from the `rng` that `begin` gets")


def _choices(subject: Subject) -> list[dict[str, Any]]:
    """Every value of every option that has a list of them, one at a time."""
    found: list[dict[str, Any]] = [{}]
    for knob in subject.spec.knobs:
        if typing.get_origin(knob.type) is Literal:
            found += [{knob.name: value} for value in typing.get_args(knob.type)]
    return found


def says_whether_it_mixes_samples(subject: Subject) -> None:
    """`mixes_samples` says whether a sample's logit depends on its neighbours; penalties rely on it."""
    for options in _choices(subject):
        for model, shape in fitted(subject, SHAPES[:9], **options):
            D = model.discriminator(shape)
            # Far from the small initial values, at which a difference could pass for rounding.
            weights = {key: 10.0 * value for key, value in begun(model, D).items()}
            x = torch.randn(6, *shape, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
            one = functional_call(D, weights, (x,))[:3]
            other = functional_call(D, weights, (torch.cat([x[:3], 0.3 * x[3:]]),))[:3]
            apart = float((one - other).abs().max() / one.abs().max())
            if (apart > 1e-4) != model.mixes_samples(shape):
                raise Broken(
                    f"at {shape} {options or ''} mixes_samples is {model.mixes_samples(shape)}, but other "
                    f"neighbours change a sample's logit by {apart:.1e} of its size"
                )


def hidden_activations_can_be_changed(subject: Subject) -> None:
    """D hands every hidden layer to `hidden` by a name of its own, and uses what comes back."""
    for model, shape in list(fitted(subject, SMALL))[:1]:
        D = model.discriminator(shape)
        weights, x, seen = begun(model, D), torch.full((2, *shape), 0.5), list[str]()

        def silent(h: Tensor, layer: str, seen: list[str] = seen) -> Tensor:
            seen.append(layer)
            return torch.zeros_like(h)

        x[1] = -x[1]
        silenced = functional_call(D, weights, (x,), {"hidden": silent})
        if not seen or len(set(seen)) < len(seen):
            raise Broken(
                f"`hidden` is called for {seen or 'no layer'}; call it once a layer, each by another name"
            )
        if not torch.allclose(silenced[0], silenced[1]):
            raise Broken("with all hidden activations set to zero the logits still depend on the samples")
        bias = [value for key, value in weights.items() if key.endswith("bias")][-1:]
        if not bias or not torch.allclose(silenced, bias[0].expand(2)):
            raise Broken(
                "with all hidden activations set to zero more than D's last bias is left of the logits"
            )


def _replicas(subject: Subject) -> list[list[Recipe]]:
    model = subject.choice()
    if any(knob.name == "width" for knob in subject.spec.knobs):
        model = subject.choice(width=max(2, int(subject.spec.knob("width").low or 0)))
    runs = [
        recipe(data=data, model=model, steps=10)
        for data in (RING, DIGITS)
        if narrow(subject).fits(component("data", data).shape) is None
    ]
    return [[dataclasses.replace(run, seed=seed) for seed in range(2)] for run in runs]


def same_in_a_cohort(subject: Subject) -> None:
    """A run is the same alone and in a cohort, to 1e-9 in float64, on points and on images."""
    for pair in _replicas(subject):
        same_alone_and_in_a_cohort(pair)


def is_vectorised(subject: Subject) -> None:
    """A cohort is one program: nothing falls back to a loop over replicas."""
    for pair in _replicas(subject):
        vectorised(pair)


CHECKS: tuple[Check, ...] = (
    fits_something,
    makes_and_judges,
    weights_are_the_seeds,
    says_whether_it_mixes_samples,
    hidden_activations_can_be_changed,
    same_in_a_cohort,
    is_vectorised,
)
GATES: tuple[Check, ...] = (fits_something, makes_and_judges)
