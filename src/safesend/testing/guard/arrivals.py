"""Says when a module is there: at once, or as soon as somebody imports it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import attrs

__all__ = ["Arrivals"]


@attrs.define(eq=False)
class Arrivals:
    """A finder of modules that finds nothing itself, and calls `tell(name, module)`.

    Nothing is imported that nobody asks for.
    """

    names: frozenset[str]
    tell: Callable[[str, ModuleType], None]
    _looked_for: set[str] = attrs.field(factory=set)

    def start(self) -> None:
        """Tell what is there, and wait for the rest."""
        sys.meta_path.insert(0, self)
        for name in sorted(self.names):
            if (module := sys.modules.get(name)) is not None:
                self.tell(name, module)

    def stop(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - of the protocol
        target: ModuleType | None = None,  # noqa: ARG002 - of the protocol
    ) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`; others are asked for what is awaited."""
        if fullname not in self.names or fullname in self._looked_for:
            return None
        self._looked_for.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._looked_for.discard(fullname)
        if spec is not None and spec.loader is not None:
            self._listen(fullname, spec.loader)
        return spec

    def _listen(self, name: str, loader: Any) -> None:
        """Once the loader has run the module's code, and only then, tell of it."""
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)  # two may have listened
            execute(module)
            if self in sys.meta_path:
                self.tell(name, module)

        loader.exec_module = exec_module
