"""Which line of the user's own code is at work."""

from __future__ import annotations

import asyncio
import email
import functools
import sys
import threading
from pathlib import Path

import attrs
import pytest

import safesend
from safesend.testing.guard.place import Place, here, is_own

HERE = Path(__file__)


def test_the_line_is_the_innermost_of_the_users_own() -> None:
    """Functions of packages that stand in between are left out."""
    made = attrs.make_class("Made", {"place": attrs.field(factory=here)})
    place = made().place
    assert (place.file, place.source) == (__file__, "place = made().place")
    assert place.function == "test_the_line_is_the_innermost_of_the_users_own"
    assert place.shown(HERE.parent) == f"test_place.py:{place.line}"


@pytest.mark.parametrize(
    "file",
    [
        "<string>",
        email.__file__,
        attrs.__file__,
        safesend.__file__,
        str(Path(sys.executable).parent / "pytest"),
        "/project/.venv/lib/python3.12/site-packages/app.py",
        "/usr/lib/python3/dist-packages/app.py",
    ],
)
def test_what_is_installed_is_not_the_users_own(file: str) -> None:
    """Python, packages, programs of the environment and safesend are none of it."""
    assert not is_own(file)


def test_a_file_elsewhere_is_shown_in_full() -> None:
    """What is outside of the folder keeps its path; an address in one is masked."""
    assert Place("/elsewhere/x.py", 3).shown(Path("/here")) == "/elsewhere/x.py:3"
    assert Place("/ada@example.org/x.py", 3).shown(Path("/ada@example.org")) == "x.py:3"
    assert "ada@" not in Place("/ada@example.org/x.py", 3).shown(Path("/here"))
    assert Place("/elsewhere/x.py", 3).source == ""


def test_a_source_line_shows_no_address() -> None:
    """The line is printed with what looks like an address masked."""
    place = here()  # for ada@example.org
    assert place is not None
    assert place.source == "place = here()  # for a…@example.org"


def test_a_thread_of_the_library_alone_has_no_place() -> None:
    """Where none of the user's code is on the way, nothing is guessed."""
    scope: dict[str, object] = {"found": [], "here": here}
    code = compile("found.append(here())", "<none>", "exec")
    thread = threading.Thread(target=exec, args=(code, scope))
    thread.start()
    thread.join()
    assert scope["found"] == [None]


def test_a_task_is_placed_by_who_made_it() -> None:
    """What asyncio calls by itself is told by the line that made the coroutine."""
    found: list[Place | None] = []
    scope: dict[str, object] = {"found": found, "here": here}
    code = "async def note():\n    found.append(here())\n"
    exec(compile(code, "<none>", "exec"), scope)

    async def main() -> None:
        note = scope["note"]
        await asyncio.gather(note())  # type: ignore[operator]

    before = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(2)
    try:
        asyncio.run(main())
    finally:
        sys.set_coroutine_origin_tracking_depth(before)
    assert found[0] is not None
    assert found[0].source == "await asyncio.gather(note())  # type: ignore[operator]"
    asyncio.run(main())
    assert found[1] is not None
    assert found[1].source == "asyncio.run(main())"


def test_asyncio_without_a_loop_has_no_task() -> None:
    """While a loop is only being made, the caller is who has it made."""
    scope: dict[str, object] = {"found": [], "here": here}
    code = compile("found.append(here())", "<none>", "exec")
    runner = asyncio.Runner(loop_factory=functools.partial(exec, code, scope))
    runner.get_loop()
    [place] = scope["found"]  # type: ignore[misc]
    assert place.source == "runner.get_loop()"
