import os

import pytest

from classifier_site.cores import available_cores

ALL = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", ALL),
        ("100000 100000", 1),
        ("50000 100000", 1),
        (f"{(ALL + 1) * 100000} 100000", ALL),
        ("150000 100000", min(ALL, 1)),
        ("", ALL),
    ],
)
def test_a_container_has_the_cores_of_its_quota(tmp_path, quota, cores):
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert available_cores(tmp_path) == cores


def test_without_a_quota_all_cores_are_available(tmp_path):
    assert available_cores(tmp_path) == ALL
