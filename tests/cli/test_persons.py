"""cli/persons.py: one person's address, and what is said of persons."""

from __future__ import annotations

import pytest

from cli.campaigns import make_folder
from cli.terminal import at_terminal, run
from safesend.cli.persons import (
    given_address,
    kept_line,
    mailbox_of,
    purged_line,
    unswept_line,
)
from safesend.errors import ConfigurationError
from safesend.ledger.memory import MemoryLedger
from safesend.message.address import Address
from safesend.message.identity import CampaignKey

NOW = 1_800_000_000.0
DAY = 86_400.0


def test_an_address_is_one_mailbox():
    """Space around it is nothing."""
    assert given_address(" ada@example.com ").wire == "ada@example.com"
    for wrong in ("ada", "", "a@b.example, c@d.example"):
        with pytest.raises(ConfigurationError):
            given_address(wrong)


def test_an_address_is_asked_for_at_a_terminal(tmp_path):
    """With "-", so that it stands in no history."""
    folder = make_folder(tmp_path)
    assert run("send", folder, "--yes").code == 0
    ended = at_terminal(
        "about", folder, "-", prompt="Address", typed="person1@example.com\n"
    )
    assert (ended.code, "fair: accepted" in ended.text) == (0, True)


def test_a_mailbox_is_the_same_in_every_campaign():
    """It is the digest that rows have beside their own."""
    book, ada = MemoryLedger(), Address.parse("ada@example.com")
    spring = CampaignKey(book.secret, "spring")
    assert mailbox_of(book, ada) == spring.suppression(ada)


@pytest.mark.parametrize(
    ("campaign", "told"),
    [
        ({}, ""),
        ({"retention": 90 * DAY}, "is kept for 90 d after the end."),
        ({"retention": DAY, "kept_until": NOW + DAY}, "is kept until 2027-"),
        ({"retention": DAY, "kept_until": NOW}, "safesend purge 'a b.db' --due"),
        ({"purged": NOW, "retention": DAY}, "Purged on 2027-01-15: "),
    ],
)
def test_how_long_it_is_known_is_told(campaign, told):
    """Until when, or that it was too long already, or that it is over."""
    nothing = {"purged": None, "retention": None, "kept_until": None}
    line = kept_line(nothing | campaign, "'a b.db'", NOW)
    assert told in line if told else not line


def test_purged_campaigns_are_named():
    """Where there is none nothing is said."""
    book = MemoryLedger()
    book.campaign("spring", NOW)
    assert purged_line(book) == []
    for name in ("summer", "autumn"):
        campaign = book.campaign(name, NOW).id
        book.persons.purge(campaign, actor="a", reason="x", now=NOW)
    assert purged_line(book)[0].endswith(": summer, autumn.")


def test_what_is_not_swept_is_told():
    """And what to do."""
    assert "a.db could not be written anew" in unswept_line("a.db")
