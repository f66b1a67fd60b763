from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.postgres.rooms import rooms
from safesend.errors import CampaignPurged, LedgerError
from safesend.ledger.heard import Heard, Word
from safesend.ledger.hindsight import Hearing, RowNews, RowSeen
from safesend.ledger.postgres.hindsight import (
    forget_heard,
    heard_by_digest,
    heard_of,
)
from safesend.ledger.values import State
from safesend.testing.ledger_rows import NOW, digest, make_rows


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def bounce(row, *, suppress=False, asked=False):
    word = Word(Heard.BOUNCED, NOW + 5, 550, "5.1.1", "no such user")
    return RowNews(row, word, suppress, asked)


def test_what_two_hear_at_once_is_heard_once(ledger, postgres):
    """
    In whatever order each was told it: rows, numbers and mailboxes count once.
    """
    campaign, ids = ledger.live(200)
    for id_ in ids[:50]:
        ledger.stand(id_, 7)
    news = [bounce(id_, suppress=True) for id_ in ids]

    def hear(told):
        with rooms(postgres.url) as other:
            return other.hindsight.hear(campaign, told, NOW)

    with ThreadPoolExecutor(4) as threads:
        found = [*threads.map(hear, [news, news[::-1], news[100:], news[:150]])]

    assert sum(one.new.get(Heard.BOUNCED, 0) for one in found) == 200
    assert sum(one.accepted for one in found) == 200
    assert sum(one.suppressed for one in found) == 200
    assert ledger.hindsight.tally(campaign) == {Heard.BOUNCED: 200}
    assert ledger.states(campaign) == {State.ACCEPTED: 200}


def test_what_a_run_left_in_doubt_is_settled_by_the_next_news(ledger):
    """
    Though they are of somebody else, or nothing at all.
    """
    campaign, ids = ledger.live(3)
    ledger.stand(ids[0], 4)
    found = ledger.hindsight.hear(campaign, [bounce(ids[0])], NOW)
    assert found == Hearing({Heard.BOUNCED: 1})
    ledger.stand(ids[0], 7)

    found = ledger.hindsight.hear(campaign, [], NOW)

    assert found == Hearing({}, accepted=1)
    asked = "SELECT state, payload, code, first_tried FROM delivery WHERE id = $1"
    assert ledger.ask(asked, ids[0]) == [(5, None, 250, NOW + 5)]
    assert ledger.hindsight.hear(campaign, [], NOW) == Hearing()


def test_a_mailbox_is_left_out_once_and_a_wish_outlasts_it(ledger):
    """
    Two rows may have one mailbox; that the person wished it is kept whoever says so.
    """
    rows = make_rows(4)
    campaign, ids = ledger.live(rows, suppression=b"one mailbox")
    told = [
        bounce(ids[0], suppress=True),
        bounce(ids[1], suppress=True, asked=True),
        bounce(ids[2]),
    ]

    assert ledger.hindsight.hear(campaign, told, NOW).suppressed == 1
    assert ledger.ask("SELECT digest, at, campaign, asked FROM suppression") == [
        (b"one mailbox", NOW, campaign, True)
    ]
    again = [bounce(ids[3], suppress=True)]
    assert ledger.hindsight.hear(campaign, again, NOW).suppressed == 0


def test_rows_are_listed_and_seen_as_they_stand(ledger):
    """
    Over several pages; not those of a draft, nor of another campaign.
    """
    campaign, ids = ledger.live(5001)
    other, _ = ledger.live(2, "summer")
    ledger.change("UPDATE campaign SET live_upto = $1 WHERE id = $2", ids[-2], campaign)
    ledger.hindsight.hear(campaign, [bounce(ids[1])], NOW)

    pages = [*ledger.hindsight.pages(campaign)]
    assert [len(page) for page in pages] == [5000]
    assert pages[0][7] == (ids[7], digest(7))
    seen = ledger.hindsight.look(campaign, [ids[0], ids[1], ids[-1]])
    heard = frozenset({Heard.BOUNCED})
    assert seen == {
        ids[0]: RowSeen(State.WAITING, digest(0)[::-1]),
        ids[1]: RowSeen(State.ACCEPTED, digest(1)[::-1], heard),
    }
    assert ledger.hindsight.look(other, ids) == {}
    with pytest.raises(LedgerError):
        ledger.hindsight.look(99, [])


def test_any_reply_can_be_kept(ledger):
    """
    PostgreSQL takes no zero octet and no half of a character: they are replaced.
    """
    campaign, ids = ledger.live(1)
    word = Word(Heard.COMPLAINED, NOW, None, None, "a\0b\ud800c")
    ledger.hindsight.hear(campaign, [RowNews(ids[0], word)], NOW)

    with ledger.database.reading() as connection:
        [kept] = heard_of(connection, campaign, ids)[ids[0]]
    assert kept.text.startswith("a\ufffdb")


def test_words_come_in_order_and_can_be_forgotten(ledger):
    """
    What was heard stays known, so that it is nothing new when it is told again.
    """
    campaign, ids = ledger.live(1)
    late = RowNews(ids[0], Word(Heard.COMPLAINED, NOW + 9))
    ledger.hindsight.hear(campaign, [late, bounce(ids[0])], NOW)
    with ledger.database.writing() as connection:
        words = heard_by_digest(connection, campaign, digest(0))
        assert words == (bounce(0).word, late.word)
        assert heard_by_digest(connection, campaign, b"nobody") == ()
        forget_heard(connection, campaign, ids[0])
        assert heard_of(connection, campaign, ids) == {
            ids[0]: (Word(Heard.BOUNCED, 0.0), Word(Heard.COMPLAINED, 0.0))
        }
    assert ledger.hindsight.hear(campaign, [late], NOW) == Hearing()


def test_what_came_back_is_of_mailings_only(ledger):
    """
    Since a date, of each mailbox that is asked for; tests to oneself do not count.
    """
    spring, ids = ledger.live(2)
    summer, others = ledger.live(2, "summer")
    trial, own = ledger.live(2, "trial")
    ledger.kinds.describe(trial, "test", "")
    for campaign, rows in ((spring, ids), (summer, others), (trial, own)):
        ledger.hindsight.hear(campaign, [bounce(rows[0])], NOW)

    mailboxes = [digest(0)[::-1], digest(1)[::-1]]
    came_back = ledger.hindsight.came_back
    assert came_back(mailboxes, NOW) == {mailboxes[0]: {spring, summer}}
    assert came_back(mailboxes, NOW + 6) == {}
    assert came_back([], NOW) == {}


def test_who_brought_news_is_noted(ledger):
    """
    Masked; a campaign that is purged hears nothing more.
    """
    campaign, _ = ledger.live(1)
    told = {"actor": "bob@example.org", "reason": "4 bounces", "now": NOW}
    ledger.hindsight.note(campaign, **told)
    ledger.change("UPDATE campaign SET purged = 5")

    noted = ledger.ask("SELECT control, actor, reason FROM control")
    assert noted == [("heard", "b…@example.org", "4 bounces")]
    with pytest.raises(CampaignPurged):
        ledger.hindsight.hear(campaign, [], NOW)
