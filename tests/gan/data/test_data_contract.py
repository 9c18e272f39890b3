"""What holds for every dataset: its shape is known before it is loaded, and loading twice gives the same."""

from __future__ import annotations

import math
import typing
from pathlib import Path

import pytest
import torch

from gan.data.base import Data, Samples
from gan.data.errors import DataError
from gan.registry import DATA

FILES = Path(__file__).parents[3].parent / "shared" / "data"


def small(name: str) -> tuple[Data, Samples]:
    """The data set, with few samples where it lets one choose, loaded; skips where its files are not at hand."""
    spec = DATA.spec(name)
    knobs = spec.defaults
    options: dict[str, object] = {"size": 500} if "size" in knobs else {}
    if "split" in knobs:
        splits = typing.get_args(spec.knob("split").type)
        options["split"] = "test" if "test" in splits else splits[-1]
    data: Data = DATA.load(name)(**{**knobs, **options})
    try:
        return data, data.load(FILES)
    except DataError as error:
        assert data.file_backed, "only files can be missing"
        pytest.skip(f"{name}: its files are not beside the repository ({error})")


@pytest.mark.parametrize("name", DATA.names())
def test_samples_are_what_the_description_says(name: str) -> None:
    """Shape, type, range and priors."""
    data, samples = small(name)
    assert samples.x.shape[1:] == data.shape, "the shape is known without loading"
    assert data.size in (None, len(samples.x)), "and so is their number, unless only files tell"
    assert data.modes in (None, len(samples.priors)), "and that of its modes"
    assert data.file_backed or data.size and data.modes, "what is in no file is known"
    assert samples.x.dtype == torch.float32 and samples.x.isfinite().all()
    assert samples.priors.dtype == torch.float64 and (samples.priors >= 0).all()
    assert float(samples.priors.sum()) == pytest.approx(1.0)
    if len(data.shape) == 3:
        assert samples.x.min() == -1.0 and samples.x.max() == 1.0, "images use all of [-1, 1] and no more"
        assert data.spread is None and data.alphabet is None
    else:
        assert len(data.shape) == 1 and data.classifier is None


@pytest.mark.parametrize("name", DATA.names())
def test_centres_are_there_where_the_description_says(name: str) -> None:
    """With as many dimensions as samples, and a deviation unless every mode is one point."""
    data, samples = small(name)
    if data.spread is None:
        assert samples.centres is None and samples.sigma is None
        return
    assert samples.centres is not None and samples.sigma is not None
    assert samples.centres.shape == (len(samples.priors), *data.shape)
    assert samples.centres.dtype == torch.float32
    assert 0 <= data.spread <= data.shape[0]
    assert (samples.sigma == 0.0) == (data.spread == 0)
    distance = torch.cdist(samples.x, samples.centres).amin(dim=1).square().mean()
    # A sample may be nearer to another mode's centre than to its own, so that only a bound is exact.
    assert distance <= 1.2 * data.spread * samples.sigma**2 + 1e-6, "samples lie around the centres"


@pytest.mark.parametrize("name", DATA.names())
def test_discrete_samples_are_symbols(name: str) -> None:
    """Bits, or one 1 among zeros at each position; what is not discrete has no alphabet."""
    data, samples = small(name)
    values = {float(value) for value in samples.x[:100].unique()}
    if data.alphabet is None:
        assert not values <= {0.0, 1.0} or len(values) == 1
        return
    assert values <= {0.0, 1.0} and data.alphabet >= 2
    if data.alphabet > 2:
        assert (samples.x.reshape(len(samples.x), -1, data.alphabet).sum(dim=2) == 1.0).all()


@pytest.mark.parametrize("name", DATA.names())
@pytest.mark.parametrize("end", ["low", "high"])
def test_coordinates_are_finite_however_options_are_chosen(name: str, end: str) -> None:
    """At the ends of their ranges float32 can still hold the samples, and float64 the fourth powers."""
    spec = DATA.spec(name)
    ends = {knob.name: getattr(knob, end) for knob in spec.knobs if not knob.structural}
    assert all(math.isfinite(value) for value in ends.values())
    small_sizes = {"size": 500} if "size" in spec.defaults else {}
    if ends:
        x = DATA.load(name)(**{**spec.defaults, **small_sizes, **ends}).load(FILES).x
        assert x.isfinite().all() and (x.double() ** 4).sum().isfinite()


@pytest.mark.parametrize("name", DATA.names())
def test_loading_is_repeatable_and_touches_no_global_state(name: str) -> None:
    """The same options give the same tensor, in every process and at every time."""
    before = torch.get_rng_state()
    data, first = small(name)
    assert torch.equal(data.load(FILES).x, first.x)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("name", DATA.names())
def test_files_that_are_missing_are_an_error_that_says_what_to_do(name: str, tmp_path: Path) -> None:
    """The folder that was searched, and the two ways out."""
    data: Data = DATA.load(name)()
    if not data.file_backed:
        assert len(data.load(tmp_path).x) > 0, "data that are not in files need no folder"
        return
    with pytest.raises(DataError) as caught:
        data.load(tmp_path)
    for words in (str(tmp_path), "--download", "--data-root"):
        assert words in str(caught.value)
