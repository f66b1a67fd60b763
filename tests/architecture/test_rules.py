"""Rules of the house that can be read off the text."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from architecture.source import PACKAGE, REPOSITORY, TESTS, dotted, modules, tree

RCPT = re.compile(r"\bRCPT\b")
MAY_SAY_RCPT = {
    "smtp/command.py",  # the one maker of the line
    "testing",  # the server of the other side reads it
}
MACHINE_PATH = re.compile(
    r"(?<![\w.~{}<>\"'$-])/(?:root|home|work|Users|mnt|opt)/[\w.]+|\b[A-Z]:\\\\\w"
)
# The tests of the check that finds such paths (L13) show some, of nobody's machine.
ABOUT_PATHS = {
    "test_compound.py",
    "test_ooxml.py",
    "test_trace_data.py",
    "test_traces.py",
}
REGISTRY = re.compile(r"(?:pypi|registry|artifactory|nexus)\.[a-z.]+/", re.IGNORECASE)
TEXT = {".py", ".md", ".toml", ".sql", ".cfg", ".cf", ".sh", ".txt", ".html", ""}
SECRET_WORDS = ("BEGIN RSA PRIVATE", "BEGIN PRIVATE KEY", "AKIA")


def _tracked() -> list[Path]:
    """The text files of the repository, tests of these rules left out."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [REPOSITORY / name for name in listed.stdout.splitlines()]
    return [
        path
        for path in paths
        if path.is_file() and path.suffix in TEXT and path != Path(__file__)
    ]


def _code_strings(path: Path) -> list[str]:
    """The string and bytes constants of a file that are not docstrings."""
    module = tree(path)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        )
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            if isinstance(node.value, bytes):
                found.append(node.value.decode("latin-1"))
            elif isinstance(node.value, str):
                found.append(node.value)
    return found


def test_only_one_file_can_write_a_recipient_command() -> None:
    """The word RCPT followed by TO stands in the one maker of commands only."""
    writers = [
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(re.search(r"\bRCPT TO", text) for text in _code_strings(path))
    ]
    outside = [
        name for name in writers if not any(name.startswith(ok) for ok in MAY_SAY_RCPT)
    ]
    assert outside == []


def test_no_path_of_a_machine_is_in_the_repository() -> None:
    """The repository reads the same wherever it was written."""
    found = [
        (str(path.relative_to(REPOSITORY)), hit[0])
        for path in _tracked()
        if path.name not in ABOUT_PATHS
        for pattern in (MACHINE_PATH, REGISTRY)
        for hit in pattern.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


def test_no_secret_is_in_the_repository() -> None:
    """Keys for tests are made when the tests run."""
    found = [
        (str(path.relative_to(REPOSITORY)), word)
        for path in _tracked()
        for word in SECRET_WORDS
        if word in path.read_text("utf-8", errors="replace")
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    """No marker of unfinished work stands in the source."""
    unmade = "raise NotImplemented" + "Error"  # to catch one is fine
    markers = ("TO" + "DO", "FIX" + "ME", "XX" + "X", unmade)
    found = [
        (dotted(path), marker)
        for path in modules()
        for marker in markers
        if re.search(rf"\b{marker}\b", path.read_text("utf-8"))
    ]
    assert found == []


def test_only_clock_reads_the_time() -> None:
    """A date is an argument everywhere but in clock (and in the test server)."""
    readers = re.compile(
        r"\btime\.(?:time|monotonic|sleep)\(|datetime\.now\(|utcnow\(|\.today\("
    )
    found = [
        dotted(path)
        for path in modules()
        if path != PACKAGE / "clock.py"
        and "testing" not in path.parts
        and readers.search(path.read_text("utf-8"))
    ]
    assert found == []


def test_every_room_has_its_tests() -> None:
    """Each folder of the library has a folder of tests opposite it."""
    rooms = {path.parent for path in modules() if path.parent != PACKAGE}
    missing = [
        str(room.relative_to(PACKAGE))
        for room in sorted(rooms)
        if not list((TESTS / room.relative_to(PACKAGE)).glob("test_*.py"))
    ]
    assert missing == []
