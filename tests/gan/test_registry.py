"""A component is found by the name of its file; a name that does not exist gets the nearest one that does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gan.recipe import REGISTRIES
from gan.registry import DATA, LOSSES, TRICKS, class_name, nearest, unknown


def test_names_are_the_public_files_of_the_folder() -> None:
    """Helpers, base classes and the chain are not components."""
    for registry in REGISTRIES.values():
        names = registry.names()
        assert names == sorted(set(names)) and names
        assert not {"base", "chain", "errors", "__init__"} & set(names)
        assert not any(name.startswith("_") for name in names)


def test_a_class_is_named_like_its_file() -> None:
    """`instance_noise` holds `InstanceNoise`, with or without digits in the name."""
    assert class_name("instance_noise") == "InstanceNoise"
    assert class_name("r1") == "R1"
    assert TRICKS.load("wgan_gp").__name__ == "WganGp"


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("hinj", "hinge"), ("wasserstien", "wasserstein"), ("non-saturating", "non_saturating")],
)
def test_a_typo_gets_the_nearest_name(typo: str, meant: str) -> None:
    """In the error, so that nobody has to look it up."""
    assert nearest(typo, LOSSES.names()) == meant
    with pytest.raises(KeyError, match=f"did you mean '{meant}'"):
        LOSSES.spec(typo)
    with pytest.raises(KeyError, match=f"did you mean '{meant}'"):
        LOSSES.load(typo)


def test_a_name_like_no_other_gets_the_list() -> None:
    """Every valid name."""
    message = unknown("data", "zzzzzz", DATA.names())
    assert all(name in message for name in DATA.names())


def test_a_knob_that_does_not_exist_is_a_key_error() -> None:
    """Never a default in its place."""
    with pytest.raises(KeyError):
        TRICKS.spec("r1").knob("sigma")


def test_knobs_are_numbers_and_the_rest_is_structure() -> None:
    """Only a float may differ within a cohort."""
    structural = {knob.name: knob.structural for knob in TRICKS.spec("clip_norm").knobs}
    assert structural == {"bound": False, "player": True}
    assert DATA.spec("ring").knob("modes").structural


def test_reading_every_spec_imports_no_torch() -> None:
    """Listing and validating must be instant."""
    program = (
        "import sys; from gan.recipe import REGISTRIES; [r.specs() for r in REGISTRIES.values()]; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
