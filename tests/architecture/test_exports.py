"""What is public is a list, and the list is right."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from architecture.source import PACKAGE, REPOSITORY, dotted, modules, public_names, tree

# Read by people who write programs against safesend: every name is in the reference.
DOCUMENTED = (
    "safesend",
    "safesend.errors",
    "safesend.policies",
    "safesend.suppression",
    "safesend.testing",
    "safesend.transports",
)


def _rank(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions: the order that ruff keeps."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name


# __main__ is run rather than imported.
IMPORTABLE = [path for path in modules() if path.name != "__main__.py"]


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_every_module_lists_its_public_names(path: Path) -> None:
    """A module says what is public, in order; an empty one needs no list."""
    listed = public_names(path)
    if len(tree(path).body) <= 1:
        return
    assert listed is not None
    assert listed == sorted(listed, key=_rank)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("path", IMPORTABLE, ids=dotted)
def test_every_public_name_exists(path: Path) -> None:
    """Nothing is promised that is not there."""
    module = importlib.import_module(dotted(path))
    missing = [name for name in public_names(path) or () if not hasattr(module, name)]
    assert missing == []


@pytest.mark.parametrize("path", IMPORTABLE, ids=dotted)
def test_every_public_thing_has_a_docstring(path: Path) -> None:
    """A public class or function says what it is for."""
    module = importlib.import_module(dotted(path))
    undocumented = [
        name
        for name in public_names(path) or ()
        if inspect.isclass(found := getattr(module, name)) or inspect.isfunction(found)
        if not inspect.getdoc(found)
    ]
    assert undocumented == []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_reference_names_everything_public(name: str) -> None:
    """Every public name stands in the reference pages."""
    folder = REPOSITORY / "docs" / "reference"
    pages = "".join(page.read_text("utf-8") for page in sorted(folder.glob("*.md")))
    module = importlib.import_module(name)
    missing = [public for public in module.__all__ if f"`{public}" not in pages]
    assert missing == []


def test_the_package_is_marked_as_typed() -> None:
    """Type checkers of its users read its annotations (PEP 561)."""
    assert (PACKAGE / "py.typed").is_file()
