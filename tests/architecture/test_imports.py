"""Who imports whom: what the contracts of import-linter do not say."""

from __future__ import annotations

import graphlib
import os
import subprocess
import sys

import grimp
import pytest

import safesend
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
    "opentelemetry",
    "prometheus_client",
    "psycopg",
    "pyarrow",
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
    """What a new interpreter prints, without coverage: that loads modules itself."""
    environment = {k: v for k, v in os.environ.items() if "COVERAGE" not in k}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout


def test_no_import_goes_in_a_circle(imports: dict[str, set[str]]) -> None:
    """No module imports itself by a detour, not even for its annotations."""
    graphlib.TopologicalSorter(imports).prepare()


def test_importing_safesend_loads_nothing_optional() -> None:
    """What stands in front works where no extra is installed, and stays light."""
    loaded = _fresh("import sys; from safesend import *; print(*sys.modules)").split()
    assert "safesend.campaign" in loaded
    assert [name for name in OPTIONAL if name in loaded] == []


def test_importing_safesend_alone_loads_none_of_its_rooms() -> None:
    """`import safesend` costs next to nothing; a name loads what it needs."""
    loaded = _fresh("import sys, safesend; print(*sys.modules)").split()
    rooms = [name for name in loaded if name.startswith("safesend.")]
    assert (rooms, "asyncio" in loaded) == ([], False)


def test_the_front_door_knows_its_names_and_rooms() -> None:
    """Names and public rooms are there without a further import; others are not."""
    rooms = ("errors", "policies", "suppression", "transports")
    _fresh("import safesend; safesend.errors.SafesendError; safesend.policies.Retry")
    listed = _fresh("import safesend; print(*dir(safesend))").split()
    assert {*safesend.__all__, *rooms} <= {*listed}
    with pytest.raises(AttributeError, match="has no attribute 'Campain'"):
        safesend.Campain  # noqa: B018 - asking for it is the test


def test_importing_safesend_tells_its_time() -> None:
    """The time of `import safesend` is shown (-s), and never judged."""
    before = "from time import perf_counter as t; begin = t(); import safesend"
    milliseconds = float(_fresh(f"{before}; print((t() - begin) * 1000)"))
    sys.stdout.write(f"import safesend: {milliseconds:.0f} ms\n")
    assert milliseconds > 0


def test_nobody_asks_whether_this_is_a_test() -> None:
    """The path that is tested is the path that sends."""
    watching = {"mocks.py", "watch.py"}  # the guard sees what a test's mock is given
    suspicious = ("if testing", "PYTEST", "unittest.mock", "import mock")
    found = [
        (path.name, word)
        for path in modules()
        if not (path.parent.name == "guard" and path.name in watching)
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
