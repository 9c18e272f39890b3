"""The page as people use it: in Chromium, by mouse and keyboard, in the dark, on paper, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import chromium
from page_studies import HOSTILE, study
from PIL import Image

from bench.reports.page import Page as Report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]
ROWS = "#table-main tbody.arms tr:not([hidden]) th"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of five arms, hostile ones among them, with pictures."""
    folder = tmp_path_factory.mktemp("page")
    Image.effect_noise((64, 64), 90.0).save(folder / "samples.png")
    names = ["baseline", "gain", "loss", *HOSTILE[:2]]
    scores: list[list[Any]] = [[5.0] * 6, [9.0] * 6, [1.0] * 5 + [1.5], ["diverged"] * 6, [5.5, 4.5] * 3]
    found = replace(
        study(*scores, names=names, verdicts={2: "collapsed"}),
        pictures=lambda wanted: dict.fromkeys(wanted, folder / "samples.png"),
    )
    (path,) = Report().write(found, folder)
    return path.as_uri()


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page; fails afterwards if it asked for anything or complained."""
    wrong: list[str] = []
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:")) else wrong.append(asked.url),
        )
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def names(page: Page) -> list[str]:
    return [text.replace("baseline baseline", "baseline") for text in page.locator(ROWS).all_inner_texts()]


def test_hostile_names_do_not_run(opened: Open) -> None:
    page = opened()
    assert page.title() == "a study · ganbench", "no name has changed it"
    assert names(page)[3:] == list(HOSTILE[:2]), "they are shown as they are"
    assert page.locator("img[onerror]").count() == 0


def test_sorting_by_click_and_by_keyboard(opened: Open) -> None:
    """Ascending, descending, the study's own order; what has no number stays last."""
    page = opened()
    own = names(page)
    head = page.locator("#table-main thead th", has_text="final")
    assert head.get_attribute("aria-sort") == "none"
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert names(page) == ["loss", "baseline", HOSTILE[1], "gain", HOSTILE[0]]
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert names(page) == ["gain", "baseline", HOSTILE[1], "loss", HOSTILE[0]]
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "none" and names(page) == own
    arm = page.locator("#table-main thead th").first
    arm.get_by_role("button").click()
    assert names(page) == sorted(own, key=str.lower) or names(page)[0] != own[0]
    assert head.get_attribute("aria-sort") == "none", "one column at a time"
    assert page.locator("#table-main tbody").first.inner_text().startswith("oracle"), "it stays on top"


def test_filtering_by_text_level_and_verdict(opened: Open) -> None:
    """Rows, pictures and lists of runs go together, and how many are left is said aloud."""
    page = opened()
    said = page.locator("#shown")
    assert said.get_attribute("aria-live") == "polite"
    page.locator("#filter").get_by_label("Find").fill("GAIN")
    assert names(page) == ["gain"] and said.inner_text() == "1 of 5 arms shown"
    assert page.locator(".gallery figure:visible").count() == 1
    assert page.locator("details.runs:visible").count() == 1
    page.get_by_role("button", name="Clear").click()
    assert len(names(page)) == 5
    page.locator("#filter").get_by_label("verdict").select_option("diverged")
    assert names(page) == [HOSTILE[0]]
    page.locator("#filter").get_by_label("trick").select_option("level 1")
    assert names(page) == [] and said.inner_text() == "0 of 5 arms shown"
    page.locator("#filter").get_by_label("verdict").select_option("all")
    assert names(page) == ["gain"]


def test_filtering_reaches_every_table_of_arms(opened: Open) -> None:
    """Real data and what is no arm stay; who left comes back."""
    page = opened()
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    arms, tables = page.locator("#comparison tbody th bdi:visible"), page.locator("#comparison table")
    whole = arms.all_inner_texts()
    assert whole.count("gain") == whole.count("loss") == tables.count() > 3
    page.locator("#filter").get_by_label("Find").fill("gain")
    kept = arms.all_inner_texts()
    assert kept.count("gain") == whole.count("gain") and {*kept} == {"gain", "oracle (real data)"}
    page.get_by_role("button", name="Clear").click()
    assert arms.all_inner_texts() == whole


def test_the_key_switches_an_arm_off_in_every_figure(opened: Open) -> None:
    page = opened()
    parts = page.locator('#figures figure svg [data-arm="1"]')
    assert parts.count() > 3 and page.locator("#figures figure").count() > 1
    box = page.locator('#key input[value="1"]')
    box.focus()
    assert page.locator("#figures").get_attribute("data-held") == "1", "the keyboard holds it out"
    page.keyboard.press("Space")
    assert not box.is_checked() and page.locator('#figures svg .off[data-arm="1"]').count() == parts.count()
    assert page.locator('#figures svg .off[data-arm="2"]').count() == 0
    page.get_by_role("button", name="None").click()
    assert page.locator('#figures svg [data-arm="2"]:not(.off)').count() == 0
    page.get_by_role("button", name="All").click()
    assert page.locator("#figures svg .off").count() == 0


def test_pointing_at_an_arm_tells_its_name_and_numbers(opened: Open) -> None:
    page = opened()
    tip = page.locator("#tip")
    assert tip.is_hidden()
    page.locator('#verdict_bars svg [data-arm="1"]').first.hover(force=True)
    assert tip.is_visible() and tip.inner_text().startswith("gain\n")
    assert "9.0 [9.0, 9.0]" in tip.inner_text()
    page.locator("h1").hover()
    assert tip.is_hidden()


def _colours(page: Page) -> tuple[str, str]:
    found = page.evaluate(
        "() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]; }"
    )
    return found[0], found[1]


def test_light_and_dark_follow_the_system_until_somebody_presses(opened: Open) -> None:
    light, dark = opened(color_scheme="light"), opened(color_scheme="dark")
    assert _colours(light) != _colours(dark)
    button = light.locator("#theme")
    assert button.inner_text() == "Dark"
    button.click()
    assert _colours(light) == _colours(dark) and button.inner_text() == "Light"
    dark.locator("#theme").click()
    assert _colours(dark) != _colours(light)


CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = (e) => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  const low = [];
  for (const e of document.querySelectorAll("body *:not(svg *)")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(paper(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(`${e.tagName} ${e.className} ${ratio.toFixed(2)}`);
  }
  return low;
}"""
"""Elements whose own text has less contrast than WCAG 2.2 asks of level AA (1.4.3: 4.5 to 1)."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(opened: Open, scheme: str) -> None:
    assert opened(color_scheme=scheme).evaluate(CONTRAST) == []


def test_a_narrow_window_scrolls_inside_its_boxes_only(opened: Open) -> None:
    page = opened(viewport={"width": 400, "height": 800})
    wide, room = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room


def test_paper_has_everything_and_no_controls(opened: Open, tmp_path: Path) -> None:
    page = opened()
    assert page.locator("details.runs table").first.is_hidden()
    page.emulate_media(media="print")
    for control in ("#filter", "#theme", "#key", "nav"):
        assert page.locator(control).is_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.runs table").first.is_visible()
    assert page.locator("#table-main").is_visible()
    cut = page.evaluate(
        "() => [...document.querySelectorAll('.scroll')].map((e) => getComputedStyle(e).overflowX)"
    )
    assert set(cut) == {"visible"}, "nothing is cut off at the edge of a box"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.runs[open]").count() == 0
    page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_without_javascript_table_and_figures_are_there_and_dead_controls_are_not(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#table-main").is_visible() and len(names(page)) == 5
    assert page.locator("#figures svg").first.is_visible()
    for control in ("#filter", "#theme", "#key"):
        assert page.locator(control).is_hidden()
    page.locator("details.runs summary").first.click()
    assert page.locator("details.runs table").first.is_visible()


def test_the_keyboard_reaches_what_the_mouse_reaches(opened: Open) -> None:
    """The first stop leaps to the comparison; what has the focus shows it."""
    page = opened()
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("e => e === document.activeElement") and skip.bounding_box()["x"] >= 0
    outline = skip.evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert page.url.endswith("#comparison")
    stops = page.evaluate(
        "() => [...document.querySelectorAll('a, button, input, select, summary, .scroll')]"
        ".filter((e) => e.checkVisibility()).every((e) => e.tabIndex >= 0)"
    )
    assert stops
