"""What holds for every dataset: its shape is known before it is loaded, and loading twice gives the same."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from gan.data.base import Data
from gan.data.errors import DataError
from gan.registry import DATA

FILES = Path(__file__).parents[3].parent / "shared" / "data"


def small(name: str) -> Data:
    knobs = DATA.spec(name).defaults
    options = {"size": 500} if "size" in knobs else {}
    if "split" in knobs:
        options["split"] = "test"
    data: Data = DATA.load(name)(**{**knobs, **options})
    if data.file_backed and not (FILES / "mnist").is_dir():
        pytest.skip(f"{name} needs files that are not in {FILES.name}/mnist beside the repository")
    return data


@pytest.mark.parametrize("name", DATA.names())
def test_samples_are_what_the_description_says(name: str) -> None:
    """Shape, type, range and priors."""
    data = small(name)
    samples = data.load(FILES)
    assert samples.x.shape[1:] == data.shape, "the shape is known without loading"
    assert data.size == len(samples.x), "and so is their number"
    assert data.modes == len(samples.priors), "and that of its modes"
    assert samples.x.dtype == torch.float32 and samples.x.isfinite().all()
    assert samples.priors.dtype == torch.float64 and (samples.priors >= 0).all()
    assert float(samples.priors.sum()) == pytest.approx(1.0)
    if len(data.shape) == 3:
        assert samples.x.min() == -1.0 and samples.x.max() == 1.0, "images use all of [-1, 1] and no more"
        assert data.classifier is not None or samples.priors.numel() == 1
    else:
        assert samples.centres is not None and samples.sigma is not None
        assert samples.centres.shape == (len(samples.priors), *data.shape)


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
    data, before = small(name), torch.get_rng_state()
    assert torch.equal(data.load(FILES).x, data.load(FILES).x)
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
