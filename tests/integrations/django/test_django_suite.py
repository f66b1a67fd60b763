"""Django's own tests of its SMTP backend, with this library's class in its place."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import django
import pytest
from _pytest.outcomes import Failed, Skipped

from integrations.django.releases import (
    RELEASES,
    REPOSITORY,
    Release,
    environment,
    or_skip,
    release,
)

PAGE = REPOSITORY / "docs" / "reference" / "django.md"
ROW = re.compile(r"^\| `(test_\w+)` \| ([\d., ]+) \| .+ \|$", re.MULTILINE)
MOST = 50


@pytest.fixture(params=RELEASES)
def series(request) -> str:
    """Each series of Django that is supported upstream."""
    return request.param


@pytest.fixture
def there(series) -> Release:
    """Its latest release, or the one that is installed."""
    return release(series)


def _documented(series: str) -> set[str]:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    return {name for name, where in rows if series in where.split(", ")}


@pytest.mark.parametrize(("ci", "kind"), [("", Skipped), ("true", Failed)])
def test_an_index_out_of_reach_is_a_failure_in_ci(ci, kind, monkeypatch):
    """Elsewhere it is a reason to skip; both say what could not be had."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(kind, match="Django 9 cannot be had"), or_skip("Django 9"):
        raise OSError("no route to it")


@pytest.mark.slow
def test_djangos_tests_pass_but_for_the_documented_ones(series, there):
    """Each difference stands in the reference, with its reason, and is one."""
    anyway, number = there.failing("djangos")
    ours, swapped = there.failing("ours")
    assert (swapped, number > MOST) == (number, True)
    assert ours - anyway == _documented(series)


@pytest.mark.slow
def test_our_own_tests_pass_with_each_series(series, there, tmp_path):
    """The tests of this folder, those of MAILERS among them from 6.1 on."""
    if django.__version__.startswith(f"{series}."):
        pytest.skip("they run here and now")
    here = Path(__file__).parent
    words = [
        "-q",
        "-p",
        "no:cacheprovider",
        f"--confcutdir={here}",
        f"--ignore={__file__}",
        f"--ignore={here / 'test_by_postgres.py'}",  # there is no psycopg
        f"--basetemp={tmp_path / 'base'}",
    ]
    done = subprocess.run(
        [there.python, "-m", "pytest", *words, str(here)],
        env={**environment(), "XDG_DATA_HOME": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=850,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
