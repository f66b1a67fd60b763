"""Every code block of the manual runs, and every link leads somewhere."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.blocks import blocks_of, matches, needs_of, program_of
from servers.fixtures import or_skip
from servers.postgres import run_postgres

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PAGES = sorted(
    [
        *(REPOSITORY / "docs").rglob("*.md"),
        *(REPOSITORY / f"{name}.md" for name in ("README", "CONTRIBUTING")),
    ]
)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
COMMANDS = {"safesend": "-m safesend", "pytest": "-m pytest", "python": ""}
KINDS = {"tutorial", "how-to", "explanation", "reference"}
MEASURED = {"benchmarks"}
"""Written by `make bench` and `make profile`, by nobody's hand."""


def _own(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def _runnable(path: Path) -> bool:
    return any(block.runs for block in blocks_of(path.read_text("utf-8")))


def _anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, made as most Markdown readers make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A reader's environment: the commands on the path, and a home of their own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, options in COMMANDS.items():
        command = programs / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {options} "$@"\n')
        command.chmod(0o755)
    source = os.environ.get("PYTHONPATH", "")
    return {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": f"{HERE}:{REPOSITORY / 'src'}:{source}",
        # The second: as in pyproject.toml, for Python 3.12.0 to 3.12.3.
        "PYTHONWARNINGS": "error,ignore:Binding:DeprecationWarning",
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "80",
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "MAIL_PASSWORD": "secret",
    }


@contextlib.contextmanager
def _servers(text: str, programs: Path) -> Iterator[dict[str, str]]:
    """What a page needs, and the variables by which it is found under any name."""
    if not needs_of(text):
        yield {}
        return
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_postgres())
        # A reader is the database's administrator by sudo.
        sudo = programs / "sudo"
        sudo.write_text('#!/bin/sh\nshift 2\nPGUSER=safesend exec "$@"\n')
        sudo.chmod(0o755)
        port = str(server.port)
        # libpq: an address goes before the host, where a URL names that alone.
        yield {"PGHOSTADDR": "127.0.0.1", "PGHOST": "127.0.0.1", "PGPORT": port}


@pytest.mark.parametrize("path", [p for p in PAGES if _runnable(p)], ids=_own)
def test_the_code_of_every_page_runs(
    path: Path, tmp_path: Path, surroundings: dict[str, str]
) -> None:
    """A reader who types what a page says gets what the page shows."""
    reader = tmp_path / "reader"
    reader.mkdir()
    text = path.read_text("utf-8")
    shutil.copy(path, reader / "page.md")
    (reader / "page.py").write_text(program_of(text), "utf-8")
    with _servers(text, tmp_path / "bin") as found:
        done = subprocess.run(
            [sys.executable, "page.py"],
            cwd=reader,
            env=surroundings | found,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", PAGES, ids=_own)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Links inside the repository lead to a file, and to a heading of it."""
    broken = []
    for target in LINK.findall(path.read_text("utf-8")):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        page = (path.parent / name).resolve() if name else path
        if not page.exists() or (anchor and anchor not in _anchors(page)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=_own)
def test_every_block_that_does_not_run_says_why(path: Path) -> None:
    """Only what needs an outside server is left out, with its reason beside it."""
    blocks = blocks_of(path.read_text("utf-8"))
    silent = [b.start for b in blocks if b.note == "no-run" and not b.argument]
    assert silent == []


def test_the_manual_has_four_kinds_of_page() -> None:
    """Every page is a tutorial, a how-to, an explanation, a reference, or measured."""
    docs = REPOSITORY / "docs"
    assert {path.name for path in docs.iterdir() if path.is_dir()} == KINDS | MEASURED


def test_the_index_leads_to_every_page() -> None:
    """No page of the manual can only be found by searching."""
    docs = REPOSITORY / "docs"
    linked = set(LINK.findall((docs / "index.md").read_text("utf-8")))
    pages = {str(p.relative_to(docs)) for p in docs.rglob("*.md")} - {"index.md"}
    assert pages - linked == set()


def test_a_page_becomes_a_program_with_the_same_line_numbers() -> None:
    """An error in a page names the page's own line."""
    page = (
        "# T\n\n```python\nx = 1\ny = 2\n```\n\n<!-- no-run: why -->\n```bash\nx\n```\n"
    )
    program = program_of(page).splitlines()
    assert program[3:5] == ["x = 1", "y = 2"]
    assert not any("act" in line for line in program)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a ... c\n", "a b c\n", True),
        ("a  b\n", "a b", True),
        ("a\n...\nz\n", "a\nb\nc\nz\n", True),
        ("a\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_three_dots_stand_for_anything(shown: str, printed: str, *, same: bool) -> None:
    """What a page shows is compared exactly but for its dots and its spaces."""
    assert matches(shown, printed) is same
