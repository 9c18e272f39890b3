"""Samples from a trained (or half-trained) generator, leaving no trace in the training.

Latents depend on the seed and the number of the draw alone: every evaluation of a run, and every arm with
the same seed, is sampled from the same points of the latent space.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.func import functional_call

from gan.build import evaluation_copy
from gan.models._normalise import BatchNorm
from gan.models.base import Parameters
from gan.players import Knobs, Nets, State, generate, hidden_of, latents
from gan.rng import Rng
from gan.tricks._averaging import decides_what_is_sampled
from gan.tricks.base import At
from gan.tricks.chain import Chain

STANDING_BATCHES = 16
"""Training batches that standing statistics are averaged over."""
_CHUNK = 1000


def sampled_weights(tricks: Chain) -> Literal["averaged", "raw"]:
    """Which of the generator's weights `sample` uses: a trick's average of them, or those in training."""
    averaged = any(decides_what_is_sampled(trick) for trick in tricks.tricks.values())
    return "averaged" if averaged else "raw"


@torch.no_grad()
def sample(state: State, knobs: Knobs, nets: Nets, step: int, count: int, draw: int = 0) -> Tensor:
    """`count` samples of one replica after `step` rounds, through every trick that acts on G.

    Another `draw` takes other latents (and other standing statistics): how far a score hangs on them.
    Networks with batch norm use standing statistics, taken afresh from `STANDING_BATCHES` batches.

    Returns:
        count x shape, on the device of the state, not yet checked for finiteness.
    """
    device = knobs.seed.device
    rng = Rng.of(knobs.seed, -2, nets.dtype)
    if draw:
        rng = rng.at(f"draw {draw}")
    t = torch.tensor(step / nets.steps, dtype=nets.dtype, device=device)
    at = At(t, rng, state.memory, "generator", nets.layouts, shape=nets.shape, sampling=True)
    vector = knobs.tricks.evaluate(state.players["generator"].parameters, at.place("evaluate"))
    statistics = _standing_statistics(vector, nets, knobs, at)
    layout = nets.layouts["generator"]
    parameters = layout.own(knobs.tricks.weights(layout.unpack(vector), at.place("weights")))
    network = evaluation_copy(nets.generator)
    chunks = []
    for start in range(0, count, _CHUNK):
        here = at.place(f"chunk {start}")
        z = here.rng.at("z").normal((min(_CHUNK, count - start), nets.latent_size))
        z = knobs.tricks.latent(z, here.place("latent"))
        x = functional_call(network, {**parameters, **statistics}, (z,), {"hidden": hidden_of(knobs, here)})
        chunks.append(knobs.tricks.generated(x, here.place("output")))
    return torch.cat(chunks)


def _standing_statistics(vector_P: Tensor, nets: Nets, knobs: Knobs, at: At) -> Parameters:
    """Mean and variance at every batch norm of G, averaged over training batches, by buffer name."""
    norms = {name: m for name, m in nets.generator.named_modules() if isinstance(m, BatchNorm)}
    if not norms:
        return {}
    sums: Parameters = {}

    def remember(name: str, x_BCHW: Tensor) -> None:
        axes = [axis for axis in range(x_BCHW.ndim) if axis != 1]
        for key, value in (("mean", x_BCHW.mean(axes)), ("variance", x_BCHW.var(axes))):
            place = f"{name}.{key}"
            sums[place] = sums.get(place, torch.zeros_like(value)) + value / STANDING_BATCHES

    def hook(name: str) -> object:
        return lambda module, inputs: remember(name, inputs[0])

    handles = [module.register_forward_pre_hook(hook(name)) for name, module in norms.items()]  # type: ignore[arg-type]
    try:
        for index in range(STANDING_BATCHES):
            here = at.place(f"standing {index}")
            generate(vector_P, latents(nets, knobs, here), nets, knobs, here)
    finally:
        for handle in handles:
            handle.remove()
    return sums
