"""The kinds of component are known without importing what they are made of."""

from __future__ import annotations

import subprocess
import sys


def test_listing_metrics_and_reports_imports_no_torch() -> None:
    """`ganbench list` answers at once."""
    code = (
        "import sys; from bench.registries import METRICS, REPORTS\n"
        "print([spec.name for spec in METRICS.specs()]); REPORTS.names()\n"
        "print(sorted({'torch', 'pandas', 'mlflow'} & set(sys.modules)))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, imported = result.stdout.splitlines()
    assert "'fid'" in names and "'modes'" in names and "scorer" not in names
    assert imported == "[]"
