"""feedback/news.py: what can be the id of a message of ours."""

from __future__ import annotations

import pytest

from safesend.feedback.news import Key, Mark, News, bounce_tokens, opaque_id
from safesend.ledger.heard import Heard

_ID = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "text", [_ID, f"<{_ID}@example.org>", f" {_ID}@example.org ", _ID.upper()]
)
def test_an_id_or_a_message_id_is_one(text):
    """
    With or without brackets and domain; the first one counts.
    """
    assert opaque_id([None, 7, "x", text, "f" * 32]) == bytes.fromhex(_ID)


@pytest.mark.parametrize(
    "text", ["", _ID[:-1], f"{_ID}0", f"x{_ID}", f"<{_ID}@a@b>", ["a"], None]
)
def test_what_another_program_made_is_none(text):
    """
    Of another length, with other letters, or no text at all.
    """
    assert opaque_id([text]) is None


def test_a_text_is_not_shown():
    """
    It may name somebody until it is masked.
    """
    news = News(key=b"x", heard=Heard.BOUNCED, text="ada@example.org is unknown")
    assert "ada" not in repr(news)


def test_a_token_may_have_digits_beside_it():
    """
    Then either end may be it; a longer number is another thing.
    """
    token = bytes.fromhex(_ID)
    assert bounce_tokens(f"x{_ID}x@example.org") == [token]
    assert token in bounce_tokens(f"b{_ID}@example.org")
    assert token in bounce_tokens(f"{_ID.upper()}b+c@example.org")
    assert bounce_tokens(f"{_ID * 2}@example.org") == []
    assert bounce_tokens(f"{_ID} at example.org") == []


def test_news_may_bear_several_keys():
    """
    The first is what it is found by, if that is known.
    """
    other = Key(Mark.MESSAGE_ID, b"y")
    news = News(key=b"x", mark=Mark.BOUNCE, others=(other,), heard=Heard.BOUNCED)
    assert news.keys == (Key(Mark.BOUNCE, b"x"), other)
    assert News(key=b"x", heard=Heard.TAKEN).keys == (Key(Mark.MESSAGE_ID, b"x"),)
