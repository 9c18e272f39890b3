"""What every model keeps, on every shape that it claims to fit, odd ones included."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad

from bench.contracts.base import Broken, Check, Subject
from bench.contracts.networks import (
    BIG,
    LATENT,
    SHAPES,
    begun,
    called,
    choices,
    data_of,
    fitted,
    moved,
    narrow,
    some,
    widths,
)
from bench.contracts.rules import NEAR, same_alone_and_in_a_cohort, together, vectorised
from bench.contracts.trainings import differ_at_most, recipe, replicas
from gan.build import evaluation_copy
from gan.models.base import Layout, Model
from gan.recipe import Recipe
from gan.rng import Rng


def fits_something(subject: Subject) -> None:
    """It fits some points or some images, and declines others in words."""
    model = narrow(subject)
    reasons = {shape: model.fits(shape) for shape in (*SHAPES, *BIG)}
    if not fitted(model):
        raise Broken(f"it declines every shape there is, {SHAPES[0]} with {reasons[SHAPES[0]]!r}")
    for shape, reason in reasons.items():
        if reason is not None and len(reason) <= 10:
            raise Broken(f"it declines {shape} with {reason!r}, which does not say what to change")


def makes_and_judges(subject: Subject) -> None:
    """Samples of the right shape, images in [-1, 1], one logit a sample, a gradient for every weight."""
    model = narrow(subject)
    for shape in fitted(model, (*SHAPES, *BIG)):
        G, D = model.generator(shape, LATENT), model.discriminator(shape)
        sides = {"G": moved(model, G), "D": moved(model, D)}
        weights = {f"{side}.{key}": value for side, of in sides.items() for key, value in of.items()}
        gradients, (_, (x, logits)) = torch.func.grad_and_value(partial(_play, G, D), has_aux=True)(weights)
        if tuple(x.shape) != (4, *shape) or tuple(logits.shape) != (4,):
            raise Broken(
                f"for 4 samples of {shape}, G makes {tuple(x.shape)}, D's logits are {tuple(logits.shape)}; "
                f"wanted are {(4, *shape)} and (4,)"
            )
        if not (x.isfinite().all() and logits.isfinite().all()):
            raise Broken(f"at {shape} samples or logits are NaN or infinite near the initial weights")
        if len(shape) == 3 and x.abs().max() > 1.0:
            raise Broken(
                f"images of {shape} reach {float(x.abs().max()):.3g}; they end in tanh, within [-1, 1]"
            )
        for key, gradient in gradients.items():
            if not gradient.isfinite().all():
                raise Broken(f"at {shape} the gradient of {key} is NaN or infinite")
            if not gradient.abs().sum() > 0.0:
                raise Broken(f"at {shape} {key} takes no part: its gradient is zero")


def _play(G: nn.Module, D: nn.Module, weights: dict[str, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    g, d = (
        {key[2:]: value for key, value in weights.items() if key.startswith(side)} for side in ("G.", "D.")
    )
    x = functional_call(G, g, (some(4, LATENT),))
    logits = functional_call(D, d, (x,))
    return (logits * torch.arange(1.0, 5.0)).sum(), (x, logits)


def weights_are_the_seeds(subject: Subject) -> None:
    """The same seed gives the same initial weights, another seed others, and every layer its own.

    A kernel that is not drawn is the options' choice: 0, or a single number.
    """
    model = narrow(subject)
    for shape in fitted(model, SHAPES[:6]):
        for network in (model.generator(shape, LATENT), model.discriminator(shape)):
            one, same, other = (begun(model, network, seed) for seed in (0, 0, 1))
            _check_drawn(one, same, other)


def _check_drawn(one: dict[str, Tensor], same: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    for key, value in one.items():
        if not torch.equal(value, same[key]):
            raise Broken(f"the same seed gives {key} two initial values; draw them from the `rng` of `begin`")
    kernels = {key: value for key, value in one.items() if value.ndim > 1}
    drawn = [key for key, value in kernels.items() if not torch.equal(value, other[key])]
    fixed = [key for key in kernels if key not in drawn]
    wide = [key for key in fixed if kernels[key].numel() > 1]
    if any(kernels[key].any() for key in wide) or (wide and not drawn):
        raise Broken(
            f"another seed gives {', '.join(wide)} the same initial value; draw it from the `rng` of `begin`"
        )
    if len({tuple(one[key].flatten()[:4].tolist()) for key in drawn}) < len(drawn):
        raise Broken("two layers begin with the same numbers; draw each from the `rng` that `begin` gets")


def says_whether_it_mixes_samples(subject: Subject) -> None:
    """`mixes_samples` says whether a sample's logit depends on its neighbours; penalties rely on it."""
    for options in choices(subject):
        model = narrow(subject, **options)
        for shape in fitted(model):
            D = model.discriminator(shape)
            # Far from the small initial values, at which a difference could pass for rounding.
            weights = {key: 10.0 * value for key, value in moved(model, D).items()}
            x = some(6, *shape).clamp(-1, 1)
            one = functional_call(D, weights, (x,))[:3]
            other = functional_call(D, weights, (torch.cat([x[:3], 0.3 * x[3:]]),))[:3]
            apart = float((one - other).abs().max() / one.abs().max())
            if (apart > 1e-4) != model.mixes_samples(shape):
                raise Broken(
                    f"at {shape} {options or ''} mixes_samples is {model.mixes_samples(shape)}, but other "
                    f"neighbours change a sample's logit by {apart:.1e} of its size"
                )


def _layers(network: nn.Module, weights: dict[str, Tensor], x: Tensor) -> list[str]:
    """Names of the hidden layers, in the order in which they are handed over. Raises Broken."""
    seen: list[str] = []

    def hidden(h: Tensor, layer: str) -> Tensor:
        seen.append(layer)
        if len(h) != len(x):
            raise Broken(f"{layer} has the shape {tuple(h.shape)}; samples are along the first axis")
        return h

    out = called(network, weights, x, hidden)
    if not seen or len(set(seen)) < len(seen):
        raise Broken(
            f"`hidden` is called for {seen or 'no layer'}; call it once a layer, each by another name"
        )
    if not torch.equal(out, functional_call(network, weights, (x,))):
        raise Broken("a `hidden` that changes nothing changes what comes out; use what it returns, once")
    return seen


def hidden_activations_can_be_changed(subject: Subject) -> None:
    """Both networks hand every hidden layer to `hidden` by a name of its own, and use what comes back."""
    model = narrow(subject)
    (shape, *_) = fitted(model)
    sides = {
        "generator": (model.generator(shape, LATENT), some(3, LATENT)),
        "discriminator": (model.discriminator(shape), some(3, *shape)),
    }
    for side, (network, x) in sides.items():
        weights = moved(model, network)
        plain = functional_call(network, weights, (x,))
        for changed in _layers(network, weights, x):
            noise = Rng.of(torch.tensor(0), 0, torch.float64)

            def noisy(h: Tensor, layer: str, changed: str = changed, noise: Rng = noise) -> Tensor:
                return h + noise.normal(tuple(h.shape)) if layer == changed else h

            if torch.allclose(called(network, weights, x, noisy), plain):
                raise Broken(f"what `hidden` returns for {changed} of the {side} is not used")


def features_are_those_of_an_affine_head(subject: Subject) -> None:
    """D's last call of `hidden` is with the features h of its logit = w . h + b, and h is all it sees."""
    model = narrow(subject)
    for shape in fitted(model):
        D = model.discriminator(shape)
        weights, x = moved(model, D), some(3, *shape)
        last = _layers(D, weights, x)[-1]

        def logits(
            change: Callable[[Tensor], Tensor],
            D: nn.Module = D,
            weights: dict[str, Tensor] = weights,
            x: Tensor = x,
            last: str = last,
        ) -> Tensor:
            return called(D, weights, x, lambda h, layer: change(h) if layer == last else h)

        bias = logits(torch.zeros_like)
        plain = logits(lambda h: h) - bias
        claims = {
            "set to zero, the logits still depend on the samples": differ_at_most(
                [bias], [bias[:1].expand(3)]
            ),
            "doubled, the logits are not": differ_at_most([logits(lambda h: 2.0 * h) - bias], [2.0 * plain]),
            "summed with others, the logits are not": differ_at_most(
                [logits(lambda h: h + _other(h)) - bias], [plain + logits(_other) - bias]
            ),
        }
        for claim, apart in claims.items():
            if not apart <= NEAR:
                raise Broken(f"at {shape}, with the features that {last} hands over {claim}, by {apart:.1e}")
        if not (plain.abs() > NEAR).all():
            raise Broken(f"at {shape} the features that {last} hands over take no part in the logits")


def _other(h: Tensor) -> Tensor:
    return Rng.of(torch.tensor(1), 0, torch.float64).normal(tuple(h.shape))


def learns_together_as_alone(subject: Subject) -> None:
    """Gradients, a gradient penalty's too, and samples of replicas are each one's own, under every option."""
    for options in choices(subject):
        # Wide enough that ReLUs are not all dead.
        _check_together(narrow(subject, 16, **options), f"with {options} " if options else "")


def _check_together(model: Model, said: str) -> None:
    (shape, *_) = fitted(model)
    G, D = model.generator(shape, LATENT), model.discriminator(shape)
    layouts = Layout.of(G), Layout.of(D)
    frozen, z, real = evaluation_copy(G).double(), some(4, LATENT), some(4, *shape)

    def objective(g: Tensor, d: Tensor) -> Tensor:
        judge = partial(functional_call, D, layouts[1].unpack(d))
        fake = functional_call(G, layouts[0].unpack(g), (z,))
        slope = grad(lambda x: judge((x,)).tanh().sum())(real)
        total: Tensor = judge((fake,)).tanh().mean() + slope.square().sum()
        return total

    def seen(g: Tensor, d: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return *grad(objective, argnums=(0, 1))(g, d), functional_call(frozen, layouts[0].unpack(g), (z,))

    g, d = (
        torch.stack([layout.pack(moved(model, network, seed)) for seed in (0, 1)])
        for layout, network in zip(layouts, (G, D), strict=True)
    )
    cohort = together(seen, g, d)
    for index in (0, 1):
        alone, beside = seen(g[index], d[index]), [each[index] for each in cohort]
        for what, value in zip(("gradient of G", "gradient of D", "samples"), alone, strict=True):
            if not (value.isfinite().all() and value.abs().sum() > 0.0):
                raise Broken(f"{said}the {what} under a gradient penalty is zero, NaN or infinite")
        apart = differ_at_most(alone, beside)
        if not apart <= NEAR:
            raise Broken(
                f"{said}replica {index} of 2 is {apart:.1e} away from itself alone; take no statistics over "
                "all tensors"
            )


def _replicas(subject: Subject) -> list[list[Recipe]]:
    """Two runs on the first points, and two on the first images, that it fits."""
    model, found = subject.choice(**widths(subject)), dict[int, Recipe]()
    for shape in fitted(narrow(subject)):
        if (data := data_of(shape)) is not None:
            found.setdefault(len(shape), recipe(data=data, model=model, steps=5, batch_size=6))
    return [replicas(run, [], count=2) for run in found.values()]


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
    features_are_those_of_an_affine_head,
    learns_together_as_alone,
    same_in_a_cohort,
    is_vectorised,
)
GATES: tuple[Check, ...] = (fits_something, makes_and_judges)
