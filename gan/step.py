"""One round of GAN training for one replica: some updates of D, then one of G.

    repeat d_steps times:
        x ~ data,  z ~ N(0, I),  y = G(z)
        θ_D ← θ_D - η_D ∇ [ L_D(D(x), D(y)) + penalties ]
    θ_G ← θ_G - η_G ∇ [ L_G(D(y)) + bonuses ]        with the last x, y and the updated D

A pure function of values; `gan.train` maps it over the replicas of a cohort. Tricks act where
`Chain` is called and nowhere else. G's forward pass is shared by the last update of D and its own,
as in the usual loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call

from gan.gradients import PullBack, gradient_of, pulled_back
from gan.health import judgement
from gan.losses.base import Loss
from gan.models.base import Layout
from gan.optimizers.base import Moments, Optimizer
from gan.rng import Rng
from gan.schedules import Schedule, value
from gan.tree import tree
from gan.tricks.base import At, Critic, Side, Vectors
from gan.tricks.chain import Chain, Memories

Log = dict[str, Tensor]


@dataclass(frozen=True)
class Nets:
    """Everything structural: replicas of a cohort share it."""

    generator: nn.Module
    discriminator: nn.Module
    layouts: dict[Side, Layout]
    latent_size: int
    batch_size: int
    d_steps: int
    steps: int
    """Length of the whole training, in updates of G."""
    dtype: torch.dtype


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


def step(state: State, data: Tensor, knobs: Knobs, n: Tensor, nets: Nets) -> tuple[State, Log]:
    """The state after round `n`, and what was seen on the way.

    Args:
        state: Both players and the tricks' memories.
        data: The whole dataset, N x shape; batches are drawn from it here.
        knobs: Numbers of this replica.
        n: Number of rounds before this one, scalar int64.
        nets: Structure.
    """
    rng = Rng.of(knobs.seed, n, nets.dtype)
    at = At(n.to(nets.dtype) / nets.steps, rng, state.memory, "discriminator", nets.layouts)
    G, D = state.players["generator"], state.players["discriminator"]

    d_logs = []
    for k in range(nets.d_steps):
        now = at.place(f"round {k}")
        real = data[now.rng.at("batch").integers((nets.batch_size,), len(data))]
        fake, pull_back = pulled_back(partial(generate, nets=nets, knobs=knobs, at=now), G.parameters)
        D, d_log = update_discriminator(D, real, fake.detach(), nets, knobs, now)
        d_logs.append(d_log)

    G, g_log = update_generator(G, D, real, fake, pull_back, nets, knobs, at.place("generator", "generator"))

    norms = {"d_weight_norm": D.parameters.norm(), "g_weight_norm": G.parameters.norm()}
    log = _mean(d_logs) | g_log | norms
    vectors: Vectors = {"generator": G.parameters, "discriminator": D.parameters}
    vectors, memory = knobs.tricks.update(vectors, log, at.place("update"))
    players: dict[Side, Player] = {
        "generator": Player(vectors["generator"], G.moments),
        "discriminator": Player(vectors["discriminator"], D.moments),
    }
    return State(players, memory), log


def update_discriminator(
    D: Player, real: Tensor, fake: Tensor, nets: Nets, knobs: Knobs, at: At
) -> tuple[Player, Log]:
    """One update of D on a batch. real, fake: B x shape."""
    loss, tricks = knobs.loss, knobs.tricks

    def objective(weights: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        real_logits = judge(weights, nets, knobs, at.place("real"))(real)
        fake_logits = judge(weights, nets, knobs, at.place("fake"))(fake)
        targets = tricks.targets(loss.targets, at.place("targets"))
        value = loss.discriminator(real_logits, fake_logits, targets)
        here = at.place("penalty")
        penalty = tricks.penalty(judge(weights, nets, knobs, here), real, fake, here)
        return value + penalty, (real_logits, fake_logits)

    gradient, value, (real_logits, fake_logits) = gradient_of(objective, D.parameters)
    log = {
        "d_loss": value,
        "d_gradient_norm": gradient.norm(),
        "logit_real": real_logits.mean(),
        "logit_fake": fake_logits.mean(),
        **judgement(real_logits, fake_logits, loss.boundary(real_logits, fake_logits)),
    }
    return _descend(D, gradient, knobs, at), log


def update_generator(
    G: Player,
    D: Player,
    real: Tensor,
    fake: Tensor,
    pull_back: PullBack,
    nets: Nets,
    knobs: Knobs,
    at: At,
) -> tuple[Player, Log]:
    """One update of G through D. `pull_back` takes the gradient at its samples back to its weights."""
    loss, tricks = knobs.loss, knobs.tricks

    def objective(samples: Tensor) -> tuple[Tensor, tuple[()]]:
        weights = D.parameters
        fake_logits = judge(weights, nets, knobs, at.place("fake"))(samples)
        real_logits = judge(weights, nets, knobs, at.place("real"))(real) if loss.pairs else None
        value = loss.generator(fake_logits, real_logits, loss.targets)
        here = at.place("bonus")
        return value + tricks.bonus(judge(weights, nets, knobs, here), real, samples, here), ()

    at_samples, value, _ = gradient_of(objective, fake)
    (gradient,) = pull_back(at_samples)
    log = {"g_loss": value, "g_gradient_norm": gradient.norm()}
    return _descend(G, gradient, knobs, at), log


def generate(weights_P: Tensor, nets: Nets, knobs: Knobs, at: At) -> Tensor:
    """G's samples for fresh latents at this place. Shape: B x shape."""
    at = at.place("generate", "generator")
    z = at.rng.at("z").normal((nets.batch_size, nets.latent_size))
    z = knobs.tricks.latent(z, at.place("latent"))
    parameters = knobs.tricks.weights(nets.layouts["generator"].unpack(weights_P), at.place("weights"))
    return knobs.tricks.generated(functional_call(nets.generator, parameters, (z,)), at.place("output"))


def judge(weights_P: Tensor, nets: Nets, knobs: Knobs, at: At) -> Critic:
    """D with all tricks applied: samples (B x shape) to logits (B)."""
    at, layout = at.place("judge", "discriminator"), nets.layouts["discriminator"]

    def hidden(h: Tensor, layer: str) -> Tensor:
        return knobs.tricks.hidden(h, layer, at.place(layer))

    def critic(x: Tensor) -> Tensor:
        # In here, because a critic that no trick asks for should cost nothing.
        parameters = knobs.tricks.weights(layout.unpack(weights_P), at.place("weights"))
        x = knobs.tricks.inputs(x, at.place("inputs"))
        logits = functional_call(nets.discriminator, parameters, (x,), {"hidden": hidden})
        return knobs.tricks.output(logits, at.place("output"))

    return critic


def _mean(logs: list[Log]) -> Log:
    """The mean of each value: one that is not finite in any of D's updates is not finite in it."""
    if len(logs) == 1:
        return logs[0]
    return {name: torch.stack([log[name] for log in logs]).mean() for name in logs[0]}


def _descend(player: Player, gradient_P: Tensor, knobs: Knobs, at: At) -> Player:
    gradient_P = knobs.tricks.gradient(gradient_P, at.place("gradient"))
    lr = value(knobs.lr[at.side], at.t)
    updated = knobs.optimizer.update(player.parameters, gradient_P, player.moments, lr)
    return Player(*updated)
