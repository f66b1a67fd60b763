"""Modules that are told of when they are there."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from safesend.testing.guard.arrivals import Arrivals

NAMES = frozenset({"guest_one", "guest_two", "guest_none", "guest_broken"})


@pytest.fixture
def guests(tmp_path: Path) -> Iterator[list[tuple[str, object]]]:
    """A folder with modules, and who was told of when it was there."""
    (tmp_path / "guest_one.py").write_text("NAME = 'one'\n", "utf-8")
    (tmp_path / "guest_two.py").write_text("import guest_one\nNAME = 'two'\n", "utf-8")
    (tmp_path / "guest_broken.py").write_text("raise LookupError\n", "utf-8")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    told: list[tuple[str, object]] = []

    def tell(name: str, module: ModuleType) -> None:
        told.append((name, getattr(module, "NAME", None)))

    arrivals = Arrivals(NAMES, tell)
    arrivals.start()
    yield told
    arrivals.stop()
    arrivals.stop()
    assert arrivals not in sys.meta_path
    sys.path.remove(str(tmp_path))
    for name in NAMES:
        sys.modules.pop(name, None)


def test_it_is_told_when_it_is_complete(guests: list[tuple[str, object]]) -> None:
    """Each once, after its code has run, and its loader is as ever."""
    assert guests == []
    module = importlib.import_module("guest_two")
    importlib.import_module("guest_two")
    assert guests == [("guest_one", "one"), ("guest_two", "two")]
    assert module.__spec__ is not None
    assert "exec_module" not in vars(module.__spec__.loader)


def test_what_cannot_be_imported_is_not_told_of(
    guests: list[tuple[str, object]],
) -> None:
    """The error is the one that there would have been."""
    with pytest.raises(ModuleNotFoundError, match="guest_none"):
        importlib.import_module("guest_none")
    with pytest.raises(LookupError):
        importlib.import_module("guest_broken")
    assert guests == []


def test_what_is_there_is_told_at_once(guests: list[tuple[str, object]]) -> None:
    """And what comes after the end is not told at all."""
    importlib.import_module("guest_one")
    again: list[str] = []
    late = Arrivals(NAMES, lambda name, _: again.append(name))
    late.start()
    assert again == ["guest_one"]
    spec = late.find_spec("guest_two")
    late.stop()
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert again == ["guest_one"]
    assert late.find_spec("smtplib") is None
