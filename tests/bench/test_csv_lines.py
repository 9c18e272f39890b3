"""A table that is no comparison.csv of this layout says what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from edited_files import Table, rewrite, study_of_four, written

from bench.csv_lines import lines_of
from bench.problems import UserError


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda table: [line[:1] + line[2:] for line in (table[0], *table[2:])],
            "another version of ganbench",
        ),
        (lambda table: [["study", "arm", "arm_name", "seed", "run_id"], ["x"] * 5], "rows alone, written by"),
        (lambda table: [["kind"], ["a"]], "no line is the `study` that ganbench report writes"),
    ],
)
def test_files_without_a_plan_say_what_they_are(
    tmp_path: Path, make: Callable[[Table], Table], said: str
) -> None:
    """And how to make one that can be read."""
    path, table = written(study_of_four(), tmp_path)
    rewrite(path, make(table))
    with pytest.raises(UserError) as caught:
        lines_of(path)
    assert said in str(caught.value) and "`ganbench " in str(caught.value) and "\n" not in str(caught.value)
