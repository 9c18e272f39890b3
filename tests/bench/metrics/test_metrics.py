"""What holds for the metrics together; `tests/test_contracts.py` asks each by itself."""

from __future__ import annotations

import pytest

from bench.contracts.metrics import worlds
from bench.registries import METRICS


def test_the_metrics_are_the_files_of_the_folder() -> None:
    """Helpers, the base class, the scorer and what loads metrics are not metrics."""
    assert {"fid", "kid", "modes", "precision_recall", "support", "memorisation"} <= set(METRICS.names())
    assert not {"base", "named", "scorer"} & set(METRICS.names())


@pytest.mark.parametrize("name", worlds())
def test_some_metric_judges_every_data_set(name: str) -> None:
    """With a headline, or a study of it could rank nothing."""
    data = worlds()[name]
    fitting = [metric for name in METRICS.names() if (metric := METRICS.load(name)()).fits(data) is None]
    assert any(output.headline for metric in fitting for output in metric.outputs(data))
