"""What a file says of its study: of the wrong type, or names that there are not, it is refused in a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from edited_files import rewrite, study_of_four, written

from bench.problems import UserError
from bench.rows_csv import read


def _plan(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda told: told["plan"].update({key: value})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_plan("compare", "x"), "plan.compare must be a mapping, not 'x'"),
        (_plan("compare", {"alpha": 5}), "plan.compare.alpha must lie between 0 and 1, not 5"),
        (_plan("compare", {"family": "all_pair"}), "plan.compare.family: unknown family 'all_pair'; did you"),
        (_plan("compare", {"family": ["arm9"]}), "plan.compare.family.0: unknown arm 'arm9'; did you mean"),
        (
            _plan("compare", {"metric": "fdi"}),
            "plan.compare.metric: unknown output 'fdi'; did you mean",
        ),
        (_plan("declared", [1]), "plan.declared must be a mapping, not a list"),
        (_plan("seeds", 5), "plan.seeds must be a list, not 5"),
        (_plan("seeds", [0, 0]), "plan.seeds holds 0 twice"),
        (_plan("common", "x"), "plan.common must be a mapping, not 'x'"),
        (_plan("name", ["x"]), "plan.name must be text, not a list"),
        (_plan("cautions", "x"), "plan.cautions must be a list, not 'x'"),
        (_plan("cautions", [1]), "plan.cautions.0 must be text, not 1"),
        (_plan("baseline", "arm9"), "plan.baseline: unknown arm 'arm9'; did you mean"),
        (_plan("primary", "fdi"), "plan.primary: unknown output 'fdi'; did you mean"),
        (_plan("design", "factorail"), "plan.design: unknown design 'factorail'; did you mean 'factorial'?"),
        (_plan("outputs", {"fid": {"label": "FID"}}), "plan.outputs.fid.direction is missing"),
        (_plan("plugins", {"a": {}}), "plan.plugins.a.file is missing"),
        (_plan("published", [{"arm": "arm0"}]), "plan.published.0.output is missing"),
        (lambda told: told.update(outside="x"), "outside must be a whole number, not 'x'"),
    ],
)
def test_a_plan_of_other_types_is_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    """The key is named as a path into the JSON."""
    path, table = written(study_of_four(), tmp_path)
    at = table[0].index("study")
    told = json.loads(table[1][at])
    change(told)
    table[1][at] = json.dumps(told)
    rewrite(path, table)
    with pytest.raises(UserError) as caught:
        read(path)
    assert said in str(caught.value) and str(caught.value).startswith(f"{path}:2: column `study`: ")
    assert "\n" not in str(caught.value)
