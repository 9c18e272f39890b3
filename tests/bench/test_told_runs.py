"""Arms and runs of an edited comparison.csv that cannot be are refused in a line, with their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from edited_files import edited

from bench.problems import UserError
from bench.reports.comparison import markdown
from bench.rows_csv import read


@pytest.mark.parametrize(
    ("line", "column", "value", "said"),
    [
        (5, "loss", "nonsense", ":5: column `loss`: unknown level 'nonsense'; valid: hinge, relativistic"),
        (5, "loss", "hing", ":5: column `loss`: unknown level 'hing'; did you mean 'hinge'?"),
        (5, "loss", "", ":5: column `loss`: is empty; levels of loss: hinge, relativistic"),
        (5, "r1", "off", ":5: column `loss`: all levels are those of 'hinge'"),
        (5, "name", "", ":5: column `name`: is empty"),
        (5, "name", "hinge", ":5: column `name`: 'hinge' is another arm's name too"),
        (5, "arm", "", ":5: column `arm`: is empty"),
        (5, "arm", "arm0", ":5: column `arm`: 'arm0' is another arm's id too"),
        (5, "arm", "arm7", ":5: column `arm`: unknown arm 'arm7'; did you mean 'arm3'?"),
        (5, "seeds", "0;1;0", ":5: column `seeds`: the seed 0 is there twice"),
        (5, "seeds", "0;1;9", ":5: column `seeds`: the plan has no seed 9"),
        (5, "seeds", "0;1;" + "9" * 40, ":5: column `seeds`: holds something that is no whole number of"),
        (
            5,
            "seeds",
            "0;1;" + "9" * 9000,
            ":5: column `seeds`: holds something that is no whole number of",
        ),
        (
            5,
            "fid.best_step.values",
            ";;" + "9" * 30,
            ":5: column `fid.best_step.values`: holds something",
        ),
        (5, "fid.best_step.values", ";;-1", ":5: column `fid.best_step.values`: -1 is no step"),
        (
            5,
            "fid.final.values",
            "1;1_0;2",
            ":5: column `fid.final.values`: holds something that is no",
        ),
        (5, "fid.final.values", "1;1e308;-1e308", ":5: column `fid.final.values`: 1e+308 is beyond ±1e+100"),
        (5, "runs.verdict", "healthy;helthy;healthy", "unknown verdict 'helthy'; did you mean 'healthy'?"),
        (5, "runs.verdict", ";healthy;healthy", ":5: column `runs.verdict`: one is missing"),
        (5, "runs.protocol", "p;p;nope", ":5: column `runs.protocol`: unknown protocol 'nope'; valid: p"),
        (5, "runs.run_id", "a;b;a", ":5: column `runs.run_id`: the run 'a' is there twice"),
        (5, "runs.seconds", "1;-5;1", ":5: column `runs.seconds`: -5 is no time in seconds"),
        (5, "kind", "not applicable", ":5: column `reason`: is empty; it says why an arm does not apply"),
        (3, "fid.final.mean", "inf", ":3: column `fid.final.mean`: inf is no score of real data"),
        (3, "kind", "study", ":3: column `kind`: another `study`; a file tells of one"),
        (
            1,
            "fid.final.mean",
            "fid.mean",
            ":3: column `fid.final.mean`: there is no such column; another",
        ),
        (
            1,
            "fid.p_holm",
            "fid.p_hochberg",
            ":1: column `fid.p_hochberg`: unknown column 'fid.p_hochberg'",
        ),
    ],
)
def test_what_cannot_be_is_one_line_with_its_place(
    tmp_path: Path, line: int, column: str, value: str, said: str
) -> None:
    """Neither computed from nor passed over: file, line, column, and the nearest name that there is."""
    path = edited(tmp_path, line, column, value)
    with pytest.raises(UserError) as caught:
        read(path)
    assert said in str(caught.value) and str(caught.value).startswith(f"{path}:")
    assert "\n" not in str(caught.value)


def test_the_largest_scores_make_no_warning(tmp_path: Path) -> None:
    """What is let through is within reach of every statistic."""
    told = markdown(read(edited(tmp_path, 5, "fid.final.values", "1e100;-1e100;3")))
    assert "nan" not in told and "1e+100" not in told
