"""Names in figures: everything the font has, a visible stand-in for the rest, in the room there is."""

from __future__ import annotations

import warnings

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.figures._style import style
from bench.figures._text import printable, shortened, width, wrapped

ANY = st.text(max_size=60)


@settings(deadline=None, max_examples=60)
@given(ANY)
def test_whatever_is_printable_is_drawn_without_a_warning(text: str) -> None:
    """Matplotlib warns of every glyph that a font lacks; no text that comes out makes it do so."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with warnings.catch_warnings(), style():
        warnings.simplefilter("error")
        figure = Figure((1, 1))
        figure.text(0, 0, printable(text))
        FigureCanvasAgg(figure).draw()


def test_a_character_without_a_glyph_is_shown_by_its_code() -> None:
    """Two names that differ in such characters alone stay two names."""
    assert printable("a \N{PILE OF POO}") == "a U+1F4A9"
    assert printable("\ud800") == "U+D800", "half a surrogate pair cannot be written at all"
    assert printable("\u202eabc") == "U+202Eabc", "and nothing turns the reading direction"
    assert printable("a\n\tb") == "a b"


@settings(deadline=None, max_examples=100)
@given(st.text("abcmWil (=.)+$_<&", max_size=300), st.floats(30.0, 400.0))
def test_a_shortened_name_fits_and_keeps_its_ends(text: str, room: float) -> None:
    """Names that are too long lose their middle, and no more of it than they must."""
    short = shortened(text, room, 7.0)
    assert width(short, 7.0) <= room
    if short != printable(text):
        head, _, tail = short.partition("…")
        assert printable(text).startswith(head) and printable(text).endswith(tail)
        assert width(printable(text), 7.0) > room


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text("abcmW(=.)", min_size=1, max_size=40), min_size=1, max_size=12), st.integers(1, 4))
def test_wrapped_lines_fit_and_lose_nothing_where_there_is_room(words: list[str], most: int) -> None:
    """At most so many lines; the same letters in the same order unless an ellipsis says otherwise."""
    lines = wrapped(" ".join(words), 100.0, 7.0, most)
    assert len(lines) <= most and all(width(line, 7.0) <= 100.0 for line in lines)
    if "…" not in "".join(lines):
        assert " ".join(lines) == " ".join(words)


def test_widths_do_not_change_when_figures_are_drawn() -> None:
    """The measuring font is nobody else's: drawing sets the size of the fonts that figures share."""
    from matplotlib.figure import Figure

    from bench.figures._saving import rendered

    before = width("measured before", 7.0)
    with style():
        figure = Figure((1, 1))
        figure.text(0, 0, "x", fontsize=40)
    rendered(figure, "png")
    assert width("something else, of which no width is remembered", 7.0) > before
    assert width("measured befor", 7.0) < before
