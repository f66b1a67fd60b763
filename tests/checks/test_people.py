"""checks/people.py: everybody of a list, looked up by address."""

from __future__ import annotations

from safesend.checks.addresses import keys_of
from safesend.checks.people import People
from safesend.message.address import Address
from safesend.message.recipient import Recipient


def _row(address, source=""):
    return Recipient.from_row(address, {}, source=source)


def test_a_row_is_found_by_every_spelling_of_its_address():
    """And is told by where it stands in its list."""
    people = People()
    assert people.add(_row("Ada+News@Example.org", "members.csv:17")) == 0
    assert people.add(_row("bo@example.org")) == 1
    for key in keys_of(Address.parse("ada+news@example.org")):
        assert key in people
        assert people.owner(key) == 0
    assert people.row(0) == "members.csv:17"
    assert people.row(1) == "recipient 2"
    assert len(people) == 2


def test_strangers_are_not_found():
    """Nobody who is not in the list."""
    people = People()
    people.add(_row("ada@example.org"))
    assert "bo@example.org" not in people
    assert people.owner("bo@example.org") is None


def test_the_first_row_of_a_mailbox_is_its_owner():
    """Where a key column lets a mailbox stand in two rows."""
    people = People()
    people.add(_row("ada@example.org", "members.csv:2"))
    people.add(_row("ada@example.org", "members.csv:3"))
    assert people.owner("ada@example.org") == 0


def test_an_earlier_list_is_asked_once():
    """Those who were enrolled before count, and are remembered."""
    asked = []

    def known(spelling):
        asked.append(spelling)
        return spelling == "old@example.org"

    people = People(known)
    people.add(_row("ada@example.org"))
    for _ in range(3):
        assert "old@example.org" in people
        assert "nobody@example.org" not in people
        assert "ada@example.org" in people
    assert asked == ["old@example.org", "nobody@example.org"]
    assert people.owner("old@example.org") is None
    assert people.row(None) == "an earlier list of this campaign"


def test_what_was_asked_is_forgotten_in_time():
    """A mailing with very many strangers does not fill the memory."""
    people = People(lambda _: False)
    for number in range(10_001):
        assert f"s{number}@example.org" not in people
    assert len(people._asked) == 1
