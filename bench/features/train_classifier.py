"""How the bundled classifiers were trained.

    python -m bench.features.train_classifier digits
    python -m bench.features.train_classifier mnist --data-root FOLDER

`digits` reads scikit-learn's 1,797 images and holds out 20 %. `mnist` reads MNIST's official *test*
split, trains on a random 8,000 of its 10,000 images and holds out the other 2,000, so that the
classifier has seen none of the images that generators are trained on.

One thread, one seed: the same machine and torch give the same file, bit for bit. Another thread count
or another torch gives other last digits, which is why the files ship and are pinned by hash.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from bench.features.classifier import BATCH, SIDES, Classifier, weights_path
from bench.features.labelled import of_data_set
from bench.features.own_classifier import OwnClassifier
from bench.features.pixels import to_float

Network = Classifier | OwnClassifier

SEED = 0
_STEP = 64
"""Images in a step of training."""


def main() -> None:
    """Train one classifier, write its weights, print its accuracy on the held-out images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=sorted(SIDES))
    parser.add_argument("--data-root", type=Path, default=Path("data"), help="folder of MNIST's files")
    parser.add_argument("--output", type=Path, help="where to write (default: into the package)")
    parser.add_argument("--epochs", type=int, help="passes over the images (default: 60 and 12)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = of_data_set(arguments.name, arguments.data_root)
    epochs = arguments.epochs or {"digits": 60, "mnist": 12}[arguments.name]
    shift = 2 if arguments.name == "mnist" else 0
    classifier, accuracy = train(data.images, data.labels, epochs, shift)
    content = serialised(classifier)
    path = arguments.output or weights_path(arguments.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(f"held-out accuracy {accuracy:.4f}")
    print(f"{path}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


def train(images: Tensor, labels: Tensor, epochs: int, shift: int) -> tuple[Classifier, float]:
    """A classifier trained on 80 % of the images, and its accuracy on the rest.

    Args:
        images: uint8, N x 1 x H x H.
        labels: int64, N.
        epochs: Passes over the training images.
        shift: Augment by moving each batch up to so many pixels in each direction.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        order = torch.randperm(len(images))
        training, held_out = order[: int(0.8 * len(images))], order[int(0.8 * len(images)) :]
        classifier = Classifier(images.shape[-1])
        fit(classifier, to_float(images[training]), labels[training], epochs, shift)
        scale(classifier, to_float(images[training]))
        with torch.no_grad():
            _, logits = classifier(to_float(images[held_out]))
    return classifier, float((logits.argmax(dim=1) == labels[held_out]).double().mean())


def fit(classifier: Network, x: Tensor, y: Tensor, epochs: int, shift: int) -> None:
    """Train in place, drawing from the global generator.

    Args:
        classifier: Any classifier that returns features and logits.
        x: float32 in [-1, 1], N x C x H x H.
        y: int64, N.
        epochs: Passes over the images.
        shift: Augment by moving each batch up to so many pixels in each direction.
    """
    batches, size = max(1, len(x) // _STEP), min(len(x), _STEP)
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * batches)
    for _ in range(epochs):
        for chosen in torch.randperm(len(x))[: batches * size].reshape(batches, size):
            batch = _augmented(x[chosen], shift)
            loss = functional.cross_entropy(classifier(batch)[1], y[chosen])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()


def _augmented(x: Tensor, shift: int) -> Tensor:
    """The batch moved by up to `shift` pixels, black moving in."""
    down, right = (int(v) for v in torch.randint(-shift, shift + 1, (2,)))
    padded = functional.pad(x, (shift, shift, shift, shift), value=-1.0)
    side = x.shape[-1]
    # No noise is added: a classifier that has learned to ignore it gives features that cannot see it.
    return padded[:, :, shift + down : shift + down + side, shift + right : shift + right + side]


@torch.no_grad()
def scale(classifier: Network, x: Tensor) -> None:
    """Give the features of `x` a total variance of one a unit, leaving the logits as they are."""
    features = torch.cat([classifier(batch)[0] for batch in x.split(BATCH)])  # type: ignore[no-untyped-call]
    size = features.var(dim=0).mean().sqrt()
    classifier.features.weight.div_(size)
    classifier.features.bias.div_(size)
    classifier.logits.weight.mul_(size)


def serialised(classifier: Classifier) -> bytes:
    """The weights as the content of a safetensors file."""
    from safetensors.torch import save

    return save({name: value.contiguous() for name, value in classifier.state_dict().items()})


if __name__ == "__main__":
    main()
