"""Studies whose every name is a trap for one format or another."""

from __future__ import annotations

from collections.abc import Sequence

from factor_studies import study

from bench.rows import Results

NAMES = (
    "<script>alert(1)</script>",
    "_%&#{}$^~\\",
    "a|b\\|c",
    "`code` **bold** *x* [link](http://x) ![i](y)",
    "two\nlines\r\nthree",
    "emoji \U0001f600 and 中文, αβΩ × → ≤ é ł",
    "=1+1",
    "-1;2",
    "@sum(a)",
    "'quoted\" , text''",
    "--- # not a heading",
    "n" * 300,
    "w ord " * 50,
    "\\input{/etc/passwd} \\end{table} $$x$$",
    "&amp; &lt; </table>",
    "1. first",
    "",
)


def hostile(names: Sequence[str] = NAMES, seeds: int = 3) -> Results:
    """A study of one factor whose levels, name, question, reasons and labels are `names`."""
    levels = list(dict.fromkeys(["base", *names, "declined"]))

    def score(chosen: dict[str, str], seed: int) -> float | str:
        row = levels.index(chosen["f"])
        return "failed" if (row + seed) % 7 == 5 else float(10 + row + (seed * 3 + row) % 4)

    found = study(
        {"f": levels},
        score,  # type: ignore[arg-type]
        seeds=seeds,
        declined={("declined",): names[0]},
        name=names[0],
        question=" ".join(names),
        cautions=[names[-1], names[0]],
        common={name: name for name in names},
    )
    about = found.plan["outputs"]["fid"]
    about["label"] = names[0]
    for arm in found.plan["arms"]:
        arm["name"] = arm["levels"]["f"]
    rows = found.rows.copy()
    rows["arm_name"] = rows["f"]
    reasons = [names[at % len(names)] for at in range(len(rows))]
    rows["reason"] = reasons
    return Results(rows, {"fid": 1.5}, {"p": {names[0]: names[-1]}}, found.plan, 2)
