"""Releases of Django with their own tests: a Python, the packages and the sources.

What the index of packages gives is kept below `.tools/`, outside of the repository.
A release that cannot be had fails in CI (the variable CI is set) and skips elsewhere.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import django
import pytest

__all__ = ["RELEASES", "Release", "or_skip", "release"]

REPOSITORY = Path(__file__).parents[3]
CACHE = REPOSITORY / ".tools" / "django"

RELEASES = {"5.2": (3, 10), "6.0": (3, 12), "6.1": (3, 12)}
"""The series that are supported upstream, and the Python that they need."""

_OTHERS = [
    "aiosmtpd",
    "click",
    "cryptography",
    "pytest>=9",
    "rich",
    "trustme",
    "hypothesis",
]
# The tests of Django 6.1 want an exception that came with 3.12.5 and 3.13.
_ABLE = (
    "import sys, email.errors, venv;"
    "sys.exit(sys.version_info < {least} or not hasattr(email.errors,"
    " 'HeaderWriteError'))"
)
# Python has it from 3.11.4 on, and wants it from 3.12 on.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
_FAILED = re.compile(r"^(?:FAIL|ERROR): (\w+) \((?:mail\.)?[\w.]+\)", re.MULTILINE)
_RAN = re.compile(r"^Ran (\d+) tests", re.MULTILINE)


@attrs.frozen
class Release:
    """A release that can be run: its interpreter and its tests."""

    python: str
    version: str
    tests: Path

    @property
    def labels(self) -> list[str]:
        """The tests of the SMTP backend, those of every backend among them."""
        there = (self.tests / "mail" / "test_backends.py").exists()
        module = "mail.test_backends" if there else "mail.tests"
        names = ("SMTPBackendTests", "SMTPBackendStoppedServerTests")
        return [f"{module}.{name}" for name in names]

    def failing(self, whose: str) -> tuple[set[str], int]:
        """Which of the tests fail, and how many ran."""
        script = Path(__file__).with_name("swapped.py")
        done = subprocess.run(
            [self.python, str(script), whose, str(self.tests), *self.labels],
            env=environment(),
            capture_output=True,
            timeout=850,
            check=False,
        )
        shown = (done.stdout + done.stderr).decode(errors="replace")
        ran = _RAN.search(shown)
        assert ran is not None, shown
        return set(_FAILED.findall(shown)), int(ran[1])


def environment() -> dict[str, str]:
    """Another interpreter finds the library under test, and nothing of this one."""
    return {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY / 'tests'}"}


def release(series: str) -> Release:
    """The release of a series; skips, or fails in CI, where it cannot be had."""
    python = _python(series)
    version = _printed(python, "import django; print(django.__version__)")
    with or_skip(f"Django {version}'s sources"):
        return Release(python, version, _sources(python, version))


def _python(series: str) -> str:
    if django.__version__.startswith(f"{series}."):
        return sys.executable
    base = _interpreter(series)
    if base is None:
        pytest.skip(f"Django {series} and its tests need a newer Python: none found")
    with or_skip(f"Django {series}"):
        return _environment(base, series)


def _interpreter(series: str) -> str | None:
    names = [sys.executable, *(f"python3.{minor}" for minor in (14, 13, 12, 11))]
    pyenv = sorted(Path("~/.pyenv/versions").expanduser().glob("*/bin/python"))
    for name in (*names, *map(str, reversed(pyenv))):
        able = _ABLE.format(least=RELEASES[series])
        with contextlib.suppress(OSError):
            if (
                subprocess.run(
                    [name, "-c", able], capture_output=True, check=False
                ).returncode
                == 0
            ):
                return name
    return None


def _environment(base: str, series: str) -> str:
    """A virtual environment with the series and what this library needs."""
    tag = _printed(base, "import sys; print('%d.%d' % sys.version_info[:2])")
    folder = CACHE / f"{series}-python{tag}"
    python = folder / "bin" / "python"
    with _one_at_a_time():
        if (folder / "ready").exists():
            return str(python)
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
        needed = [*project["project"]["dependencies"], *_OTHERS, f"django~={series}.0"]
        # In its place from the start: an environment cannot be moved.
        shutil.rmtree(folder, ignore_errors=True)
        _run(base, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "-q", *needed)
        (folder / "ready").touch()
    return str(python)


def _sources(python: str, version: str) -> Path:
    folder = CACHE / f"django-{version}"
    with _one_at_a_time():
        if folder.exists():
            return folder / "tests"
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            words = ["--no-deps", "--no-binary", ":all:", "-d", name]
            _run(python, "-m", "pip", "download", "-q", *words, f"django=={version}")
            [archive] = Path(name).glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                packed.extractall(name, **_FILTER)
            (Path(name) / folder.name).rename(folder)
    return folder / "tests"


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Workers of one test run want the same things at the same time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _printed(python: str, code: str) -> str:
    return _run(python, "-c", code).strip()


def _run(*words: str) -> str:
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=850, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(str(error)) from error
    if done.returncode:
        raise OSError(f"{' '.join(words[:4])} ...: {done.stderr[-2000:]}")
    return done.stdout


@contextlib.contextmanager
def or_skip(what: str) -> Iterator[None]:
    """What a test does that cannot have what it needs."""
    try:
        yield
    except OSError as error:
        message = f"{what} cannot be had from the index of packages: {error}"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
