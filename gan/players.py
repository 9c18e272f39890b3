"""The two players: what they are made of, and what they compute with all tricks applied.

`generate` is G and `judge` is D as the rest of a step sees them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.func import functional_call

from gan.losses.base import Loss
from gan.models.base import Layout
from gan.optimizers.base import Moments, Optimizer
from gan.schedules import Schedule
from gan.tree import tree
from gan.tricks.base import At, Critic, Side
from gan.tricks.chain import Chain, Memories


@dataclass(frozen=True)
class Nets:
    """Everything structural: replicas of a cohort share it."""

    generator: nn.Module
    discriminator: nn.Module
    layouts: dict[Side, Layout]
    """Of all that a player trains: its network's parameters, then those that tricks have added."""
    shape: tuple[int, ...]
    """Of one sample."""
    latent_size: int
    batch_size: int
    accumulation: int
    """Batches whose gradients are averaged into one update."""
    d_steps: int
    g_steps: int
    simultaneous: bool
    steps: int
    """Length of the whole training, in rounds."""
    dtype: torch.dtype
    resting: frozenset[str] = frozenset()
    """Tricks whose penalties are left out of this step (see `Trick.every`)."""


@tree
class Knobs:
    """Everything numeric that may differ between replicas; each number is a scalar tensor."""

    seed: Tensor
    lr: dict[Side, Tensor | Schedule]
    loss: Loss
    optimizer: Optimizer
    tricks: Chain


@tree
class Player:
    """One network in training."""

    parameters: Tensor
    """Shape P."""
    moments: Moments


@tree
class State:
    """Everything that a step changes."""

    players: dict[Side, Player]
    memory: Memories


def latents(nets: Nets, knobs: Knobs, at: At) -> Tensor:
    """Fresh latents at this place. Shape: B x Z."""
    at = at.place("generate", "generator")
    z = at.rng.at("z").normal((nets.batch_size, nets.latent_size))
    return knobs.tricks.latent(z, at.place("latent"))


def generate(weights_P: Tensor, z_BZ: Tensor, nets: Nets, knobs: Knobs, at: At) -> Tensor:
    """G's samples for these latents, all tricks applied. Shape: B x shape."""
    at = at.place("generate", "generator")
    layout = nets.layouts["generator"]
    parameters = knobs.tricks.weights(layout.unpack(weights_P), at.place("weights"))
    x = functional_call(nets.generator, layout.own(parameters), (z_BZ,), {"hidden": hidden_of(knobs, at)})
    return knobs.tricks.generated(x, at.place("output"))


def judge(weights_P: Tensor, nets: Nets, knobs: Knobs, at: At) -> Critic:
    """D with all tricks applied: samples (B x shape) to logits (B) and features (B x F)."""
    at, layout, tricks = at.place("judge", "discriminator"), nets.layouts["discriminator"], knobs.tricks

    def critic(x: Tensor) -> tuple[Tensor, Tensor]:
        # In here, because a critic that no trick asks for should cost nothing.
        parameters = tricks.weights(layout.unpack(weights_P), at.place("weights"))
        here = replace(at, parameters=parameters)
        x = tricks.inputs(x, at.place("inputs"))
        packs = x.reshape(len(x) // tricks.pack, tricks.pack * x.shape[1], *x.shape[2:])
        change, last = hidden_of(knobs, here), [packs]

        def hidden(h: Tensor, layer: str) -> Tensor:
            last[0] = change(h, layer)
            return last[0]

        logits = functional_call(nets.discriminator, layout.own(parameters), (packs,), {"hidden": hidden})
        features = last[0].flatten(1)
        return tricks.output(logits, features, here.place("output")), features

    return Critic(critic, tricks.pack)


def hidden_of(knobs: Knobs, at: At) -> Callable[[Tensor, str], Tensor]:
    """What happens to the hidden activations of the network that is at work."""
    return lambda h, layer: knobs.tricks.hidden(h, layer, at.place(layer))
