"""The scale of times."""

import pytest

from classifier_site.operations.overview.charts import edges


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (41.0, 92.0, (10, 100)),
        (41.0, 1_200.0, (10, 10_000)),
        (100.0, 100.0, (10, 1_000)),
        (0.01, 0.02, (1, 10)),  # lies below
        (5.0, 1e12, (1, 360_000_000)),  # lies above
        (1e12, 1e13, (36_000_000, 360_000_000)),
    ],
)
def test_times_lie_between_two_steps(least, most, expected):
    assert edges(least, most) == expected
