"""feedback/marks.py: by what a message may be known again."""

from __future__ import annotations

import pytest

from feedback.mails import ID, LETTER, TOKEN, TOKEN_ADDRESS
from safesend.checks.mail_headers import read_headers
from safesend.feedback import Key, Mark
from safesend.feedback.marks import (
    address_keys,
    answered_keys,
    envelope_keys,
    id_keys,
    keys_in_text,
    keys_of,
    returned_keys,
)

_TOKEN = Key(Mark.BOUNCE, bytes.fromhex(TOKEN))
_ID = Key(Mark.MESSAGE_ID, bytes.fromhex(ID))


@pytest.mark.parametrize(
    "field",
    [
        f"To: {TOKEN_ADDRESS}",
        f"To: Bounces <{TOKEN_ADDRESS.upper()}>",
        f"Delivered-To: {TOKEN_ADDRESS}",
        f"X-Original-To: {TOKEN}@example.com",
        f"Envelope-To: b-{TOKEN}-x@example.com",
        f"To: SRS0=ab1c=xy=example.com=bounces+{TOKEN}@example.net",
        f"To: b{TOKEN}@example.com",
        f"To: x{TOKEN}y@example.com",
        f"To: prvs=123456789a=bounces+{TOKEN}@example.com",
        f"Received: from mx by example.com\n for <{TOKEN_ADDRESS}>; 15 Jan 2027",
    ],
)
def test_the_token_stands_in_the_address_that_a_mail_was_sent_to(field):
    """
    Whoever delivers it writes that down in a way of its own.
    """
    assert _TOKEN in envelope_keys(read_headers(field.encode()))


@pytest.mark.parametrize(
    "field",
    [
        f"To: {TOKEN * 2}@example.com",
        f"To: {TOKEN[:-1]}@example.com",
        f"To: {TOKEN}, somebody@example.com",
        f"From: {TOKEN_ADDRESS}",
        f"Received: for {TOKEN}",
        "To: bounces@example.com",
    ],
)
def test_what_is_no_token_is_none(field):
    """
    Another length, no address, or of somebody else.
    """
    assert envelope_keys(read_headers(field.encode())) == []


def test_a_message_that_came_back_has_marks_of_its_own():
    """
    In headers, or in a text as old systems return it.
    """
    head = f"Return-Path: <{TOKEN_ADDRESS}>\nMessage-ID: <{ID}@example.com>"
    assert returned_keys(read_headers(head.encode())) == [_TOKEN, _ID]
    assert returned_keys(None) == []
    assert keys_in_text(f"it failed\n\n{head}\n") == [_TOKEN, _ID]
    assert keys_in_text(f"> quoted: {LETTER}".replace("\n", "\n> ")) == []


def test_a_report_may_name_the_message_in_other_ways():
    """
    As what it answers, by its envelope, or by its sender.
    """
    head = f"In-Reply-To: <x@y>\nReferences: <a@b> <{ID}@example.com>"
    assert answered_keys(read_headers(head.encode())) == [_ID]
    assert id_keys(ID) == id_keys(f"<{ID}@x>") == [_ID]
    assert id_keys("theirs") == []
    assert address_keys(f"<{TOKEN_ADDRESS}>") == [_TOKEN]


def test_marks_are_few_and_each_is_one():
    """
    In the order in which they are trusted.
    """
    assert keys_of([_TOKEN], [_ID, _TOKEN], []) == (_TOKEN, _ID)
    many = [Key(Mark.BOUNCE, bytes([n])) for n in range(100)]
    assert keys_of(many) == tuple(many[:8])
