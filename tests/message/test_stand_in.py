"""message/stand_in.py: one row's message, for another mailbox."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend import Attachment, Recipient
from safesend.message.address import Address
from safesend.message.stand_in import stand_in
from safesend.testing.strategies import addresses, hostile_text

ME = Address.parse("me@example.net")


def _shown(value, own="ada@example.org"):
    return stand_in(Recipient(own, field=value), ME, "test 1").fields["field"]


def test_everything_else_is_the_row():
    """
    Its other fields, its files, and where it stands; the key is the one given.
    """
    file = Attachment.from_bytes(b"x", name="a.txt")
    ada = Recipient.from_row(
        "ada@example.org",
        {"name": "Ada", "sum": Decimal(3), "none": None},
        attachments=[file],
        key="ticket 1",
        source="l.csv:2",
    )
    found = stand_in(ada, ME, "test 1")
    assert found.address == ME
    assert dict(found.fields) == dict(ada.fields)
    assert (found.key, found.source) == ("test 1", "l.csv:2")
    assert found.attachments == (file,)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ada@example.org", "me@example.net"),
        (" ADA@Example.ORG\u00a0", "me@example.net"),
        ("write to Ada@example.org.", "write to me@example.net."),
        ("<ada@example.org>", "<me@example.net>"),
        ("https://x.example/?u=ada%40example.org&n=1", None),
        ("https://x.example/?u=ada@example.org", None),
        (("ada@example.org", {"deep": "ada@example.org"}), None),
        ("xada@example.org", "xada@example.org"),
        ("x.ada@example.org", "x.ada@example.org"),
        ("ada@example.org.uk", "ada@example.org.uk"),
        ("ada@example.orgs", "ada@example.orgs"),
        ("bob@example.org", "bob@example.org"),
        ("a @ b", "a @ b"),
        (17, 17),
    ],
)
def test_the_own_address_becomes_the_other(value, shown):
    """
    As the whole of a value, or as a word in it; what is somebody else's stays.
    """
    found = _shown(value)
    if shown is None:
        assert "ada" not in repr(found)
        assert "me@example.net" in repr(found).replace("%40", "@")
    else:
        assert found == shown


def test_every_spelling_of_a_domain_is_the_own_address():
    """
    With U-labels as with A-labels.
    """
    for text in ("ada@bücher.example", "x=ada@xn--bcher-kva.example"):
        assert "ada" not in _shown(text, "ada@bücher.example")


def test_a_percent_encoded_address_is_replaced_by_one():
    """
    A link stays a link.
    """
    own = "ada+x@example.org"
    shown = _shown("https://x.example/ada%2Bx%40example.org?", own)
    assert shown == "https://x.example/me%40example.net?"


@given(addresses(), hostile_text(), hostile_text())
def test_the_own_address_is_never_left_as_a_word(own, before, after):
    """
    Whatever stands around it.
    """
    text = f"{before} {own} {after}"
    shown = stand_in(Recipient(own, text=text), ME, "k").fields["text"]
    assert f" {own} " not in f" {shown} " or own in before + after


@given(st.text())
def test_what_holds_no_address_stays(text):
    """
    Letter for letter.
    """
    assert "@" in text or "%40" in text or _shown(text) == text
