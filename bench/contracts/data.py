"""What every dataset keeps: its shape is known before it is loaded, and loading twice gives the same."""

from __future__ import annotations

import math
import tempfile
import typing
from pathlib import Path

import torch

from bench.contracts.base import Broken, Check, Subject, Untried
from gan.data.base import Data, Samples
from gan.data.errors import DataError

_SIZE = 500


def small(subject: Subject, **options: object) -> Data:
    """It, with as few samples as its options allow."""
    knobs = subject.spec.defaults
    fewer: dict[str, object] = {"size": _SIZE} if "size" in knobs else {}
    if "split" in knobs:
        splits = typing.get_args(subject.spec.knob("split").type)
        fewer["split"] = "test" if "test" in splits else splits[-1]
    data: Data = subject.made(**{**fewer, **options})
    return data


def _loaded(data: Data, root: Path) -> Samples:
    """The samples. Raises Untried where they are in files that are not there."""
    try:
        return data.load(root)
    except DataError as error:
        if data.file_backed:
            raise Untried(str(error)) from None
        raise


def is_as_described(subject: Subject) -> None:
    """Shape, number and modes are those that it names before it is loaded; float32, finite."""
    data = small(subject)
    samples = _loaded(data, subject.root)
    said = {"shape": tuple(data.shape), "size": data.size, "modes": data.modes}
    found = {"shape": tuple(samples.x.shape[1:]), "size": len(samples.x), "modes": len(samples.priors)}
    for name, value in said.items():
        if value is None and not data.file_backed:
            raise Broken(f"`{name}` is None, but it reads no files; say {found[name]}")
        if value != found[name] and value is not None:
            raise Broken(f"`{name}` is {value}, but what is loaded has {found[name]}")
    if samples.x.dtype != torch.float32 or not samples.x.isfinite().all():
        raise Broken(f"samples are {samples.x.dtype} and must be float32, every number of them finite")


def priors_are_shares(subject: Subject) -> None:
    """Priors are float64, not negative, and sum to 1."""
    samples = _loaded(small(subject), subject.root)
    priors = samples.priors
    total = float(priors.sum())
    if priors.dtype != torch.float64 or not bool((priors >= 0).all()) or abs(total - 1.0) > 1e-6:
        raise Broken(f"priors are {priors.dtype}, at least {float(priors.min()):.3g}, and sum to {total:.6g}")


def coordinates_are_usual(subject: Subject) -> None:
    """Images use all of [-1, 1] and no more; points have one axis, and nothing that only images have."""
    data = small(subject)
    samples = _loaded(data, subject.root)
    if len(data.shape) == 3:
        low, high = float(samples.x.min()), float(samples.x.max())
        if (low, high) != (-1.0, 1.0):
            raise Broken(f"images span {low:.4g} to {high:.4g}; scale them to span -1 to 1")
        if data.spread is not None or data.alphabet is not None:
            raise Broken("images have neither a `spread` around centres nor an `alphabet`; both are None")
    elif len(data.shape) != 1:
        raise Broken(f"samples of shape {data.shape} are neither points (d,) nor images (C, H, W)")
    elif data.classifier is not None:
        raise Broken("`classifier` recognises images; of points it is None")


def modes_are_around_their_centres(subject: Subject) -> None:
    """Centres and deviation are there where `spread` says so, and samples lie around the centres."""
    data = small(subject)
    samples = _loaded(data, subject.root)
    if data.spread is None:
        if samples.centres is not None or samples.sigma is not None:
            raise Broken("`spread` is None, so there are no centres; leave `centres` and `sigma` out")
        return
    if samples.centres is None or samples.sigma is None:
        raise Broken(
            "points need `centres` and `sigma` of their modes in Samples (see `gan.data.base.mixture`), or a "
            "`spread` of None"
        )
    shape, wanted = tuple(samples.centres.shape), (len(samples.priors), *data.shape)
    if shape != wanted or samples.centres.dtype != torch.float32:
        raise Broken(f"centres are {shape} of {samples.centres.dtype}, not {wanted} of float32")
    if not 0 <= data.spread <= data.shape[0] or (samples.sigma == 0.0) != (data.spread == 0):
        raise Broken(
            f"`spread` is {data.spread} of {data.shape[0]} dimensions, and sigma {samples.sigma}; both are 0 "
            "where every mode is one point, and only there"
        )
    distance = float(torch.cdist(samples.x, samples.centres).amin(dim=1).square().mean())
    # A sample may be nearer to another mode's centre than to its own, so that only a bound is exact.
    bound = 1.2 * data.spread * samples.sigma**2 + 1e-6
    if not distance <= bound:
        raise Broken(
            f"samples are {distance:.3g} from their centres, in the mean square; by `spread` and sigma it is "
            f"{bound:.3g} at most"
        )


def discrete_samples_are_symbols(subject: Subject) -> None:
    """Bits, or one 1 among zeros at each position; what is not discrete has no `alphabet`."""
    data = small(subject)
    x = _loaded(data, subject.root).x
    values = set(x[:100].flatten().tolist())
    if data.alphabet is None:
        if values == {0.0, 1.0}:
            raise Broken("samples are zeros and ones; say of how many symbols, in `alphabet`")
    elif not values <= {0.0, 1.0} or data.alphabet < 2:
        raise Broken(f"symbols of an alphabet of {data.alphabet} are 0 or 1, not {sorted(values)[:5]}")
    elif data.alphabet > 2 and not (x.reshape(len(x), -1, data.alphabet).sum(dim=2) == 1.0).all():
        raise Broken(f"of {data.alphabet} numbers in a row one is 1, and the others are 0")


def finite_at_both_ends(subject: Subject) -> None:
    """However its real knobs are chosen, float32 holds the samples, and float64 their fourth powers."""
    knobs = [knob for knob in subject.spec.knobs if not knob.structural]
    for end in ("low", "high") if knobs else ():
        ends = {knob.name: getattr(knob, end) for knob in knobs}
        for name, value in ends.items():
            if value is None or not math.isfinite(value):
                raise Broken(f"knob {name} needs a finite `{end}`")
        samples = _loaded(small(subject, **ends), subject.root)
        if not (samples.x.isfinite().all() and (samples.x.double() ** 4).sum().isfinite()):
            raise Broken(f"at {ends} samples are NaN, infinite or too large; narrow the range")


def loading_is_repeatable(subject: Subject) -> None:
    """The same options give the same tensor, and no global random state is touched or read."""
    data, before = small(subject), torch.get_rng_state()
    first, second = _loaded(data, subject.root), _loaded(data, subject.root)
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
    modes_are_around_their_centres,
    discrete_samples_are_symbols,
    finite_at_both_ends,
    loading_is_repeatable,
    missing_files_are_said,
)
GATES: tuple[Check, ...] = ()
