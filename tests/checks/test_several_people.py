import pytest

from checks.worlds import SENDER, World, header, person, text
from safesend.checks.several_people import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"), person("bob@example.net"))
TO = header("To", "ada@example.net")

LEAKS = {
    "two in To": [header("To", "ada@example.net, bob@example.net")],
    "a stranger beside the reader": [header("To", "ada@example.net, eve@example.com")],
    "a group": [header("To", "team: ada@example.net, bob@example.net;")],
    "a comment": [header("To", "ada@example.net (cc bob@example.net)")],
    "an address as a name": [header("To", '"bob@example.net" <ada@example.net>')],
    "an encoded word": [
        header("To", "=?utf-8?q?bob=40example.net?= <ada@example.net>"),
        header("To", "bob@example.net <ada@example.net>", place="decoded"),
    ],
    "only somebody else": [header("To", "bob@example.net")],
    "only a stranger": [header("To", "eve@example.com")],
    "To twice": [TO, TO],
    "Resent-To": [TO, header("Resent-To", "ada@example.net, bob@example.net")],
    "Cc": [TO, header("Cc", "bob@example.net")],
    "Cc of names": [TO, header("CC", "Bob")],
    "Cc of a group": [TO, header("Cc", "team: bob@example.net;")],
    "Resent-Cc": [TO, header("Resent-Cc", "eve@example.com")],
    "X-Cc": [TO, header("X-Cc", "eve@example.com")],
    "Apparently-To": [TO, header("Apparently-To", "bob@example.net")],
    "Delivered-To": [TO, header("Delivered-To", "bob@example.net")],
    "several in X-Envelope-To": [
        TO,
        header("X-Envelope-To", "ada@example.net, eve@example.com, joe@example.com"),
    ],
    "Received for another": [
        TO,
        header("Received", "from a by b with SMTP id 1 for <bob@example.net>; Mon"),
    ],
}
WARNINGS = {
    "to the sender": [header("To", SENDER)],
    "to nobody": [header("To", "undisclosed-recipients:;")],
    "to nothing": [header("To", "")],
    "forwarded": [TO, header("Delivered-To", "ada.l@mail.example.com")],
    "forwarded twice": [
        TO,
        header("Delivered-To", "ada@mx1.example.com"),
        header("Delivered-To", "ada@mx2.example.com"),
    ],
}
CLEAN = {
    "nothing": [],
    "the reader": [TO],
    "the reader with a name": [header("To", "Ada Lovelace <ADA@example.net>")],
    "the reader twice": [
        header("To", '"ada@example.net" <ada@example.net>'),
        header("Delivered-To", "ada@example.net"),
        header("X-Original-To", "ada@example.net"),
    ],
    "empty Cc": [TO, header("Cc", " ")],
    "Received": [
        TO,
        header("Received", "from a by b with SMTP id 1 for <ada@example.net>; Mon"),
        header("Received", "from a by b id x@example.com; Mon, 5 May 2025"),
    ],
    "another letter": [TO, text("bob@example.net, eve@example.com")],
    "headers of a newsletter": [
        TO,
        header("From", f"Club <{SENDER}>"),
        header("Reply-To", "office@club.example.org"),
        header("Subject", "News for bob@example.net"),
        header("List-Unsubscribe", "<https://club.example.org/u/1>, <mailto:u@x.org>"),
        header("X-Mailer", "MailChimp Mailer"),
    ],
}


@pytest.mark.parametrize("found", LEAKS.values(), ids=LEAKS)
def test_whoever_is_named_besides_the_reader_is_refused(found):
    """In To, copies and traces; no address is in the message."""
    leaks = WORLD.examine(CHECK, *found, row=0)
    assert [leak.severity for leak in leaks] == [Severity.REFUSE]
    assert leaks[0].place.startswith("header ")
    assert "@" not in str(leaks[0])


@pytest.mark.parametrize("found", WARNINGS.values(), ids=WARNINGS)
def test_mail_to_many_and_forwarding_are_reported(found):
    """They expose nobody by themselves."""
    leaks = WORLD.examine(CHECK, *found, row=0)
    assert [leak.severity for leak in leaks] == [Severity.WARN]


@pytest.mark.parametrize("found", CLEAN.values(), ids=CLEAN)
def test_a_message_to_its_reader_passes(found):
    """By whatever name, and with its own traces."""
    assert WORLD.examine(CHECK, *found, row=0) == []


def test_without_a_reader_only_several_people_are_refused():
    """The one in To is taken for the reader."""
    assert WORLD.examine(CHECK, TO) == []
    assert WORLD.examine(CHECK, TO, header("Delivered-To", "bob@example.net")) == []
    two = header("To", "eve@example.com, ada@example.net")
    assert [leak.severity for leak in WORLD.examine(CHECK, two)] == [Severity.REFUSE]
    traces = header("X-RCPT-To", "ada@example.net, bob@example.net")
    assert [leak.check for leak in WORLD.examine(CHECK, traces)] == ["L01"]


def test_it_cannot_be_allowed():
    """What shows one recipient to another never can."""
    assert not CHECK.allowable
    assert CHECK.title == "One message names several people as its readers"
    assert all((CHECK.danger, CHECK.case, CHECK.answer, CHECK.way_out))
