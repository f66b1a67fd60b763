"""CPython's own tests of smtplib, run against the drop-in in its place.

They are those of the running interpreter; where it ships none, those of Debian's
package libpython3.11-testsuite. What differs is a list, the one that the manual has.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

DEBIAN = Path("/usr/lib/python3.11/test")
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "smtplib.md"

DIFFERENT = {
    "DebuggingServerTests.testSendMessageWithAddresses",
    "DebuggingServerTests.testSendMessageWithSomeAddresses",
    "DebuggingServerTests.testSendMessageWithSpecifiedAddresses",
    "DebuggingServerTests.testSendMessageWithMultipleFrom",
    "DebuggingServerTests.testSendMessageResent",
    "SMTPSimTests.test_421_from_rcpt_cmd",
}
"""Every one of them wants one message to show several people, or to go to several."""


def _suite(folder: Path) -> str:
    """A folder in which `test` is found; "" when it is on the path already."""
    if importlib.util.find_spec("test.test_smtplib") is not None:
        return ""
    if sys.version_info[:2] == (3, 11) and (DEBIAN / "test_smtplib.py").exists():
        # Only the tests: beside them lies the rest of another interpreter's library.
        if not (folder / "test").exists():
            (folder / "test").symlink_to(DEBIAN)
        return str(folder)
    reason = "CPython's tests are missing: apt-get install libpython3.11-testsuite"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _run(
    folder: Path, *before: str, only: Iterable[str] = ("",)
) -> tuple[int, set[str]]:
    """How many tests ran, and the names of those that failed."""
    suite = "test.test_smtplib"
    words = ["-m", "unittest", *(f"{suite}.{name}".rstrip(".") for name in only)]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    paths = [_suite(folder), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    done = subprocess.run(
        [sys.executable, *before, *words],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env=environment,
    )
    ran = re.search(r"^Ran (\d+) tests", done.stderr, re.MULTILINE)
    assert ran is not None, done.stderr
    failed = re.findall(
        r"^(?:FAIL|ERROR): .*\(test\.test_smtplib\.([\w.]+)\)",
        done.stderr,
        re.MULTILINE,
    )
    return int(ran[1]), set(failed)


def test_cpythons_own_tests_pass_but_for_a_short_list(tmp_path: Path) -> None:
    """The drop-in passes all of them but those that want people shown to each other.

    The standard module itself is run as well: what fails there is the machine's doing,
    and so is what fails among others and not by itself.
    """
    number, failed = _run(tmp_path, "-m", "safesend.smtplib")
    standard, machine = _run(tmp_path)
    if strange := failed - machine - DIFFERENT:
        _, again = _run(tmp_path, "-m", "safesend.smtplib", only=sorted(strange))
        machine |= strange - again
    assert (number, failed - machine) == (standard, DIFFERENT)
    assert number > 70


def test_the_manual_has_the_same_list() -> None:
    """Each difference stands in the reference with its reason, and no other."""
    rows = re.findall(
        r"^\| `(\w+\.test\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE
    )
    assert {name for name, _ in rows} == DIFFERENT
    assert all(len(reason) > 20 for _, reason in rows)
