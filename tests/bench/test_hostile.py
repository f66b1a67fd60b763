"""What must be refused before anything is measured is refused, and by its own check."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.contenders import hostile
from benchmarks.contenders.hostile import LETTERS, refused

from safesend.errors import Leak, UnsafeMessage


def test_every_hostile_letter_is_refused(tmp_path: Path) -> None:
    """
    A planted leak, an injected header, a lone line feed; nothing is enrolled or sent.
    """
    assert refused(tmp_path) == [*LETTERS]
    ledgers = sorted(path.parent.name for path in tmp_path.glob("*/benchmark.db"))
    assert ledgers == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("leaks", "words"),
    [
        ((), "not safe"),
        ((Leak("L11", "header", "x"),), "by {'L11'} and not by I3"),
    ],
)
def test_what_is_not_refused_as_it_should_be_ends_the_run(
    leaks: tuple[Leak, ...], words: str
) -> None:
    """
    Neither what is sent nor what another check happens to refuse will do.
    """

    def attempt() -> None:
        if leaks:
            raise UnsafeMessage(leaks)

    with pytest.raises(SystemExit, match=words):
        hostile._must_be_refused("a leak", "I3", attempt)
