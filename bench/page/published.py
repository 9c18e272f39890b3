"""Published numbers beside ours, as a table of the page."""

from __future__ import annotations

from bench.page.tables import Column, Row, Shown, Table
from bench.reports._estimates import interval
from bench.reports._published import Beside, beside, told
from bench.rows import Results
from bench.wording import minus

_NOTE = (
    "± is one standard error of the mean. Difference: ours minus published with its 95 % interval, by "
    "Welch's t where the source gives a standard error, else by Student's t of our runs, the published mean "
    "taken as exact. agrees within ±x: the interval holds 0, and excludes only differences beyond x."
)


def published(results: Results) -> list[Table]:
    """One table; none where nobody has published anything."""
    lines = beside(results)
    if not lines:
        return []
    places = {arm["id"]: index for index, arm in enumerate(results.plan["arms"])}
    labels = ("arm", "output", "source", "published (n)", "ours (n)", "difference", "verdict")
    columns = tuple(Column(label, numeric=place in (3, 4, 5)) for place, label in enumerate(labels))
    rows = tuple(
        Row(places[line.arm], line.name, _cells(line, results.plan["outputs"][line.output])) for line in lines
    )
    profile = results.plan.get("profile")
    said = (f"Our runs: {profile}. A difference may come from that alone.",) if profile else ()
    return [Table("published", "Published numbers beside ours", columns, rows, (*said, _NOTE))]


def _cells(line: Beside, about: dict[str, object]) -> tuple[Shown, ...]:
    digits = int(str(about["digits"]))
    theirs, ours, verdict = told(line, digits)
    return (
        Shown(str(about["label"])),
        Shown(line.source),
        Shown(minus(theirs), line.mean),
        Shown(minus(ours), line.ours.mean if line.ours.n else None),
        Shown(
            minus(interval(line.difference, digits, sign=True)), line.difference.mean if line.ours.n else None
        ),
        Shown(verdict),
    )
