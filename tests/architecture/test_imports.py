"""Who imports whom: what the contracts of import-linter do not say."""

from __future__ import annotations

import graphlib
import subprocess
import sys

import grimp
import pytest

from architecture.source import modules, tree

OPTIONAL = (
    "boto3",
    "celery",
    "click",
    "cryptography",
    "django",
    "email_validator",
    "hypothesis",
    "jinja2",
    "psycopg",
    "pytest",
    "rich",
    "sqlite3",
    "trustme",
)


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Every module with those it imports, type annotations' imports included."""
    graph = grimp.build_graph("safesend")
    return {
        name: set(graph.find_modules_directly_imported_by(name))
        for name in graph.modules
    }


def _fresh(code: str) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


def test_no_import_goes_in_a_circle(imports: dict[str, set[str]]) -> None:
    """No module imports itself by a detour, not even for its annotations."""
    graphlib.TopologicalSorter(imports).prepare()


def test_importing_safesend_loads_nothing_optional() -> None:
    """`import safesend` works where no extra is installed, and stays light."""
    loaded = _fresh("import sys, safesend; print(*sys.modules)").split()
    assert "safesend.errors" in loaded
    assert [name for name in OPTIONAL if name in loaded] == []


def test_importing_safesend_tells_its_time() -> None:
    """The time of `import safesend` is shown (-s), and never judged."""
    before = "from time import perf_counter as t; begin = t(); import safesend"
    milliseconds = float(_fresh(f"{before}; print((t() - begin) * 1000)"))
    sys.stdout.write(f"import safesend: {milliseconds:.0f} ms\n")
    assert milliseconds > 0


def test_nobody_asks_whether_this_is_a_test() -> None:
    """The path that is tested is the path that sends."""
    suspicious = ("if testing", "PYTEST", "unittest.mock", "import mock")
    found = [
        (path.name, word)
        for path in modules()
        for word in suspicious
        if word in path.read_text("utf-8")
    ]
    assert found == []


def test_every_source_file_postpones_its_annotations() -> None:
    """Annotations cost nothing at import, and may name what comes later."""
    without = [
        path
        for path in modules()
        if path.name != "__init__.py"
        and len(tree(path).body) > 1
        and "from __future__ import annotations" not in path.read_text("utf-8")
    ]
    assert without == []
