"""feedback/matching.py: which rows news is about."""

from __future__ import annotations

import pytest

from safesend.feedback import Key, Mark, News
from safesend.feedback.matching import Search
from safesend.ledger.heard import Heard
from safesend.message.address import Address
from safesend.message.identity import CampaignKey

_SECRET = b"s" * 32
_SPRING, _SUMMER = (CampaignKey(_SECRET, name) for name in ("spring", "summer"))
_PEOPLE = [Address.parse(f"person{n}@example.org") for n in range(5)]


def _id(number, key=_SPRING):
    return Key(Mark.MESSAGE_ID, key.opaque_id(key.row(_PEOPLE[number])))


def _token(number, key=_SPRING):
    token = key.bounce(key.row(_PEOPLE[number]))
    return Key(Mark.BOUNCE, bytes.fromhex(token))


def _news(first, *others):
    mark, octets = first
    return News(key=octets, mark=mark, others=others, heard=Heard.BOUNCED)


def _pages(key):
    """Rows 0 to 4 in pages of two."""
    rows = [(number, key.row(one)) for number, one in enumerate(_PEOPLE)]
    return [rows[at : at + 2] for at in range(0, len(rows), 2)]


def _searched(*news):
    search = Search(news)
    for campaign, key in (1, _SPRING), (2, _SUMMER):
        search.go_over(campaign, key, _pages(key))
    return search


def test_a_row_is_found_by_either_mark():
    """
    In its own campaign, with all that is news of it.
    """
    news = [_news(_id(0)), _news(_token(1)), _news(_id(2, _SUMMER)), _news(_token(0))]
    search = _searched(*news)
    assert search.rows(1) == {0: [news[0], news[3]], 1: [news[1]]}
    assert search.rows(2) == {2: [news[2]]}
    assert search.is_over


@pytest.mark.parametrize("summer", [_id(1, _SUMMER), _token(4, _SUMMER)])
def test_the_first_key_counts(summer):
    """
    Where keys are of several rows, also of several campaigns, and in any order.
    """
    for first, second in [
        (_token(4), _id(0)),
        (_token(0), _id(4)),
        (_token(0), summer),
        (summer, _id(4)),
    ]:
        [found] = [
            (campaign, row)
            for campaign in (1, 2)
            for row in _searched(_news(first, second)).rows(campaign)
        ]
        alone = _searched(_news(first))
        assert found in {(1, row) for row in alone.rows(1)} | {
            (2, row) for row in alone.rows(2)
        }


def test_a_later_key_counts_where_the_first_is_of_others():
    """
    The address that a provider delivers to may look like one of ours.
    """
    theirs = Key(Mark.BOUNCE, bytes(16))
    search = _searched(_news(theirs, _id(3)), _news(theirs))
    assert [*search.rows(1)] == [3]
    assert not search.is_over


def test_it_ends_when_everything_is_found():
    """
    No page after that is asked for.
    """
    search = Search([_news(_id(0))])

    def pages():
        yield _pages(_SPRING)[0]
        raise AssertionError

    search.go_over(1, _SPRING, pages())
    assert search.is_over
    assert Search([]).is_over
