"""Small files, short functions, names with a home."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

from architecture.source import TESTS, Function, dotted, functions, modules

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 8
HOMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}


def _length(function: Function) -> int:
    """Lines of code: without decorators, signature and docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    if not body:
        return 0
    last = body[-1].end_lineno or body[-1].lineno
    return last - body[0].lineno + 1


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_modules_are_small(path: Path) -> None:
    """A module fits into a head: 400 lines at most."""
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_functions_are_short(path: Path) -> None:
    """No function is longer than 50 lines."""
    long = {f.name: n for f in functions(path) if (n := _length(f)) > LONGEST_FUNCTION}
    assert long == {}


def test_most_functions_are_very_short() -> None:
    """Half of all functions have at most 8 lines."""
    lengths = [_length(function) for path in modules() for function in functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


def test_nothing_is_without_a_home() -> None:
    """A helper lives with its noun: no utils, helpers or common."""
    everything = [*modules(), *TESTS.rglob("*.py")]
    assert [path for path in everything if path.stem in HOMELESS] == []


def test_no_file_name_begins_with_an_underscore() -> None:
    """What is private is what no `__all__` lists, not what a file name says."""
    private = [p for p in modules() if p.stem.startswith("_") and p.stem[1] != "_"]
    assert private == []
