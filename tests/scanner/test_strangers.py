"""safesend.scanner.strangers: people whose addresses only servers take."""

from __future__ import annotations

import time

from safesend.checks.piece import Piece
from safesend.checks.reading import Reading
from safesend.scanner.strangers import Strangers


def _shown(people: list[str], text: str) -> list[str]:
    reading = Reading.of([Piece(unit="text", text=text)])
    return [str(leak) for leak in Strangers(people).shown_in(reading)]


def test_they_are_found_as_they_are_written() -> None:
    """In any case, with whatever stands round them; never in clear in the answer."""
    [leak] = _shown(["Bo@intranet"], "ask 'bo@INTRANET'.")
    assert (
        leak == "text: holds the address of another recipient (b\u2026@intranet) [I3]"
    )


def test_parts_of_other_words_are_nobody() -> None:
    """A longer address is another one."""
    assert _shown(["bo@intranet"], "jumbo@intranet bo@intranet.example bo@intra") == []


def test_local_names_are_nobody_that_could_be_found() -> None:
    """Every text holds such words."""
    assert not Strangers(["root", "Sally"])
    assert Strangers(["bo@intranet"])


def test_it_takes_linear_time() -> None:
    """Also over texts that are made to take long."""
    begun = time.process_time()
    for text in ("a" * 10**6, "@" * 10**6, '"' * 10**6, "a@" * 10**6, "@[" * 10**6):
        assert _shown(["bo@intranet"], text) == []
    assert time.process_time() - begun < 20
