"""The page: one file that fetches nothing, says what the table says, and takes names as they come."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from page_studies import HOSTILE, recorded, study
from PIL import Image

from bench.page import runs as listed_runs
from bench.page.render import page
from bench.page.runs import runs
from bench.page.samples import fitting
from bench.page.tables import further
from bench.problems import UserError
from bench.registries import REPORTS
from bench.reports._summary import summarise
from bench.reports._view import view
from bench.reports.base import AS_IT_IS, Shape
from bench.reports.comparison import markdown
from bench.rows import SUFFIXES, Results
from bench.wording import minus

VOID = {"meta", "br", "img", "input", "hr", "link"}


class Read(HTMLParser):
    """What a page holds: its elements, and the text that people see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.shown: list[str] = []
        self.headings: list[int] = []
        self.feed(text)
        assert self.open == [], "what is opened is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.shown.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.shown))

    def all(self, attribute: str) -> list[str]:
        return [str(attributes[attribute]) for _, attributes in self.elements if attribute in attributes]


@pytest.fixture(scope="module")
def hostile() -> str:
    names = [*HOSTILE, "tame"]
    found = study(
        *[[float(index), index + 0.5, index + 1.0] for index in range(len(names))],
        names=names,
        question=HOSTILE[0],
        cautions=list(HOSTILE),
        common={"data": HOSTILE[1], HOSTILE[2]: HOSTILE[3]},
        factors={HOSTILE[0]: list(HOSTILE), "trick": [f"level {index}" for index in range(len(names))]},
        path="; rm -rf ~ #.yaml",
    )
    return page(recorded(found))


def test_the_registry_finds_it_and_it_is_one_file(tmp_path: Path) -> None:
    """Equal results give equal bytes; nothing beside the file is written."""
    report = REPORTS.load("page")()
    found = study([0.0] * 3, [8.0] * 3)
    (first,) = report.write(found, tmp_path / "first")
    (second,) = report.write(study([0.0] * 3, [8.0] * 3), tmp_path / "second")
    assert first.name == "report.html" and [*first.parent.iterdir()] == [first]
    assert first.read_bytes() == second.read_bytes()


def test_nothing_is_fetched_and_only_its_own_script_runs(hostile: str) -> None:
    read = Read(hostile)
    tags = [tag for tag, _ in read.elements]
    assert tags.count("script") == 1 and tags.count("style") == 1
    assert not {"link", "iframe", "object", "embed", "base", "img"} & set(tags)
    policy = next(str(a["content"]) for _, a in read.elements if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src data:;") and "script-src 'sha256-" in policy
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    places = [*read.all("href"), *read.all("src"), *read.all("xlink:href")]
    assert places and all(place.startswith(("#", "http://127.0.0.1:5000/#/")) for place in places)
    assert "url(http" not in hostile and "@import" not in hostile


def test_hostile_names_are_text_and_nothing_else(hostile: str) -> None:
    """They are read as they were written, but for signs that HTML cannot hold; ids hold none of them."""
    read = Read(hostile)
    for name in HOSTILE[:4]:
        assert name in read.text
    assert "49" not in read.text.replace(HOSTILE[3], "").split(), "a name is no template"
    assert "\x00" not in hostile and "\x1b" not in hostile
    ids = read.all("id")
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[\w.:-]+", one) for one in ids)
    assert "&#39;; rm -rf ~ #.yaml&#39;" in hostile, "a command that is copied is one word"


def test_people_who_do_not_see_it_find_their_way(hostile: str) -> None:
    """Language, title, landmarks, headings in order, captions, scopes, labels."""
    read = Read(hostile)
    tags = [tag for tag, _ in read.elements]
    assert read.elements[0][1].get("lang") == "en" and tags.count("title") >= 1
    for landmark in ("header", "main", "nav", "footer"):
        assert tags.count(landmark) == 1
    assert read.headings[0] == 1 and read.headings.count(1) == 1
    steps = zip(read.headings, read.headings[1:], strict=False)
    assert all(later <= earlier + 1 for earlier, later in steps), "no level is left out"
    assert tags.count("caption") == tags.count("table")
    heads = [attributes for tag, attributes in read.elements if tag == "th"]
    assert heads and all(attributes.get("scope") in ("row", "col") for attributes in heads)
    ids, named = set(read.all("id")), [*read.all("aria-labelledby"), *read.all("aria-controls")]
    assert named and set(named) <= ids
    assert {place[1:] for place in read.all("href") if re.match("#[a-z]", place)} <= ids


def test_the_table_holds_the_numbers_of_the_comparison() -> None:
    """Every row of comparison.md's first table, cell by cell."""
    found = study([1.0, 2.0, 1.5, 1.2], [8.0, 7.0, 7.5, "diverged"], [1.0, 2.0, 1.0, "pending"])
    read = Read(page(found)).text
    lines = [line for line in markdown(found).splitlines() if line.startswith("| ")]
    checked = 0
    for line in lines[2:6]:
        for cell in line.strip("| ").split(" | "):
            plain = cell.replace("*", "").strip()
            plain = plain if plain.startswith("arm-") else minus(plain)
            assert plain in read, plain
            checked += 1
    assert checked >= 4 * 9


def test_links_lead_into_mlflow_if_the_rows_are_mlflows() -> None:
    found = study([1.0], [2.0])
    assert "Links open in MLflow" not in page(found)
    linked = recorded(found)
    assert 'href="http://127.0.0.1:5000/#/experiments/7/runs/run1"' in page(linked)
    for server in ("javascript:alert(1)//", "", "file:///etc"):
        assert not runs(replace(linked, server=server), summarise(linked)).linked, "only http is a link"


def test_what_does_not_apply_and_what_failed_is_in_the_table() -> None:
    found = study([1.0, 2.0], ["diverged", "failed"])
    arms = [
        *found.plan["arms"],
        {"id": "x", "name": "odd", "levels": {}, "reason": "no targets", "runs": []},
    ]
    text = Read(page(replace(found, plan={**found.plan, "arms": arms}))).text
    assert "not applicable: no targets" in text and "1 diverged, 1 failed" in text
    assert "odd does not apply" in text and "it grew beyond all bounds" in text


def test_too_many_runs_are_listed_in_part_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    found = study(*[[1.0] * 4 for _ in range(3)])
    assert runs(found, summarise(found)).left_out == ""
    monkeypatch.setattr(listed_runs, "MOST", 6)
    some = runs(found, summarise(found))
    assert [len(arm.runs) for arm in some.arms] == [2, 2, 2]
    assert "12 runs are too many" in some.left_out and "6 runs are left out" in some.left_out
    monkeypatch.setattr(listed_runs, "MOST", 2)
    assert [len(arm.runs) for arm in runs(found, summarise(found)).arms] == [1, 1]


def test_pictures_travel_inside_and_shrink_until_they_fit(tmp_path: Path) -> None:
    paths: list[Path | None] = []
    for index in range(4):
        paths.append(tmp_path / f"{index}.png")
        Image.effect_noise((400, 400), 90.0).save(str(paths[-1]))
    large, pictures = fitting(paths, 2_000_000)
    small, fewer = fitting(paths, 60_000)
    assert large == 320 and small < large and sum(map(len, fewer)) <= 60_000
    assert all(picture.startswith("data:image/png;base64,") for picture in pictures)
    least, rest = fitting([*paths, None], 7_000)
    assert least == 64 and rest.count("") > 1 and sum(map(len, rest)) <= 7_000
    first = {"a0-0": paths[0], "a1-0": paths[1]}
    found: Results = replace(
        study([1.0], ["diverged"]),
        pictures=lambda wanted: {run: path for run, path in first.items() if run in wanted and path},
    )
    text = page(found)
    assert text.count('src="data:image/png') == 2
    assert "Samples of arm-1, seed 0: diverged" in text


def test_grids_of_images_travel_at_their_own_size(tmp_path: Path) -> None:
    """Stored eight times enlarged, they are told pixel by pixel, and cost what the pixels do."""
    grid = Image.effect_noise((73, 73), 90.0).quantize(16).convert("RGB")
    grid.resize((584, 584), Image.Resampling.NEAREST).save(tmp_path / "x.png")
    _, (uri,) = fitting([tmp_path / "x.png"], 2_000_000)
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as told:
        assert told.size == (292, 292)
        assert told.convert("RGB").resize((73, 73), Image.Resampling.NEAREST).tobytes() == grid.tobytes()


def test_the_shape_chooses_columns_and_arms_and_refuses_what_there_is_not() -> None:
    found = study([1.0, 2.0], [3.0, 4.0], [5.0, 6.0])
    text = page(found, Shape(columns=("arm", "final", "d_z"), arms=("arm-0", "arm-2"), precision=3))
    main = text.partition('id="table-main"')[2].partition("</table>")[0]
    assert "d_z" in main and "p (Holm)" not in main
    assert 'id="arm-2"' in main and 'id="arm-1"' not in main and "5.500" in main
    with pytest.raises(UserError, match="--columns"):
        page(found, Shape(columns=("finale",)))


def test_a_wide_table_comes_in_parts_that_lose_no_column() -> None:
    names = [f"number {index}" for index in range(23)]
    about = {"label": "", "direction": "none", "digits": 1, "ceiling": None, "headline": False}
    found = study([1.0, 2.0], [3.0, 4.0])
    outputs = {**found.plan["outputs"], **{name: {**about, "label": name} for name in names}}
    scores = {f"{name}.{end}": [1.0] * len(found.rows) for name in names for end in SUFFIXES}
    rows = pd.concat([found.rows, pd.DataFrame(scores)], axis=1)
    tables = further(view(replace(found, rows=rows, plan={**found.plan, "outputs": outputs}), AS_IT_IS))
    parts = [table for table in tables if table.caption.startswith("Diagnostics")]
    told = [column.label for table in parts for column in table.columns if column.label != "arm"]
    assert told == names and all(len(table.columns) <= 11 for table in parts)
    assert all(len(row.cells) == len(table.columns) - 1 for table in parts for row in table.rows)
