"""Can a nearest neighbour tell real from generated samples? The accuracy of trying, one sample left out.

    one_nn = share of all real and generated samples whose nearest other sample is of their own kind
    one_nn_real, one_nn_fake = the same of the real and of the generated samples alone

About .5 is best: the two are mixed. Near 1 the generator has collapsed or makes something else, near 0 it
copies the reference. A sample as near to the one kind as to the other counts as half. Of the parts, a high
`one_nn_fake` beside a low `one_nn_real` says that samples gather around few of the real ones.

Sees: collapse, junk and copies, in one number. Blind to: a mixture of faults that push it both ways, such as
collapse onto copies; copies of training samples that are not in the reference. Data that repeats itself is
itself far from .5: compare with the oracle.

Reference: Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests", arXiv:1610.06545; Xu et al.
2018, "An empirical study on evaluation metrics of generative adversarial networks", arXiv:1806.07755.
"""

from __future__ import annotations

from torch import Tensor

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Scored
from bench.metrics._company import among_real, among_themselves
from bench.metrics._neighbours import up_to
from bench.metrics._seen import declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree


@tree
class OneNn(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("one_nn", "1-NN accuracy", "none", digits=3, headline=False),
            Output("one_nn_real", "1-NN accuracy, real", "none", digits=3, headline=False),
            Output("one_nn_fake", "1-NN accuracy, generated", "none", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        across = among_real(bank, samples, wanted)
        real = _accuracy(bank.real(wanted).radius(1), across.to_fake)
        fake = _accuracy(among_themselves(bank, samples, wanted).nearest[:, 0], across.to_real)
        share = bank.n / (bank.n + samples.n)
        return {
            "one_nn": share * real + (1.0 - share) * fake,
            "one_nn_real": real,
            "one_nn_fake": fake,
        }


def _accuracy(own: Tensor, other: Tensor) -> float:
    """Share of samples whose nearest neighbour is of their own kind, from the distances to both kinds."""
    clearly, nearly = up_to(own) < other, own <= up_to(other)
    return 0.5 * float(clearly.double().mean() + nearly.double().mean())
