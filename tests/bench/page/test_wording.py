"""Lists of arms read as what they are, whatever the arms are called."""

from __future__ import annotations

from bench.page.wording import Named, arms


def read(*names: str) -> str:
    parts = arms([Named(place, name) for place, name in enumerate(names)])
    return "".join(part if isinstance(part, str) else part.short for part in parts)


def test_arms_with_a_comma_in_their_name_are_separated_by_semicolons() -> None:
    """Otherwise two arms, one of them `DCGAN, clipped`, would read as three."""
    assert read("DCGAN", "DCGAN, clipped", "WGAN") == "DCGAN; DCGAN, clipped; and WGAN"
    assert read("DCGAN", "DCGAN, clipped") == "DCGAN; and DCGAN, clipped"
    assert read("DCGAN, clipped") == "DCGAN, clipped"
    assert read(*"abcdef", "g, h") == "a, b, c, d, e and 2 more arms", "one that is not named changes nothing"
    assert read("a", "b", "c") == "a, b and c"
