"""What every dataset keeps: its shape is known before it is loaded, and loading twice gives the same."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import torch

from bench.contracts.base import Broken, Check, Subject, Untried
from gan.data.base import Data, Samples
from gan.data.errors import DataError

_SIZE = 500
ROOT = Path("data")
"""Where files of datasets are looked for; rules about one that is not there are not tried."""


def small(subject: Subject, **options: object) -> Data:
    """It, with as few samples as its options allow."""
    knobs = subject.spec.defaults
    fewer: dict[str, object] = {"size": _SIZE} if "size" in knobs else {}
    if "split" in knobs:
        fewer["split"] = "test"
    data: Data = subject.made(**{**fewer, **options})
    return data


def _loaded(data: Data) -> Samples:
    """The samples. Raises Untried where they are in files that are not there."""
    try:
        return data.load(ROOT)
    except DataError as error:
        if data.file_backed:
            raise Untried(str(error)) from None
        raise


def is_as_described(subject: Subject) -> None:
    """Shape, number and modes are those that it names before it is loaded; float32, finite."""
    data = small(subject)
    samples = _loaded(data)
    said = {"shape": tuple(data.shape), "size": data.size, "modes": data.modes}
    found = {"shape": tuple(samples.x.shape[1:]), "size": len(samples.x), "modes": len(samples.priors)}
    for name, value in said.items():
        if value != found[name] and (value is not None or name == "shape"):
            raise Broken(f"`{name}` is {value}, but what is loaded has {found[name]}")
    if samples.x.dtype != torch.float32 or not samples.x.isfinite().all():
        raise Broken(f"samples are {samples.x.dtype} and must be float32, every number of them finite")


def priors_are_shares(subject: Subject) -> None:
    """Priors are float64, not negative, and sum to 1."""
    samples = _loaded(small(subject))
    priors = samples.priors
    total = float(priors.sum())
    if priors.dtype != torch.float64 or not bool((priors >= 0).all()) or abs(total - 1.0) > 1e-6:
        raise Broken(f"priors are {priors.dtype}, at least {float(priors.min()):.3g}, and sum to {total:.6g}")


def coordinates_are_usual(subject: Subject) -> None:
    """Images use all of [-1, 1] and no more; points name the centres and the spread of their modes."""
    data = small(subject)
    samples = _loaded(data)
    if len(data.shape) == 3:
        low, high = float(samples.x.min()), float(samples.x.max())
        if (low, high) != (-1.0, 1.0):
            raise Broken(f"images span {low:.4g} to {high:.4g}; scale them to span -1 to 1")
        if data.classifier is None and samples.priors.numel() != 1:
            raise Broken(f"{samples.priors.numel()} modes, but no `classifier` that recognises them")
    elif samples.centres is None or samples.sigma is None:
        raise Broken(
            "points need `centres` and `sigma` of their modes in Samples (see `gan.data.base.mixture`)"
        )
    elif tuple(samples.centres.shape) != (len(samples.priors), *data.shape):
        raise Broken(f"centres are {tuple(samples.centres.shape)}, not {(len(samples.priors), *data.shape)}")


def finite_at_both_ends(subject: Subject) -> None:
    """However its real knobs are chosen, float32 holds the samples, and float64 their fourth powers."""
    knobs = [knob for knob in subject.spec.knobs if not knob.structural]
    for end in ("low", "high"):
        ends = {knob.name: getattr(knob, end) for knob in knobs}
        for name, value in ends.items():
            if value is None or not math.isfinite(value):
                raise Broken(f"knob {name} needs a finite `{end}`")
        if not ends:
            continue
        samples = _loaded(small(subject, **ends))
        if not (samples.x.isfinite().all() and (samples.x.double() ** 4).sum().isfinite()):
            raise Broken(f"at {ends} samples are NaN, infinite or too large; narrow the range")


def loading_is_repeatable(subject: Subject) -> None:
    """The same options give the same tensor, and no global random state is touched or read."""
    data, before = small(subject), torch.get_rng_state()
    first, second = _loaded(data), _loaded(data)
    if not torch.equal(first.x, second.x):
        raise Broken(
            "loaded twice, the samples differ; draw them from torch.Generator().manual_seed(...), whose seed "
            "is fixed or a knob"
        )
    if not torch.equal(before, torch.get_rng_state()):
        raise Broken("loading moves torch's global random numbers; draw from a torch.Generator of its own")


def missing_files_are_said(subject: Subject) -> None:
    """Data in files say which folder was searched and the two ways out; others need no folder."""
    data: Data = small(subject)
    with tempfile.TemporaryDirectory() as folder:
        if not data.file_backed:
            if len(data.load(Path(folder)).x) == 0:
                raise Broken("nothing is loaded from an empty folder; say `file_backed` if it reads files")
            return
        try:
            data.load(Path(folder))
        except DataError as error:
            missing = [word for word in (folder, "--download", "--data-root") if word not in str(error)]
            if missing:
                raise Broken(f"the error about missing files does not name {', '.join(missing)}") from None
            return
    raise Broken("it is loaded from an empty folder, though `file_backed` says that it reads files")


CHECKS: tuple[Check, ...] = (
    is_as_described,
    priors_are_shares,
    coordinates_are_usual,
    finite_at_both_ends,
    loading_is_repeatable,
    missing_files_are_said,
)
GATES: tuple[Check, ...] = ()
