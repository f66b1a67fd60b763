"""Which line of the user's own code is at work just now."""

from __future__ import annotations

import asyncio
import functools
import linecache
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from safesend.redaction import mask_text

__all__ = ["Place", "here", "is_own"]

_INSTALLED = {"site-packages", "dist-packages"}
_LIBRARY = tuple(
    Path(found).resolve()
    for found in (
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
        sysconfig.get_path("scripts"),  # the program called pytest
        str(Path(__file__).parents[2]),  # safesend
    )
)

_LOOP = {
    module.__file__ for module in (asyncio.base_events, asyncio.events, asyncio.runners)
}

_Line = tuple[str, int, str]


@attrs.frozen
class Place:
    """A line of a file, and the function that it stands in."""

    file: str
    line: int
    function: str = ""

    @property
    def source(self) -> str:
        """The line itself, with what looks like an address masked."""
        return mask_text(linecache.getline(self.file, self.line).strip())

    def shown(self, root: Path) -> str:
        """As seen from a folder: app/letters.py:17."""
        path = Path(self.file)
        inside = path.relative_to(root) if path.is_relative_to(root) else path
        return mask_text(f"{inside}:{self.line}")


@functools.lru_cache(maxsize=1024)
def is_own(file: str) -> bool:
    """Whether a file is none of Python, of an installed package or of safesend."""
    if file.startswith("<"):
        return False
    path = Path(file).resolve()
    if not _INSTALLED.isdisjoint(path.parts):
        return False
    return not any(path.is_relative_to(library) for library in _LIBRARY)


def here() -> Place | None:
    """The innermost line of the user's code; None when there is none on the way.

    A task of asyncio has no caller but the loop: then it is the line that made its
    coroutine, where Python keeps that (`sys.set_coroutine_origin_tracking_depth`).
    """
    return next((Place(*line) for line in _lines() if is_own(line[0])), None)


def _lines() -> Iterator[_Line]:
    frame = sys._getframe(1)  # noqa: SLF001 - documented, and traceback is slower
    in_task = True
    while frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
        if in_task and code.co_filename in _LOOP:
            in_task = False
            yield from _origin()
        yield code.co_filename, frame.f_lineno, code.co_name


def _origin() -> Iterable[_Line]:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return ()
    made = None if task is None else getattr(task.get_coro(), "cr_origin", None)
    return made or ()
