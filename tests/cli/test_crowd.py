"""cli/crowd.py: people who do not exist."""

from __future__ import annotations

import csv

from safesend.cli.crowd import address_of, name_of, write_people

_NAMES = 26 * 26


def test_everybody_has_a_mailbox_of_their_own(tmp_path):
    """As many people, as many addresses, all on reserved domains (RFC 2606)."""
    addresses = write_people(tmp_path / "people.csv", 3000)
    assert len(addresses) == 3000
    ends = (".example.org", ".example.com", ".example.net")
    assert all(f".{name.partition('@')[2]}".endswith(ends) for name in addresses)
    assert all(name.isascii() and name == name.lower() for name in addresses)


def test_the_list_is_what_was_told(tmp_path):
    """The file holds the same people, with their names and numbers."""
    addresses = write_people(tmp_path / "people.csv", 30)
    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["email"] for row in rows} == addresses
    assert rows[1] == {
        "email": "bela.adeyemi.1@example.com",
        "name": "Béla Adeyemi",
        "member": "M0000001",
    }


def test_names_repeat_and_addresses_do_not():
    """There are fewer names than people, as in life."""
    assert name_of(0) == name_of(_NAMES)
    assert address_of(0) != address_of(_NAMES)
    assert len({name_of(number) for number in range(_NAMES)}) == _NAMES
