"""The page printed: what belongs together stays together, and a table says on every page what it shows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import chromium
from page_studies import study
from PIL import Image

from bench.reports.page import Page as Report

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext")
SPACE = """([before, high]) => {
  document.getElementById("space")?.remove();
  const space = document.createElement("div");
  space.id = "space";
  space.style = `break-before: page; height: ${high}mm`;
  document.querySelector(before).before(space);
}"""
"""Moves an element down to a height of a page of its own, in millimetres from the top of 267."""

COPIES = """() => {
  const rows = document.querySelector("#table-main tbody.arms");
  for (let at = 0; at < 90; at++) {
    const copy = rows.lastElementChild.cloneNode(true);
    copy.removeAttribute("id");
    copy.classList.add("copy");
    rows.append(copy);
  }
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("paper")
    Image.effect_noise((64, 64), 90.0).save(folder / "samples.png")
    results = study([5.0] * 6, [9.0] * 6, [1.0] * 6)
    pictured = replace(results, pictures=lambda wanted: dict.fromkeys(wanted, folder / "samples.png"))
    (path,) = Report().write(pictured, folder)
    with chromium() as browser:
        opened = browser.new_page()
        opened.goto(path.as_uri())
        yield opened


def printed(page: Page, folder: Path) -> list[str]:
    """The text of every page of paper."""
    page.pdf(path=str(folder / "page.pdf"), format="A4")
    command = ["pdftotext", "-layout", str(folder / "page.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def test_a_table_has_its_header_on_every_page(page: Page, tmp_path: Path) -> None:
    """And once on a page: the button that sorts by a column is not printed beside its words."""
    page.evaluate(COPIES)
    pages = printed(page, tmp_path)
    page.evaluate("() => document.querySelectorAll('.copy').forEach((row) => row.remove())")
    full = [text for text in pages if text.count("arm-2") > 30]
    assert len(full) > 1, "the table takes pages"
    for text in full:
        (head,) = [line.split() for line in text.splitlines() if line.split()[:2] == ["arm", "n"]][:1]
        assert head.count("arm") == head.count("final") == head.count("best") == 1


def test_no_heading_stands_alone_at_the_foot_of_a_page(page: Page, tmp_path: Path) -> None:
    """Wherever on a page the samples begin, pictures follow their heading on the same page."""
    for high in (215, 230, 240, 250):
        page.evaluate(SPACE, ["#samples", high])
        (text,) = [text for text in printed(page, tmp_path) if "the same latents" in text]
        assert "Samples" in text and "arm-0" in text, high


def test_the_last_page_is_no_single_line(page: Page, tmp_path: Path) -> None:
    """Wherever on a page the method ends, its last table and the line beneath stay together."""
    for high in range(175, 240, 6):
        page.evaluate(SPACE, ["#method > h3:last-of-type", high])
        last = printed(page, tmp_path)[-1]
        assert "all arms" in last and "arm-0" in last and "Made by ganbench" in last, high
