"""The library's own files, as text and as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = [
    "PACKAGE",
    "REPOSITORY",
    "TESTS",
    "Function",
    "dotted",
    "functions",
    "modules",
    "public_names",
    "tree",
]

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "safesend"
TESTS = REPOSITORY / "tests"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    """Every source file of the library."""
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """The name by which a source file is imported."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, methods and inner ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node


def public_names(path: Path) -> list[str] | None:
    """What a module's `__all__` says, or None when it has none."""
    for node in tree(path).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value) | (
                ast.AnnAssign(target=ast.Name(id="__all__"), value=value)
            ) if value is not None:
                listed: list[str] = ast.literal_eval(value)
                return listed
    return None
