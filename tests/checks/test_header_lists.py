import pytest

from checks.worlds import SENDER, World, header, person, text
from safesend.checks.header_lists import CHECK
from safesend.checks.piece import Kind, Piece

WORLD = World.of(person("ada@example.net"), person("bob@example.net"))
TWO = "eve@example.com, joe@example.com"

LEAKS = {
    "X-SMTPAPI": header("X-SMTPAPI", '{"to":["eve@example.com","joe@example.com"]}'),
    "Mailgun": header(
        "X-Mailgun-Recipient-Variables", '{"eve@example.com":{},"bob@example.net":{}}'
    ),
    "X-MC-BccAddress": header("X-MC-BccAddress", TWO),
    "X-Recipients": header("X-Recipients", TWO),
    "Comments": header("Comments", TWO),
    "Subject": header("Subject", TWO),
    "of a part": Piece(
        unit="text", place="header Content-Description", text=TWO, kind=Kind.HEADER
    ),
    "decoded": header("X-Data", TWO, place="decoded"),
}
CLEAN = {
    "one": header("X-Contact", "eve@example.com"),
    "one twice": header("X-Contact", "eve@example.com EVE@example.com"),
    "the reader and the sender": header("X-Data", f"ada@example.net {SENDER}"),
    "unsubscribe": header(
        "List-Unsubscribe",
        "<mailto:leave@club.example.org>, <mailto:unsubscribe@mc.example.com>,"
        " <https://club.example.org/u/1>",
    ),
    "References": header("References", "<a.1@mail.example.com> <b.2@mail.example.org>"),
    "Message-ID": header(
        "X-Google-Message-ID", "<a.1@x.example.com> <b.2@y.example.org>"
    ),
    "DKIM": header("DKIM-Signature", "i=eve@example.com; x=joe@example.com"),
    "Cc": header("Cc", TWO),
    "text": text(TWO),
}


@pytest.mark.parametrize("field", LEAKS.values(), ids=LEAKS)
def test_a_header_with_several_people_is_refused(field):
    """It says how many, and not who."""
    [leak] = WORLD.examine(CHECK, field, row=0)
    assert leak.check == "L12"
    assert leak.reason == "carries a list of 2 addresses"
    assert leak.place.startswith((field.unit, field.place))


@pytest.mark.parametrize("field", CLEAN.values(), ids=CLEAN)
def test_identifiers_desks_and_own_addresses_pass(field):
    """And the headers that other checks look at."""
    assert WORLD.examine(CHECK, field, row=0) == []
    assert CHECK.allowable
