"""checks/gather.py: one pass over a list, and everybody is known."""

from __future__ import annotations

import hashlib

import pytest

from safesend.checks.gather import gather, good_rows
from safesend.errors import AudienceError, ConfigurationError, Problem
from safesend.message.address import Address
from safesend.message.recipient import Recipient

ADA = Recipient.from_row(
    "ada@example.net", {"name": "Ada Lovelace", "email": "ada@example.net"}
)
BO = Recipient.from_row("bo@example.net", {"name": "Bo Diddley", "code": "X7"})
SENDER = Address.parse("The choir <news@choir.example>", name_allowed=True)


def test_people_values_and_senders_are_known():
    """Who is in the list, what is whose, and who may be named."""
    circle = gather([ADA, BO], [SENDER], private=["code"], phrases=["Bo Diddley"])
    assert "ada@example.net" in circle.people
    assert circle.allowed == {"news@choir.example"}
    assert circle.domains == {"choir.example"}
    assert [c.owner for c in circle.canaries.find("Ada Lovelace, X7b X7", 1)] == [0]
    assert [c.column for c in circle.canaries.find("Bo Diddley", 0)] == []
    assert circle.hashes is None


def test_an_address_at_a_free_mail_provider_makes_no_domain_ones_own():
    """Everybody has an address there."""
    sender = Address.parse("choir@gmail.com")
    assert gather([ADA], [sender]).domains == frozenset()


def test_digests_are_kept_where_the_mailing_shows_some():
    """Of that length only: in what all share, or in the first rows."""
    digest = hashlib.md5(b"ada@example.net").hexdigest()
    sha = hashlib.sha256(b"ada@example.net").hexdigest()
    for circle in (
        gather([ADA, BO], [], texts=[f"https://example.org/{'0' * 32}"]),
        gather([ADA, Recipient("c@example.net", token="f" * 32)], []),
    ):
        assert circle.hashed(digest) == 0
        assert circle.hashed(sha) is None


def test_a_list_with_problems_is_taken_as_far_as_it_goes():
    """What is wrong with it is told by those who read it next."""

    def rows():
        yield ADA
        raise AudienceError([Problem("members.csv", 3, "", "no @")])

    assert list(good_rows(rows())) == [ADA]
    assert len(gather(good_rows(rows()), []).people) == 1
    with pytest.raises(AudienceError):
        gather(rows(), [])


def test_whoever_waits_hears_how_far_it_is():
    """Every five hundred rows."""
    told = []
    rows = (Recipient(f"a{n}@example.net") for n in range(1001))
    gather(rows, [], tell=told.append)
    assert told == [0, 500, 1000]


@pytest.mark.parametrize("told", [{"private": ["cod"]}, {"named": ["address", "mial"]}])
def test_a_column_that_is_not_there_is_told_at_once(told):
    """Who misspells a column believes that it is looked after."""
    with pytest.raises(
        ConfigurationError, match=r"which the list does not have.*'code'"
    ):
        gather([ADA, BO], [], **told)
    assert len(gather([], [], **told).people) == 0
