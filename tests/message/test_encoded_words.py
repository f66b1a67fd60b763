"""Tests of encoded words."""

from __future__ import annotations

from email.header import decode_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.message.encoded_words import decoded_words, encode_words, looks_encoded

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120)


@settings(max_examples=200)
@given(TEXT, st.integers(1, 76))
def test_encoded_words_read_back(text, room):
    """
    The standard decoder and ours read back the text, whatever is in it.
    """
    words = encode_words(text, room)
    seen = decode_header(b" ".join(words).decode())

    assert text.encode() == b"".join(octets for octets, _ in seen)
    assert [text] == ["".join(decoded_words(b" ".join(words).decode()))] or "?" in text


@settings(max_examples=200)
@given(TEXT, st.integers(1, 76))
def test_encoded_words_are_short_and_hold_whole_characters(text, room):
    """
    No word is longer than 75 octets, the first fits its room, each decodes alone.
    """
    words = encode_words(text, room)

    assert all(len(word) <= 75 for word in words)
    assert len(words[0]) <= max(room, 24)
    for word in words:
        [(octets, charset)] = decode_header(word.decode())
        assert octets.decode(charset)


def test_the_shorter_encoding_is_taken():
    """
    Q for a text that is mostly ASCII, B for one that is not.
    """
    assert encode_words("Zoë comes today", 76) == [b"=?utf-8?q?Zo=C3=AB_comes_today?="]
    assert encode_words("привет", 76) == [b"=?utf-8?b?0L/RgNC40LLQtdGC?="]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("=?utf-8?Q?=0A?=Bcc: x", "\n"),
        ("=?utf-8?B?DQo=?=", "\r\n"),
        ("=?UTF-8?b?DQo?=", "\r\n"),
        ("=?utf-7?Q?+AAo-?=", "\n"),
        ("=?utf-8*en?Q?=0A?=", "\n"),
        ("=?unicode_escape?q?=0A?=", "\n"),
        ("=?cp999?q?=0A?=", "\n"),
        ("=?utf-8?q?=FF?=", "\ufffd"),
        ("=?utf-8?b?A?=", ""),
        ("=?ascii?q?é?=", "\ufffd\ufffd"),
    ],
)
def test_words_are_read_as_lenient_readers_read_them(text, said):
    """
    Odd charsets, languages and missing padding hide nothing.
    """
    assert [said] == decoded_words(text)


def test_no_word_is_found_where_there_is_none():
    """
    Ordinary text holds none.
    """
    assert decoded_words("a =? b ?= c") == []
    assert looks_encoded("a =? b")
    assert not looks_encoded("a = ? b")
