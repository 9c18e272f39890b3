"""MLflow's own interface on a recorded study, as a researcher meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow_ui
import pytest
from browser import installed
from PIL import Image
from playwright.sync_api import expect

from bench.journal import Event, Journal
from bench.tracking import publish, sync
from bench.tracking.browse import address
from bench.tracking.client import all_runs, connect
from bench.tracking.histories import histories

pytestmark = pytest.mark.skipif(installed() is None, reason="there is no Chromium on this machine")
STUDY = "does-noise-help"
expect.set_options(timeout=30_000)
PORT = 5000
"""Of the printed addresses, which are opened at the port of the server that runs."""


@pytest.fixture(scope="module")
def uri(
    migrated: Path,
    tmp_path_factory: pytest.TempPathFactory,
    plan: Callable[..., Event],
    life: Callable[..., list[Event]],
) -> str:
    """A store with a study of two arms and two seeds, and its report."""
    results = tmp_path_factory.mktemp("results")
    (results / "mlflow.db").write_bytes(migrated.read_bytes())
    folder = results / STUDY
    (folder / "samples").mkdir(parents=True)
    book = Journal(folder / "journal.jsonl")
    book.append({**plan(seeds=2, common={"steps": "1000"}), "time": 1e9})
    for arm, seed in ((arm, seed) for arm in range(2) for seed in range(2)):
        run = f"run-{arm}-{seed}"
        Image.new("RGB", (64, 64), (80 * arm, 90 * seed, 0)).save(folder / "samples" / f"{run}.png")
        final = {"modes_10pct": 2.0 + 4 * arm + seed, "fid": 3.0, "seen": 1000.0}
        book.append(*life(run, final, "collapsed" if arm == 0 else "healthy", at=1e9 + 100 * seed))
    store = f"sqlite:///{results / 'mlflow.db'}"
    sync(book.path, store)
    report = results / "report.html"
    report.write_text("<!doctype html><h1>What we found</h1>")
    publish(store, STUDY, "Does noise help?\n\nIt does.\n", {"report.html": report})
    return store


@pytest.fixture(scope="module")
def server(uri: str) -> Iterator[str]:
    """Its server: it takes half a minute to start, so that all tests here share it."""
    with mlflow_ui.serving(Path(uri.removeprefix("sqlite:///")).parent) as where:
        yield where


@pytest.fixture(scope="module")
def context(server: str) -> Iterator[Any]:
    """A browser."""
    with mlflow_ui.browsing() as made:
        yield made


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    """A tab; at the end of the test nothing may have gone wrong in it."""
    tab, wrong = context.new_page(), []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    # MLflow asks for the signed-in user of a server that has no users.
    tab.on(
        "response", lambda got: got.status >= 400 and "users/current" not in got.url and wrong.append(got.url)
    )
    yield tab
    tab.close()
    assert [line for line in wrong if "ResizeObserver" not in line and "users/current" not in line] == []


def test_the_printed_address_opens_the_arms_with_their_means(page: Any, server: str, uri: str) -> None:
    """Among the pages for training, sorted by the primary output, its interval beside it."""
    (line,) = [line for line in address(PORT, uri).splitlines() if STUDY in line]
    page.goto(line.split(": ", 1)[1].replace(f"http://127.0.0.1:{PORT}/", server))
    page.get_by_role("link", name="hinge + noise", exact=True).wait_for()
    assert "workflowType=machine_learning" in page.url
    assert page.get_by_role("heading", name="Runs").count() == 1, "and not the pages for language models"
    cells = "[...document.querySelectorAll('.ag-center-cols-container [col-id]')]"
    page.wait_for_function(f"{cells}.some(cell => cell.innerText.trim() === '6.5')")
    shown = page.evaluate(f"{cells}.map(cell => [cell.getAttribute('col-id'), cell.innerText])")
    means = [text for column, text in shown if column == "metrics.`modes_10pct.final.mean`"]
    assert means[:2] == ["6.5", "2.5"], "the better arm comes first"
    assert {"metrics.`modes_10pct.final.ci_low`", "metrics.`modes_10pct.final.ci_high`"} <= {
        c for c, _ in shown
    }
    assert page.get_by_role("link", name="hinge · seed 0").count() == 0, "runs are beneath their arms"


def test_a_run_leads_to_the_report(page: Any, context: Any, server: str, uri: str) -> None:
    """Its description links to it, and it is shown within MLflow."""
    client = connect(uri)
    found = client.get_experiment_by_name(STUDY)
    assert found is not None
    (run,) = [run for run in all_runs(client, found.experiment_id) if run.info.run_name == "hinge · seed 1"]
    page.goto(f"{server}#/experiments/{found.experiment_id}/runs/{run.info.run_id}")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Report", exact=True).click()
    report = opened.value.frame_locator("iframe").get_by_role("heading", name="What we found")
    report.wait_for()
    opened.value.close()


def test_the_description_holds_answer_and_views(page: Any, server: str) -> None:
    """Each link leads to a view that MLflow knows."""
    page.goto(f"{server}#/experiments/1/runs?workflowType=machine_learning")
    views = page.get_by_role("link", name="failures", exact=True)
    views.wait_for(state="attached")
    expect(page.get_by_text("It does.")).to_have_count(1)
    where = views.get_attribute("href")
    page.goto(f"{server}{where}")
    page.reload()  # A new document, as in a new tab: nothing of the old list is shown again.
    page.get_by_role("link", name="hinge · seed 0").wait_for()
    # A healthy run is no failure; the list may hold it until the view's filter is read.
    expect(page.get_by_role("link", name="hinge + noise · seed 0")).to_have_count(0, timeout=90_000)
    expect(page.get_by_role("button", name="3 Failures")).to_have_count(1)


def test_the_slider_moves_through_the_steps(page: Any, server: str) -> None:
    """One stop a picture, in the chart of samples."""
    page.goto(f"{server}#/experiments/1/runs?compareRunsMode=CHART&viewStateShareKey=samples")
    # The slider is there before the interface knows the steps; until then its ends are infinite.
    page.locator('[role="slider"][aria-valuemin="500"][aria-valuemax="1000"]').first.wait_for()
    page.locator("img[src*='samples']").first.wait_for(state="attached")


def test_a_server_answers_as_its_file_does(server: str, uri: str) -> None:
    """Histories of many runs at once: the same through HTTP as from SQLite."""
    names, runs = ["score/fid", "train/d_loss", "nothing"], ["run-0-0", "run-1-1"]
    told = histories(server.rstrip("/"), STUDY, runs, names)
    assert told == histories(uri, STUDY, runs, names)
    assert told["run-0-0"]["train/d_loss"] == [(500, 50.0), (1000, 100.0)]
