import pytest

from checks.worlds import World, header, person, text
from safesend.checks.blind_copies import CHECK
from safesend.checks.piece import Kind, Piece

WORLD = World.of(person("ada@example.net"), person("bob@example.net"))


def nested(place, value="bob@example.net"):
    """A field of a mail that is attached."""
    unit = "attachment 'old.eml'"
    return Piece(unit=unit, place=place, text=value, kind=Kind.HEADER)


LEAKS = {
    "Bcc": [header("Bcc", "bob@example.net")],
    "of the reader": [header("Bcc", "ada@example.net")],
    "any case": [header("bCC", "Bob")],
    "a space before the colon": [header("Bcc ", "bob@example.net")],
    "Resent-Bcc": [header("Resent-Bcc", "eve@example.com")],
    "X-Bcc": [header("X-Bcc", "eve@example.com")],
    "X-Odoo-Bcc": [header("X-Odoo-Bcc", "eve@example.com")],
    "Bcc-Original": [header("Bcc-Original", "eve@example.com")],
    "in an attached mail": [nested("mail inside, header Bcc")],
    "twice, raw and decoded": [
        header("Bcc", "=?utf-8?q?bob?= <bob@example.net>"),
        header("Bcc", "bob <bob@example.net>", place="decoded"),
    ],
}
CLEAN = {
    "nothing": [],
    "empty": [header("Bcc", " ")],
    "a text about it": [text("Bcc: bob@example.net"), header("Subject", "Bcc")],
    "other headers": [header("To", "x@example.org"), header("X-Abcc", "1")],
    "other nested": [nested("mail inside, header To")],
}


@pytest.mark.parametrize("found", LEAKS.values(), ids=LEAKS)
def test_a_list_of_blind_copies_is_refused(found):
    """Whatever the field is called, once."""
    [leak] = WORLD.examine(CHECK, *found, row=0)
    assert leak.check == "L02"
    assert leak.row == "members.csv:2"
    assert "@" not in str(leak)


@pytest.mark.parametrize("found", CLEAN.values(), ids=CLEAN)
def test_other_headers_pass(found):
    """And an empty one, which names nobody."""
    assert WORLD.examine(CHECK, *found, row=0) == []


def test_it_cannot_be_allowed():
    """What shows one recipient to another never can."""
    assert not CHECK.allowable
    assert all((CHECK.danger, CHECK.case, CHECK.answer, CHECK.way_out))
