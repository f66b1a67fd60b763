"""safesend.message.mailbox_list."""

from __future__ import annotations

from email.headerregistry import Address as StandardAddress
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AddressError
from safesend.message.mailbox_list import Mailbox, is_plain, mailboxes
from safesend.testing.strategies import addresses

READ = [
    ("", []),
    (",, ,", []),
    ("ada@example.org", [("", "ada@example.org")]),
    ("John, Dinsdale", [("", "John"), ("", "Dinsdale")]),
    ("<ada@example.org>", [("", "ada@example.org")]),
    ("Ada Nowak <ada@example.org>", [("Ada Nowak", "ada@example.org")]),
    ("Dr. Ada B. Nowak <a@x.example>", [("Dr. Ada B. Nowak", "a@x.example")]),
    ('"Nowak, Ada" <a@x.example>,b@x', [("Nowak, Ada", "a@x.example"), ("", "b@x")]),
    ('"a \\"b\\" c" <a@x>', [('a "b" c', "a@x")]),
    ("a@x (cc bob@x)", [("", "a@x")]),
    ("a@x (one (two) \\) three), b@x", [("", "a@x"), ("", "b@x")]),
    ("undisclosed-recipients:;", []),
    ("team: a@x, Bo <b@x>;, c@x", [("", "a@x"), ("Bo", "b@x"), ("", "c@x")]),
    ("ada@x <ada@x>", [("ada@x", "ada@x")]),
    ('"bob@x" <ada@x>', [("bob@x", "ada@x")]),
    ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
    ('"a b"@x.example', [("", '"a b"@x.example')]),
    ("Ada\r\n <a@x>,\r\n\tb@x", [("Ada", "a@x"), ("", "b@x")]),
    ("=?utf-8?q?Ad=C3=A4?= <a@x>", [("=?utf-8?q?Ad=C3=A4?=", "a@x")]),
    ("Jőhn <jőhn@x.example>", [("Jőhn", "jőhn@x.example")]),
    ("abc.@docomo.example", [("", "abc.@docomo.example")]),
]

REFUSED = [
    "alice@example.org]<bob@example.com>",
    "alice@example.org <bob@example.com>",
    "John Smith",
    "a@x; b@x",
    "a@x b@x",
    "<a@x> b@x",
    "<a@x",
    "a@x>",
    "<a@x, b@x>",
    "<>",
    "a@x@y",
    "@x",
    "a@",
    "<@route.example:a@x>",
    "=?utf-8?q?a=40?=@x",
    "a @x",
    "a@x (not closed",
    "a@x )",
    '"not closed <a@x>',
    "a\\b@x",
    "a@x\nBcc: b@x",
    "a@x\r\nBcc: b@x",
    "a\0@x",
    "team: a@x",
    "team: inner: a@x;;",
    'a"b"@x',
    'x."a"@y',
    'a@"x"',
    "a@[192.0.2.1]x",
    "[x]@y",
    "[Ada] <a@x>",
    "a@x\x80",
]


@pytest.mark.parametrize(("text", "meant"), READ)
def test_a_list_is_read(text: str, meant: list[tuple[str, str]]) -> None:
    """Names, quotes, comments, groups and folds, as RFC 5322 has them."""
    assert mailboxes(text) == [Mailbox(name, address) for name, address in meant]


@pytest.mark.parametrize("text", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    """Nobody gets a mail because a parser guessed."""
    with pytest.raises(AddressError, match="cannot be read in one way"):
        mailboxes(text)


def test_a_list_that_is_endless_is_refused() -> None:
    """More than a million characters are nobody's header."""
    with pytest.raises(AddressError, match="longer than"):
        mailboxes("a@x," * 300_000)


def test_nothing_of_the_text_is_repeated() -> None:
    """An error names no address."""
    with pytest.raises(AddressError) as caught:
        mailboxes("secret@example.org other@example.org")
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(mailboxes("secret@example.org"))


NAMES = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="@"), max_size=20
)


@given(st.lists(st.tuples(NAMES, addresses()), max_size=6))
def test_what_the_standard_library_writes_is_read_back(
    people: list[tuple[str, str]],
) -> None:
    """Names with commas, quotes and brackets come back whole, in their order."""
    text = ", ".join(
        str(StandardAddress(name, addr_spec=address)) for name, address in people
    )
    assert [(one.name, one.address) for one in mailboxes(text)] == people


@given(st.text(alphabet='ab@x.,;:<>()[]"\\ \t=?', max_size=30))
def test_where_it_answers_the_standard_library_answers_no_other(text: str) -> None:
    """Whatever is read is found there too, or that one gives up."""
    try:
        own = [one.address for one in mailboxes(text)]
    except AddressError:
        return
    theirs = [address.replace(" ", "") for _, address in getaddresses([text])]
    theirs = [address for address in theirs if address]
    strange = '"' in text or "[" in text or "(" in text or "." in text or ":" in text
    assert strange or own == theirs


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """It never fails in another way."""
    try:
        found = mailboxes(text)
    except AddressError:
        return
    for one in found:
        assert mailboxes(one.address) == [Mailbox("", one.address)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ada@example.org", True),
        ("Ada <ada@example.org>", False),
        ("ada@example.org, bo@example.org", False),
        ("=?x?=@example.org", False),
        ("Sally", False),
        ("", False),
    ],
)
def test_a_text_that_is_one_address_is_plain(text: str, *, plain: bool) -> None:
    """And nothing besides."""
    assert is_plain(text) is plain
