"""How numbers, counts, shapes and hashes read."""

from __future__ import annotations

from bench.wording import by, count, labelled, minus, number, short


def test_numbers_say_no_more_than_they_know() -> None:
    """There is no minus zero, and what is not there is a dash."""
    assert number(-0.001, 2) == "0.00" and number(-0.001, 2, sign=True) == "+0.00"
    assert number(-1.26, 1) == "-1.3" and number(1.26, 1, sign=True) == "+1.3"
    assert number(None, 2) == "—"


def test_one_of_a_kind_is_singular() -> None:
    """And nothing else is; thousands are set apart."""
    assert [count(n, "run") for n in (0, 1, 2, 1000)] == ["0 runs", "1 run", "2 runs", "1,000 runs"]


def test_shapes_read_as_products() -> None:
    """Whatever holds them."""
    assert by((3, 28, 28)) == "3 x 28 x 28" and by([5]) == "5"


def test_only_hashes_are_shortened() -> None:
    """A long number or name is no hash."""
    assert short("9c" * 32) == "9c9c9c9c9c9c…"
    assert [short(value) for value in (12345678, "g" * 64, None)] == ["12345678", "g" * 64, "None"]


def test_a_label_says_which_end_is_better() -> None:
    """None where neither is."""
    arrows = [labelled({"label": "FID", "direction": way}) for way in ("lower", "higher", "none")]
    assert arrows == ["FID ↓", "FID ↑", "FID"]


def test_a_minus_is_as_wide_as_a_plus() -> None:
    assert minus("-0.2 [-1.0, +0.6]") == "−0.2 [−1.0, +0.6]"
