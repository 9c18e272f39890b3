"""Figures as files and inside a page: the same bytes, one look everywhere, and ids that do not clash."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawn_results import HOSTILE, made
from matplotlib.figure import Figure

from bench.figures import FORMATS, INK, figures, rendered, svg

HERE = Path(__file__).parents[1]
PROGRAM = """
import hashlib, sys
sys.path.insert(0, {here!r})
from drawn_results import HOSTILE, made
from bench.figures import FORMATS, figures, rendered
drawn = figures(made(4, 3, names=HOSTILE))
for name in ("forest", "learning_curves", "verdict_bars"):
    print(name, *(hashlib.sha256(rendered(drawn[name], kind)).hexdigest() for kind in FORMATS))
"""


def drawn(name: str = "learning_curves") -> Figure:
    figure = figures(made(4, 3, names=HOSTILE))[name]
    assert isinstance(figure, Figure)
    return figure


def test_the_same_rows_give_the_same_bytes_in_another_process() -> None:
    """Whatever hashes, dates and settings of the user are there."""
    told = []
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", PROGRAM.format(here=str(HERE))],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        told.append(ended.stdout)
    assert told[0] == told[1] and len(told[0].split()) == 3 * (1 + len(FORMATS))


@pytest.mark.parametrize("kind", FORMATS)
def test_files_carry_no_date_and_no_version(kind: str) -> None:
    """Nothing of when, or with what, they were made."""
    content = rendered(drawn(), kind)
    for word in (b"Matplotlib v", b"matplotlib.org", b"CreationDate", b"dc:date", b"Software"):
        assert word not in content


def test_settings_of_the_user_do_not_show() -> None:
    """A figure looks as we mean it, and the settings are what they were afterwards."""
    import matplotlib

    plain = rendered(drawn("forest"), "svg")
    with matplotlib.rc_context({"font.size": 20, "text.parse_math": True, "axes.grid": True}):
        assert rendered(drawn("forest"), "svg") == plain
        assert matplotlib.rcParams["font.size"] == 20


def test_a_pages_svg_is_one_harmless_element() -> None:
    """No prolog, no script, no style sheet for the whole page, nothing that is fetched."""
    text = svg(drawn(), "one", ink="currentColor")
    root = ElementTree.fromstring(text)
    assert text.startswith("<svg") and root.get("role") == "img" and root.get("aria-label")
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "style", "metadata", "foreignObject"}
    for element in root.iter():
        for key, value in element.attrib.items():
            assert not key.lower().startswith("on")
            if key.rpartition("}")[2] == "href":
                assert value.startswith(("#one-", "data:image/png;base64,"))
            assert INK not in value, "all ink follows the page"
    assert "alert('x')" in "".join(root.itertext()), "and the hostile name is there, as text"


def test_ids_of_two_figures_in_one_page_do_not_clash() -> None:
    """All ids are unique and prefixed, and every reference leads to one of them."""
    seen: set[str] = set()
    for prefix in ("one", "two"):
        text = svg(drawn(), prefix)
        root = ElementTree.fromstring(text)
        ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        assert len(ids) == len(set(ids)) and not seen & set(ids)
        assert all(name.startswith(f"{prefix}-") for name in ids)
        seen |= set(ids)
        used = re.findall(r'(?:url\(|href=")#([^)"]+)', text)
        assert used and set(used) <= set(ids)


def test_arms_are_marked_for_the_page() -> None:
    """`data-arm` is the arm's place in the plan, on its line, its band and its name in the key."""
    root = ElementTree.fromstring(svg(drawn(), "one"))
    marked = {e.attrib["id"]: e.attrib["data-arm"] for e in root.iter() if "data-arm" in e.attrib}
    assert {"one-arm-2--line-0", "one-arm-2--band-0", "one-arm-2--key-name"} <= set(marked)
    assert all(name.startswith(f"one-arm-{arm}--") for name, arm in marked.items())
