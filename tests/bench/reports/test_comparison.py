"""The comparison table: what it says, what it must not say, and the same bytes twice."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench.journal import Event, Journal
from bench.registries import REPORTS
from bench.reports._markdown import escape
from bench.reports._records import VERDICTS
from bench.reports._summary import Summary, summarise
from bench.reports._terminal import render
from bench.reports.base import ProtocolError, check_protocols
from bench.reports.comparison import Comparison, markdown
from bench.reports.comparison_csv import comma_separated
from bench.rows import Results, results, tabulate
from bench.stats import Interval
from bench.tracking import Record, Recorded, sync
from gan.recipe import digest

Make = Callable[..., Results]


@pytest.fixture
def made(plan: Callable[..., Event]) -> Make:
    """Makes results from each arm's finals of modes; a verdict's name stands for a run without a score."""

    def make(*arms: list[float | str], **changes: Any) -> Results:
        study = plan(seeds=len(arms[0]), **changes)
        names = [f"arm{index}" for index in range(len(arms))]
        study["arms"] = [
            {
                "id": name,
                "name": changes.get("names", names)[index],
                "levels": {"instance_noise": "off", "steps": "off"},
                "reason": None,
                "runs": [{"id": f"{name}-{seed}", "seed": seed} for seed in range(len(arms[0]))],
            }
            for index, name in enumerate(names)
        ] + [{**study["arms"][2], "id": "declined"}]
        runs = [
            _record(name, seed, value, study["protocol"])
            for name, values in zip(names, arms, strict=True)
            for seed, value in enumerate(values)
            if value != "pending"
        ]
        protocols = {digest(study["protocol"]): study["protocol"]}
        return tabulate(Recorded(study, protocols, {"modes_10pct": 8.0}, tuple(runs)))

    return make


def _record(arm: str, seed: int, value: float | str, protocol: dict[str, Any]) -> Record:
    verdict = value if isinstance(value, str) else "healthy"
    metrics = {} if isinstance(value, str) else {"modes_10pct.final": value, "modes_10pct.best": value + 1.0}
    return Record(
        run_id=f"{arm}-{seed}",
        arm=arm,
        seed=seed,
        verdict=verdict,
        onset=None,
        reason=None,
        protocol=digest(protocol),
        hardware="a machine",
        date="2026-01-02",
        metrics=metrics | {"seconds": 10.0},
    )


def by_id(found: Results) -> dict[str, Summary]:
    return {summary.id: summary for summary in summarise(found)}


def test_from_journal_to_report_the_same_bytes_twice(journal: Path, store: str, tmp_path: Path) -> None:
    sync(journal, store)
    written = REPORTS.load("comparison")().write(results(store, "does-noise-help"), tmp_path / "first")
    assert [path.name for path in written] == ["comparison.md"]
    again = Comparison().write(results(store, "does-noise-help"), tmp_path / "second")
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
    text = written[0].read_text()
    assert "Question: Does noise help?" in text and "samples: 1000" in text
    assert "| *oracle (real data)* | — | — | 8.0 |" in text, "the oracle is the first row"
    assert "Ran on 2 cores of a machine (6 runs), 2001-09-09." in text, "times come with hardware and date"
    assert "| 2/3 | 2/3 [21, 94] % | **7.8 [4.6, 10.9]** ‡ |" not in text, "an arm with a diverged run trails"
    assert "| **hinge** | 3/3 | 2/3 [21, 94] % | **4.0 [1.5, 6.5]** | baseline |" in text
    assert "| hinge + noise | 2/3 | 2/3 [21, 94] % | 7.8 [4.6, 10.9] †‡ |" in text
    assert "‡ hinge + noise: 1 of 3 runs" in text and "1 diverged" in text
    assert "- hinge + smoothing: hinge has no targets" in text
    assert "\n## FID\n" in text, "each further output that may rank arms has its own table"
    assert "## samples seen" not in text and "\n## Diagnostics\n" in text, "the others share one at the end"
    assert "**Unfinished" not in text and "## Pending" not in text


def test_a_table_has_equally_wide_rows(made: Make) -> None:
    found = made([1.0, 2.0], [3.0, 5.0], names=["a|b", "c\nd"])
    lines = [line for line in markdown(found).splitlines() if line.startswith("|")]
    widths = {line.replace("\\|", "").count("|") for line in lines}
    assert widths == {10, 11, 5, 7, 3}, "main: 9 columns, more: 10, ranks: 4, outputs: 6, diagnostics: 2"


def test_what_only_describes_shares_one_table(made: Make, plan: Callable[..., Event]) -> None:
    """Arms are rows, outputs columns, the oracle comes first; nothing in it is tested or ranked."""
    outputs = plan()["outputs"]
    outputs["spread"] = {**outputs["seen"], "label": "spread|", "direction": "lower", "digits": 2}
    found = made([1.0, 2.0], [3.0, 5.0], outputs=outputs)
    found.oracle["spread"] = 0.125
    rows = found.rows.copy()
    rows["spread.final"] = [1.0, 3.0, 5.0, float("nan")]
    text = markdown(Results(rows, found.oracle, found.protocols, found.plan))
    section = text.partition("## Diagnostics\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert lines == [
        "| arm | samples seen | spread\\| ↓ |",
        "| --- | ---: | ---: |",
        "| *oracle (real data)* | — | 0.12 |",
        "| arm0 | — | 2.00 ± 12.71 |",
        "| arm1 | — | 5.00 |",
    ], "±: Student's t for two seeds, 12.706 / √2 · √2; one seed has no interval"
    assert "docs/metrics.md" in section and "p (Holm)" not in section
    assert text.index("## FID") < text.index("## Diagnostics") < text.index("## Not applicable")
    assert "spread.final.mean" in comma_separated(found).splitlines()[0], "the csv keeps everything"
    outputs["seen"]["headline"] = outputs["spread"]["headline"] = True
    assert "## Diagnostics" not in markdown(made([1.0, 2.0], outputs=outputs))
    outputs["modes_10pct"]["headline"] = False
    primary = markdown(made([1.0, 2.0], outputs=outputs))
    assert "## Diagnostics" not in primary, "the primary output has the main table, whatever it is"


def test_cautions_stand_near_the_top(made: Make) -> None:
    """One line each, in the file and in the terminal; a journal from before there were any has none."""
    told = ["fid: look [at] modes", "kid: ask for `samples: 5`"]
    text = markdown(made([1.0, 2.0], [3.0, 5.0], cautions=told))
    assert "\n\nCaution — fid: look \\[at\\] modes\n\nCaution — kid: ask for \\`samples: 5\\`\n\n" in text
    assert text.index("Caution —") < text.index("| arm |")
    assert "Caution" not in markdown(made([1.0, 2.0])), "the plan of an old journal has no such key"
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(made([1.0, 2.0], cautions=told)))
    assert "caution: fid: look [at] modes" in console.export_text()


def test_a_protocol_names_each_network_once(made: Make) -> None:
    """Metrics that look through the same weights stand together; their own options stay with them."""
    network = {"extractor": "ganbench-digits", "layer": "features", "weights_sha256": "4254"}
    metrics = {
        "fid": network,
        "kid": {"subsets": 0, "subset_size": 1000, **network},
        "modes": {**network, "weights_sha256": "other"},
        "sliced": {"directions": 128},
    }
    text = markdown(
        made([1.0, 2.0], protocol={"n_real": 898, "metrics": metrics, "versions": {"torch": "2"}})
    )
    (line,) = [line for line in text.splitlines() if line.startswith("Protocol ")]
    assert line.partition(": ")[2] == (
        "sliced(directions: 128); "
        "fid, kid(subset_size: 1000, subsets: 0) through "
        "ganbench-digits (layer: features, weights_sha256: 4254); "
        "modes through ganbench-digits (layer: features, weights_sha256: other); "
        "n_real: 898; versions.torch: 2"
    )
    assert "not recorded" in markdown(made([1.0, 2.0], protocol={}))


def test_every_verdict_is_a_column_in_a_fixed_order(made: Make) -> None:
    """Those that no run has, and one that nobody knows yet, which comes last."""
    ends: list[float | str] = ["unfaithful", "memorised", "undertrained", "surprised"]
    found = made(ends, [1.0] * 4)
    header = comma_separated(found).splitlines()[0].split(",")
    first = header.index("healthy")
    assert header[first : first + 10] == [*VERDICTS, "surprised"]
    lines = list(csv.DictReader(io.StringIO(comma_separated(found))))
    assert (lines[2]["unfaithful"], lines[2]["healthy"], lines[3]["healthy"]) == ("1", "0", "4")
    assert "| 1 memorised, 1 surprised, 1 undertrained, 1 unfaithful |" in markdown(found)


def test_the_csv_has_full_precision_and_every_arm(made: Make) -> None:
    found = made([0.1, 0.2, 0.4], [1.0, "failed", 3.0])
    lines = list(csv.DictReader(io.StringIO(comma_separated(found))))
    assert [line["kind"] for line in lines] == ["study", "oracle", "arm", "arm", "not applicable"]
    del lines[0]
    assert float(lines[1]["modes_10pct.final.mean"]) == found.rows["modes_10pct.final"][:3].mean()
    assert lines[2]["failed"] == "1" and lines[2]["planned"] == "3" and lines[2]["modes_10pct.n"] == "2"
    assert (
        lines[2]["modes_10pct.difference.pairs"] == "2" and lines[2]["modes_10pct.difference.left_out"] == "1"
    )
    assert lines[3]["reason"] == "hinge has no targets" and lines[3]["modes_10pct.final.mean"] == ""


def test_an_arm_with_broken_runs_is_never_best_before_a_complete_one(made: Make) -> None:
    cells = {arm: row.cells["modes_10pct"] for arm, row in by_id(made([2.0, 3.0], [8.0, "diverged"])).items()}
    assert cells["arm0"].leads and not cells["arm1"].leads, "8 of 8 on the survivors is not a better arm"
    assert cells["arm1"].unscored == 1 and cells["arm1"].final.n == 1
    assert not cells["arm1"].tied, "one pair has no interval, so no mark"


def test_the_best_is_the_best_in_the_outputs_own_direction(made: Make, plan: Callable[..., Event]) -> None:
    outputs = plan()["outputs"]
    for direction, leaders in (("higher", {"arm1", "arm2"}), ("lower", {"arm0"}), ("none", set())):
        outputs["modes_10pct"]["direction"] = direction
        found = by_id(made([1.0, 2.0], [5.0, 6.0], [5.0, 6.0], outputs=outputs))
        assert {arm for arm, row in found.items() if row.cells["modes_10pct"].leads} == leaders


def test_a_dagger_marks_what_cannot_be_told_from_the_best(made: Make) -> None:
    found = by_id(made([5.0, 6.1, 7.0], [5.1, 6.0, 7.1], [1.0, 2.1, 3.0]))
    tied = {arm for arm, row in found.items() if row.cells["modes_10pct"].tied}
    assert tied == {"arm0"}, "paired by seed, arm0 is within noise of arm1, and arm2 is not"
    rounded = by_id(made([5.001, 6.001], [5.0, 6.0], [4.9, 5.9]))
    assert {arm for arm, row in rounded.items() if row.cells["modes_10pct"].leads} == {"arm0"}
    tied = {arm for arm, row in rounded.items() if row.cells["modes_10pct"].tied}
    assert tied == {"arm1"}, "what no table shows sets no arm apart, however steady it is"
    single = by_id(made([5.0], [5.1]))
    assert not any(row.cells["modes_10pct"].tied for row in single.values()), "one pair tells nothing"


def test_differences_are_paired_and_corrected_for_their_family(made: Make) -> None:
    found = by_id(made([1.0, 5.0, 9.0], [2.0, 6.0, 10.0], [0.5, 5.0, 9.5]))
    shifted = found["arm1"].cells["modes_10pct"]
    assert shifted.difference is not None and shifted.difference.interval == Interval(1.0, 1.0, 1.0, 3)
    assert (shifted.p, shifted.p_holm) == (0.25, 0.5), "two comparisons: the smaller p counts twice"
    assert found["arm0"].cells["modes_10pct"].difference is None, "the baseline is not compared with itself"


def test_few_seeds_are_told_what_they_cannot_show(made: Make) -> None:
    five = markdown(made([1.0] * 5, [2.0] * 5))
    assert "5 seeds cannot reach p < .05" in five and "d_z = 1.68" in five
    six = markdown(made([1.0] * 6, [2.0] * 6))
    assert "cannot reach" not in six and "d_z = 1.43" in six
    assert "One seed: no interval" in markdown(made([1.0], [2.0]))


def test_an_unfinished_study_names_what_is_pending(made: Make) -> None:
    text = markdown(made([1.0, "pending"], ["pending", "pending"]))
    assert "Unfinished: 3 of 4 runs" in text
    assert "- arm1: seed 0, 1" in text and "| arm0 | 1/2 |" in text


def test_mixed_protocols_are_refused_or_flagged(made: Make) -> None:
    found = made([1.0, 2.0], [2.0, 3.0])
    rows = found.rows.copy()
    rows.loc[0, "protocol"] = "other"
    mixed = Results(rows, found.oracle, {**found.protocols, "other": {"samples": 5}}, found.plan)
    check_protocols(found)
    with pytest.raises(ProtocolError, match="2 protocols"):
        check_protocols(mixed)
    text = markdown(mixed)
    assert "**Mixed protocols" in text and "Protocol other (1 run): samples: 5" in text
    leading = [
        any(cell.leads for arm in summarise(one) for cell in arm.cells.values()) for one in (found, mixed)
    ]
    assert leading == [True, False], "nobody leads among scores that do not compare"


def test_a_run_of_two_protocols_is_a_mixture(made: Make) -> None:
    """It counts in both, in the file, in the terminal and in the csv; the refusal names the way out."""
    found = made([1.0, 2.0], [2.0, 3.0])
    (own,) = found.protocols
    rows = found.rows.copy()
    rows.loc[0, "protocol"] = f"{own} other"
    mixed = Results(rows, found.oracle, {**found.protocols, "other": {"samples": 5}}, found.plan)
    with pytest.raises(ProtocolError, match="ganbench report --mix-protocols"):
        check_protocols(mixed)
    text = markdown(mixed)
    assert f"Protocol {own} (4 runs)" in text and "Protocol other (1 run)" in text
    lines = list(csv.DictReader(io.StringIO(comma_separated(mixed))))
    assert [line["protocol"] for line in lines[2:4]] == [f"{own} other", own]
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(mixed))
    assert "Mixed protocols: these runs were scored in 2 different ways" in console.export_text()
    console.print(render(found))
    assert "Mixed" not in console.export_text()


def test_a_change_of_protocol_between_runs_is_noticed_end_to_end(
    journal: Path, store: str, plan: Callable[..., Event], life: Callable[..., list[Event]]
) -> None:
    book = Journal(journal)
    book.append(plan(seeds=4, protocol={"samples": 5}))
    book.append(*life("run-0-3", {"modes_10pct": 6.0}))
    sync(journal, store)
    with pytest.raises(ProtocolError):
        check_protocols(results(store, "does-noise-help"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("two\nlines", "two lines"),
        ("`x` *y*", "\\`x\\` \\*y\\*"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("non_saturating + r1(weight=1)", "non_saturating + r1(weight=1)"),
        ("_hidden_", "\\_hidden_"),
        ("back\\|slash", "back\\\\\\|slash"),
    ],
)
def test_names_stand_in_a_cell_as_themselves(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_the_terminal_shows_the_same_marks_and_reads_no_markup(made: Make) -> None:
    found = made([5.0, 6.1, 7.0], [5.1, 6.0, 7.1], [1.0, "diverged", 3.0], names=["[red]x", "y", "z"])
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(found))
    text = console.export_text()
    assert "[red]x" in text, "a name is text"
    assert "6.0 ± 2.5†" in text and "2.0 ± 12.7‡" in text and "2/3" in text
    assert "n/a" in text and "samples seen" not in text, "only headline outputs"
