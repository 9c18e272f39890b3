"""What arms are called in MLflow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.tracking.names import short_names


def study(factors: dict[str, list[str]]) -> dict[str, Any]:
    """A factorial study of tricks, named as plans name arms."""
    arms: list[dict[str, str]] = [{}]
    for factor, labels in factors.items():
        arms = [{**arm, factor: label} for arm in arms for label in labels]
    return {
        "factors": factors,
        "arms": [
            {
                "id": str(index),
                "levels": levels,
                "name": " + ".join(f"{f}({label})" for f, label in levels.items() if label != "off")
                or "base",
            }
            for index, levels in enumerate(arms)
        ],
    }


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["off", "sigma=0.3, until=0.8"], ["base", "noise 0.3"]),
        (["off", "sigma=0.1, until=0.8", "sigma=0.3, until=0.8"], ["base", "noise 0.1", "noise 0.3"]),
        (["sigma=0.1, until=0.5", "sigma=0.1, until=0.8"], ["noise 0.1, until=0.5", "noise 0.1, until=0.8"]),
        (["sigma=0.1", "decay=0.1"], ["noise sigma=0.1", "noise decay=0.1"]),
        (["sigma=cosine(start=1, end=0)"], ["noise sigma=cosine(start=1, end=0)"]),
    ],
)
def test_a_name_says_what_tells_the_arm_apart(labels: list[str], names: list[str]) -> None:
    """The first knob by its value alone, others only where they differ; in doubt the label as it is."""
    assert list(short_names(study({"noise": labels})).values()) == names


LABEL = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2", "x=1", "1, b"]), min_size=1).map(
    lambda knobs: ", ".join(f"{name}={value}" for name, value in knobs.items())
)


@given(
    st.lists(LABEL, min_size=1, max_size=4, unique=True), st.lists(LABEL, min_size=1, max_size=3, unique=True)
)
def test_no_two_arms_share_a_name(first: list[str], second: list[str]) -> None:
    """Whatever the labels; and the names depend on nothing but the study."""
    made = study({"noise": ["off", *first], "r1": ["off", *second]})
    names = short_names(made)
    assert len(set(names.values())) == len(made["arms"]) or names == {
        a["id"]: a["name"] for a in made["arms"]
    }
    assert names == short_names(made)
