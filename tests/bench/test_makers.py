"""Those who make messages do the same work, whatever it costs them."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from benchmarks import letter
from benchmarks.means.letters import FILE, FILTERED, WITH_LOGIC
from benchmarks.means.makers import MAKERS
from benchmarks.questions.composing import LETTERS


def _message(name: str, source: letter.Letter, number: int = 5) -> EmailMessage:
    maker = MAKERS[name](source, None)
    octets = b"".join(maker.make(maker.taken(letter.fields(number))))
    return message_from_bytes(octets, policy=policy.default)


def _texts(message: EmailMessage) -> list[str]:
    parts = [part for part in message.walk() if not part.is_multipart()]
    return [str(part.get_content()).replace("\r\n", "\n").strip() for part in parts]


@pytest.mark.parametrize("source", list(LETTERS))
@pytest.mark.parametrize("name", list(MAKERS))
def test_all_of_them_say_the_same(name: str, source: str) -> None:
    """Subject, text and HTML are those of the first of them, to the letter."""
    mine, theirs = _message(name, LETTERS[source]), _message("email", LETTERS[source])
    assert mine["Subject"] == theirs["Subject"]
    assert mine["To"] == theirs["To"]
    assert mine["Message-ID"]
    assert _texts(mine) == _texts(theirs)


@pytest.mark.parametrize("name", list(MAKERS))
def test_the_file_is_in_it(name: str) -> None:
    """All of its 100 KB, beside both texts."""
    maker = MAKERS[name](letter.LETTERS["2k"], FILE)
    octets = b"".join(maker.make(maker.taken(letter.fields(5))))
    message = message_from_bytes(octets, policy=policy.default)
    *texts, file = [part for part in message.walk() if not part.is_multipart()]
    assert len(texts) == 2
    assert file.get_content() == FILE


def test_logic_is_logic() -> None:
    """What people of one city read others do not, and filters are no constants."""
    bern = next(one for one in range(9) if letter.fields(one)["city"] == "Bern")
    text, _ = _texts(_message("sealed", WITH_LOGIC, bern))
    assert "euros at the desk\n1. " in text
    text, _ = _texts(_message("sealed", WITH_LOGIC, bern + 1))
    assert "at the desk" not in text
    text, _ = _texts(_message("sealed", FILTERED, bern))
    assert "BERN" in text
