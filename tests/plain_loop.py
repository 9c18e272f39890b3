"""The GAN training loop that everybody writes by hand, as a reference for results and for speed.

Ordinary modules, `torch.optim.Adam` and `backward()`, after the PyTorch DCGAN tutorial
(https://docs.pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html): one pass of G, whose samples D
sees detached and G's own update sees attached. What the tutorial does besides (`.item()`, printing,
a DataLoader, one `backward()` each for real and generated samples) would only slow it down and is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Draws:
    """Where the loop's random numbers come from."""

    batch: Callable[[int], Tensor]
    """Step -> indices of real samples, shape B."""
    latents: Callable[[int], Tensor]
    """Step -> latents, B x Z."""
    noise: Callable[[int, str, Tensor], Tensor]
    """(step, where D looks, samples) -> standard normal noise in the shape of the samples."""


def torch_draws(size: int, batch_size: int, latent_size: int, device: torch.device) -> Draws:
    """Torch's own generators, the way one would write it. `size`: samples in the dataset."""
    return Draws(
        batch=lambda n: torch.randint(size, (batch_size,), device=device),
        latents=lambda n: torch.randn((batch_size, latent_size), device=device),
        noise=lambda n, place, x: torch.randn_like(x),
    )


def mlp(sizes: list[int], *last: nn.Module) -> nn.Sequential:
    """Linear layers with LeakyReLU 0.2 between them."""
    modules: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        modules += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2)]
    return nn.Sequential(nn.Flatten(), *modules[:-1], *last)


def mlp_pair(shape: tuple[int, ...], latent_size: int, width: int) -> tuple[nn.Module, nn.Module]:
    """G and D with two hidden layers each."""
    inputs = torch.Size(shape).numel()
    last = [nn.Unflatten(1, shape), *([nn.Tanh()] if len(shape) == 3 else [])]
    return mlp([latent_size, width, width, inputs], *last), mlp([inputs, width, width, 1])


def dcgan_pair(shape: tuple[int, ...], latent_size: int, width: int) -> tuple[nn.Module, nn.Module]:
    """G and D of the DCGAN paper with batch norm in both, at the next power of two, padded with -1."""
    side = 8
    while side < max(shape[1:]):
        side *= 2
    channels = [width]
    while side // 2 ** len(channels) > 4:
        channels.append(2 * channels[-1])
    margin = (side - shape[1]) // 2
    down: list[nn.Module] = [nn.ConstantPad2d(margin, -1.0)] if margin else []
    down += [nn.Conv2d(shape[0], width, 4, 2, 1), nn.LeakyReLU(0.2)]
    for a, b in itertools.pairwise(channels):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    up: list[nn.Module] = [nn.Unflatten(1, (latent_size, 1, 1))]
    up += [nn.ConvTranspose2d(latent_size, channels[-1], 4, bias=False)]
    for a, b in itertools.pairwise(reversed(channels)):
        up += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)]
    up += [nn.BatchNorm2d(width), nn.ReLU(), nn.ConvTranspose2d(width, shape[0], 4, 2, 1)]
    crop = [nn.ZeroPad2d(-margin)] if margin else []
    return nn.Sequential(*up, *crop, nn.Tanh()), nn.Sequential(*down, nn.Conv2d(channels[-1], 1, 4))


class PlainLoop:
    """One GAN with the non-saturating loss, optionally with annealed instance noise and R1."""

    def __init__(
        self, generator: nn.Module, discriminator: nn.Module, data: Tensor, draws: Draws, lr: float
    ) -> None:
        """`data`: the whole dataset, N x shape; networks on its device and of its type."""
        self.generator, self.discriminator = generator, discriminator
        self.data, self.draws = data, draws
        self.g_optimizer = torch.optim.Adam(generator.parameters(), lr=lr, betas=(0.5, 0.999))
        self.d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=lr, betas=(0.5, 0.999))
        self.criterion = nn.BCEWithLogitsLoss()
        self.sigma, self.gamma, self.length = 0.0, 0.0, 1
        self.n = 0

    def stabilise(self, sigma: float, gamma: float, length: int) -> None:
        """Noise of standard deviation `sigma`, falling to 0 over `length` steps, and R1 of weight `gamma`."""
        self.sigma, self.gamma, self.length = sigma, gamma, length

    def run(self, steps: int) -> None:
        """Train for that many steps."""
        for _ in range(steps):
            self.step()

    def step(self) -> None:
        """One update of D, then one of G."""
        real = self.data[self.draws.batch(self.n)]
        fake = self.generator(self.draws.latents(self.n))

        self.d_optimizer.zero_grad()
        real_logits = self.judge(real, "discriminator/real")
        fake_logits = self.judge(fake.detach(), "discriminator/fake")
        ones, zeros = torch.ones_like(real_logits), torch.zeros_like(real_logits)
        d_loss = self.criterion(real_logits, ones) + self.criterion(fake_logits, zeros)
        if self.gamma:
            d_loss = d_loss + self.slope_penalty(real)
        d_loss.backward()
        self.d_optimizer.step()

        self.g_optimizer.zero_grad()
        self.criterion(self.judge(fake, "generator/fake"), ones).backward()
        self.g_optimizer.step()
        self.n += 1

    def judge(self, x: Tensor, place: str) -> Tensor:
        """D's logits, of shape B, on samples with noise on them."""
        if self.sigma:
            strength = self.sigma * (1.0 - self.n / self.length)
            x = x + strength * self.draws.noise(self.n, place, x)
        logits: Tensor = self.discriminator(x).view(-1)
        return logits

    def slope_penalty(self, real: Tensor) -> Tensor:
        """R1, through its own look at the real samples: fresh noise each time D looks."""
        real = real.detach().requires_grad_()
        logits = self.judge(real, "discriminator/penalty")
        (slope,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
        return self.gamma / 2 * slope.square().sum() / len(real)
