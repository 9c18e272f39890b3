"""One round of GAN training for one replica: some updates of D, then some of G.

    repeat d_steps times:
        x ~ data,  z ~ N(0, I),  y = G(z)
        θ_D ← θ_D - η_D ∇ [ L_D(D(x), D(y)) + penalties ]
    repeat g_steps times:
        θ_G ← θ_G - η_G ∇ [ L_G(D(y)) + bonuses ]        with the updated D, and at first the last x and y

A pure function of values; `gan.train` maps it over the replicas of a cohort. Tricks act where
`Chain` is called and nowhere else. G's forward pass is shared by the last update of D and its own,
as in the usual loop. Simultaneous players move from the same point: G then sees D as it was before
its last update. An update takes the mean gradient of `accumulation` batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor
from torch.func import grad

from gan import schedules
from gan.gradients import PullBack, gradient_of, pulled_back
from gan.health import judgement
from gan.players import Knobs, Nets, Player, State, generate, judge, latents
from gan.rng import Rng
from gan.tricks.base import At, Batch, Game, Side, Vectors

Log = dict[str, Tensor]
Samples = tuple[Tensor, dict[str, Tensor]]
"""G's samples of a batch, and those of the tricks' companion latents."""
Play = tuple[Batch, PullBack, Callable[[Tensor], Samples]]
"""A batch, the way back from the gradient at G's samples to that at its parameters, and G's way forward."""
Part = Callable[[Vectors, Batch, At], Tensor]
"""A player's loss on one batch."""


def step(state: State, data: Tensor, knobs: Knobs, n: Tensor, nets: Nets) -> tuple[State, Log]:
    """The state after round `n`, and what was seen on the way.

    Args:
        state: Both players and the tricks' memories.
        data: The whole dataset, N x shape; batches are drawn from it here.
        knobs: Numbers of this replica.
        n: Number of rounds before this one, scalar int64.
        nets: Structure.
    """
    rng, t = Rng.of(knobs.seed, n, nets.dtype), n.to(nets.dtype) / nets.steps
    at = At(t, rng, state.memory, "discriminator", nets.layouts, shape=nets.shape, resting=nets.resting)
    G, D = state.players["generator"], state.players["discriminator"]

    d_logs, g_logs = [], []
    for k in range(nets.d_steps):
        now = at.place(f"round {k}")
        plays = draw(G, data, nets, knobs, now)
        before, (D, log) = D, update_discriminator(D, G, plays, nets, knobs, now)
        d_logs.append(log)
    seen = plays[-1][0]

    opponent = before if nets.simultaneous else D
    for k in range(nets.g_steps):
        now = at.place(f"generator {k}" if k else "generator", "generator")
        plays = draw(G, data, nets, knobs, now) if k else plays
        G, log = update_generator(G, opponent, plays, nets, knobs, now)
        g_logs.append(log)

    norms = {"d_weight_norm": D.parameters.norm(), "g_weight_norm": G.parameters.norm()}
    log = _mean(d_logs) | _mean(g_logs) | norms
    vectors: Vectors = {"generator": G.parameters, "discriminator": D.parameters}
    vectors, memory = knobs.tricks.update(vectors, log, seen, at.place("update"))
    players: dict[Side, Player] = {
        "generator": Player(vectors["generator"], G.moments),
        "discriminator": Player(vectors["discriminator"], D.moments),
    }
    return State(players, memory), log


def draw(G: Player, data: Tensor, nets: Nets, knobs: Knobs, at: At) -> list[Play]:
    """`accumulation` fresh batches, real and generated."""
    plays: list[Play] = []
    for here in _each(at, nets.accumulation):
        real = data[here.rng.at("batch").integers((nets.batch_size,), len(data))]
        z = latents(nets, knobs, here)
        others = knobs.tricks.companion(z, here.place("companion", "generator"))
        make = partial(_samples, z=z, others=others, nets=nets, knobs=knobs, at=here)
        (fake, companions), pull_back = pulled_back(make, G.parameters)
        plays.append((Batch(real, fake.detach(), z, companions), pull_back, make))
    return plays


def update_discriminator(
    D: Player, G: Player, plays: list[Play], nets: Nets, knobs: Knobs, at: At
) -> tuple[Player, Log]:
    """One update of D on some batches against a fixed G."""
    gradients, logs = [], []
    for (batch, *_), here in zip(plays, _each(at, len(plays)), strict=True):
        objective = partial(discriminator_loss, batch=batch, nets=nets, knobs=knobs, at=here)
        gradient, value, (real_B, fake_B) = gradient_of(objective, D.parameters)
        sides = judgement(real_B, fake_B, knobs.loss.boundary(real_B, fake_B))
        logs.append({"d_loss": value, "logit_real": real_B.mean(), "logit_fake": fake_B.mean(), **sides})
        gradients.append(gradient)
    gradient = _average(gradients)
    game = _game({"generator": G.parameters, "discriminator": D.parameters}, D, plays, nets, knobs, at)
    return _descend(D, gradient, game, knobs, at), _mean(logs) | {"d_gradient_norm": gradient.norm()}


def update_generator(
    G: Player, D: Player, plays: list[Play], nets: Nets, knobs: Knobs, at: At
) -> tuple[Player, Log]:
    """One update of G on some batches through a fixed D."""
    gradients, values = [], []
    for (batch, pull_back, _), here in zip(plays, _each(at, len(plays)), strict=True):
        objective = partial(generator_loss, D=D, batch=batch, nets=nets, knobs=knobs, at=here)
        at_samples, value, _ = gradient_of(objective, (batch.fake, dict(batch.companions)))
        gradients.append(pull_back(at_samples)[0])
        values.append(value)
    gradient = _average(gradients)
    game = _game({"generator": G.parameters, "discriminator": D.parameters}, D, plays, nets, knobs, at)
    log = {"g_loss": _average(values), "g_gradient_norm": gradient.norm()}
    return _descend(G, gradient, game, knobs, at), log


def discriminator_loss(
    weights_P: Tensor, batch: Batch, nets: Nets, knobs: Knobs, at: At
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """D's loss on a batch, scalar, and its logits on real and on generated samples."""
    here = at.place("penalty")
    value, logits = _confront(weights_P, knobs.tricks.batch(batch, at.place("show")), nets, knobs, at)
    return value + knobs.tricks.penalty(judge(weights_P, nets, knobs, here), batch, here), logits


def _confront(
    weights_P: Tensor, batch: Batch, nets: Nets, knobs: Knobs, at: At
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """D's loss before penalties, and its logits."""
    real_B = judge(weights_P, nets, knobs, at.place("real"))(batch.real)
    fake_B = judge(weights_P, nets, knobs, at.place("fake"))(batch.fake)
    targets = knobs.loss.targets
    if targets is not None:
        up, down = targets
        moved = knobs.tricks.targets((1.0, 0.0), len(real_B), at.place("targets"))
        targets = down + (up - down) * moved[0], down + (up - down) * moved[1]
    return knobs.loss.discriminator(real_B, fake_B, targets), (real_B, fake_B)


def generator_loss(
    samples: Samples, D: Player, batch: Batch, nets: Nets, knobs: Knobs, at: At
) -> tuple[Tensor, tuple[()]]:
    """G's loss, scalar, as a function of the samples it has made for this batch."""
    loss, tricks = knobs.loss, knobs.tricks
    batch = replace(batch, fake=samples[0], companions=samples[1])
    weights_P = foreseen(D, batch, nets, knobs, at).parameters
    if tricks.zero_sum:
        value = -_confront(weights_P, batch, nets, knobs, at)[0]
    else:
        fake_B = judge(weights_P, nets, knobs, at.place("fake"))(batch.fake)
        real_B = judge(weights_P, nets, knobs, at.place("real"))(batch.real) if loss.pairs else None
        value = loss.generator(tricks.judged(fake_B, at.place("judged")), real_B, loss.targets)
    here = at.place("bonus")
    return value + tricks.bonus(judge(weights_P, nets, knobs, here), batch, here), ()


def foreseen(D: Player, batch: Batch, nets: Nets, knobs: Knobs, at: At) -> Player:
    """D after as many more updates on this batch as a trick wants to look ahead."""
    for k in range(knobs.tricks.foresight):
        here = at.place(f"foreseen {k}", "discriminator")
        objective = partial(discriminator_loss, batch=batch, nets=nets, knobs=knobs, at=here)
        gradient, _ = grad(objective, has_aux=True)(D.parameters)
        lr = schedules.value(knobs.lr["discriminator"], at.t)
        updated = knobs.optimizer.update(D.parameters, gradient, D.moments, lr)
        D = Player(*updated)
    return D


def _samples(
    weights_P: Tensor, z: Tensor, others: Mapping[str, Tensor], nets: Nets, knobs: Knobs, at: At
) -> Samples:
    companions = {
        name: generate(weights_P, latents_BZ, nets, knobs, at.place(f"companion {name}"))
        for name, latents_BZ in others.items()
    }
    return generate(weights_P, z, nets, knobs, at), companions


def _game(players: Vectors, D: Player, plays: list[Play], nets: Nets, knobs: Knobs, at: At) -> Game:
    """Each player's loss as a function of both players' parameters, the mean over the batches."""

    def mean(loss: Part, vectors: Vectors) -> Tensor:
        values = []
        for (batch, _, make), here in zip(plays, _each(at, len(plays)), strict=True):
            fake, companions = make(vectors["generator"])
            values.append(loss(vectors, replace(batch, fake=fake, companions=companions), here))
        return _average(values)

    def discriminator(vectors: Vectors, batch: Batch, here: At) -> Tensor:
        return discriminator_loss(vectors["discriminator"], batch, nets, knobs, here)[0]

    def generator(vectors: Vectors, batch: Batch, here: At) -> Tensor:
        opponent = Player(vectors["discriminator"], D.moments)
        return generator_loss((batch.fake, dict(batch.companions)), opponent, batch, nets, knobs, here)[0]

    parts: dict[Side, Part] = {"discriminator": discriminator, "generator": generator}
    return Game(players, {side: partial(mean, part) for side, part in parts.items()})


def _each(at: At, count: int) -> list[At]:
    """A place for each of an update's batches; a single one stays where it is."""
    return [at, *(at.place(f"batch {index}") for index in range(1, count))]


def _average(values: list[Tensor]) -> Tensor:
    return values[0] if len(values) == 1 else torch.stack(values).mean(dim=0)


def _mean(logs: list[Log]) -> Log:
    """The mean of each value: one that is not finite in any of the updates is not finite in it."""
    return {name: _average([log[name] for log in logs]) for name in logs[0]}


def _descend(player: Player, gradient_P: Tensor, game: Game, knobs: Knobs, at: At) -> Player:
    tricks = knobs.tricks
    gradient_P = tricks.regularise(gradient_P, game, at.place("regularise"))
    gradient_P = tricks.gradient(gradient_P, at.place("gradient"))
    parameters, moments = knobs.optimizer.update(
        player.parameters, gradient_P, player.moments, schedules.value(knobs.lr[at.side], at.t)
    )
    return Player(tricks.project(parameters, at.place("project")), moments)
