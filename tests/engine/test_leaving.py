"""engine/leaving.py: whose link is in a message, and that the mailing listens."""

from __future__ import annotations

import asyncio
import re
import shutil
from email import message_from_bytes, policy

import attrs
import pytest

from safesend import Campaign, Recipient, SuppressionList, Template, Unsubscribe
from safesend.delivery import Deferred, Stage
from safesend.engine.declaration import planned
from safesend.engine.leaving import must_be_heard
from safesend.errors import ConfigurationError, UnsafeMessage
from safesend.transports import MemoryTransport

LINK = re.compile(r"https://news\.example\.org/leave/(\S+)")
LETTER = Template(
    subject="Hello {{ name }}",
    text="Dear {{ name }}!\n\nNo more of these: {{ unsubscribe_url }}\n",
    html='<p>Dear {{ name }}! <a href="{{ unsubscribe_url }}">No more of these</a></p>',
)


@pytest.fixture
def never(tmp_path):
    """The list of those who left."""
    with SuppressionList(tmp_path / "never.db", key_home=tmp_path / "keys") as opened:
        yield opened


def _people(count):
    return [Recipient(f"p{n}@example.org", name=f"Person {n}") for n in range(count)]


def _campaign(never, audience=None, **options):
    given = {
        "name": "spring",
        "sender": "News <news@example.org>",
        "template": LETTER,
        "audience": _people(3) if audience is None else audience,
        "unsubscribe": Unsubscribe(
            "https://news.example.org/leave", never.unsubscribe_key()
        ),
        **options,
    }
    return Campaign(**given)


def _sent(campaign, never, **options):
    transport = MemoryTransport()
    campaign.send(transport, **{"ledger": ":memory:", "suppression": never, **options})
    return transport.messages


def _link(content):
    """The token of a message: the same in the header and in both texts."""
    message = message_from_bytes(content, policy=policy.default)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = LINK.fullmatch(str(message["List-Unsubscribe"]).strip("<>"))[1]
    text = message.get_body(("plain",)).get_content()
    assert LINK.search(text)[1] == header
    assert f'/leave/{header}"' in message.get_body(("html",)).get_content()
    return header


def test_each_message_has_the_link_of_its_reader(never):
    """
    Who follows it, and nobody else, is on the list; it says which mailing it was.
    """
    tokens = {
        one.recipient.wire: _link(one.content) for one in _sent(_campaign(never), never)
    }
    assert len(set(tokens.values())) == 3
    assert never.unsubscribe(tokens["p1@example.org"]) is True
    assert [never.has(f"p{n}@example.org") for n in range(3)] == [False, True, False]
    assert [one.source for one in never.entries("p1@example.org")] == ["spring"]


def test_a_second_attempt_is_the_same_message(never, tmp_path):
    """
    Octet for octet, in another call, under a key that was read anew.
    """
    later = Deferred(Stage.CONTENT, 451, "4.3.0", "later")
    transport = MemoryTransport()
    transport.answers(later)
    options = {"ledger": tmp_path / "x.db", "suppression": never, "retry": "6s"}
    campaign = _campaign(never, _people(1))
    assert campaign.send(transport, deadline=4, **options).accepted == 0
    again = _campaign(never, _people(1))
    assert again.send(transport, deadline=90, **options).accepted == 1
    first, second = (envelope.content for envelope, _ in transport.deliveries)
    assert first == second


def test_who_leaves_while_it_runs_gets_nothing_more(never, tmp_path):
    """
    By the link of another mailing too.
    """
    campaign, transport = _campaign(never), MemoryTransport()
    options = {"ledger": tmp_path / "x.db", "suppression": never}
    campaign.send(transport, pilot=1, **options)
    link = never.unsubscribe_key().token(_people(2)[1].address, "winter")
    never.unsubscribe(link)
    campaign.release(ledger=tmp_path / "x.db")
    report = campaign.send(transport, **options)
    assert (report.accepted, report.suppressed) == (2, 1)
    reached = [one.recipient.wire for one in transport.messages]
    assert reached == ["p0@example.org", "p2@example.org"]


def test_a_mailing_that_asks_no_list_is_refused(never, tmp_path):
    """
    Who left would go on getting mail; nothing was sent, and no ledger made.
    """
    transport, ledger = MemoryTransport(), tmp_path / "x.db"
    with pytest.raises(ConfigurationError, match="no list is asked"):
        _campaign(never).send(transport, ledger=ledger)
    with pytest.raises(ConfigurationError, match="no list is asked"):
        asyncio.run(_campaign(never).asend(transport, ledger=ledger))
    assert not transport.messages
    assert not ledger.exists()


def test_a_mailing_that_asks_another_list_is_refused(never, tmp_path):
    """
    Its key tells.
    """
    transport = MemoryTransport()
    with (
        SuppressionList(tmp_path / "o.db", key_home=tmp_path / "others") as other,
        pytest.raises(ConfigurationError, match=r"o\.db, has another key.*suppression"),
    ):
        _campaign(never).send(transport, ledger=":memory:", suppression=other)
    assert not transport.messages


def test_a_mailing_that_asks_another_list_with_that_key_is_refused(
    tmp_path, monkeypatch
):
    """
    Who left the one is not on the other.
    """
    monkeypatch.setenv("SAFESEND_KEY", "ab" * 32)
    transport = MemoryTransport()
    with (
        SuppressionList(tmp_path / "members.db") as members,
        SuppressionList(tmp_path / "donors.db") as donors,
    ):
        campaign, ledger = _campaign(members), ":memory:"
        with pytest.raises(ConfigurationError, match=r"donors\.db, is another"):
            campaign.send(transport, ledger=ledger, suppression=donors)
        assert not transport.messages
        with SuppressionList(members.name) as opened_again:
            campaign.send(transport, ledger=ledger, suppression=opened_again)
    assert len(transport.messages) == 3


def test_a_copy_of_the_list_is_that_list(never, tmp_path):
    """
    It has the same key, so it knows who left by a link.
    """
    campaign = _campaign(never)
    never.close()
    shutil.copytree(tmp_path / "keys", tmp_path / "there")
    shutil.copy(tmp_path / "never.db", tmp_path / "copy.db")
    with SuppressionList(tmp_path / "copy.db", key_home=tmp_path / "there") as copied:
        assert len(_sent(campaign, copied)) == 3


def test_who_makes_no_links_need_ask_nobody(never):
    """
    Nor who only tries them.
    """
    for key in (None, never.unsubscribe_key().trying()):
        assert must_be_heard(key, None) is None


def _leaves_nobody(never, messages):
    for message in messages:
        assert never.unsubscribe(_link(message.content)) is False
    assert messages
    assert not never.counts()


def test_who_tries_a_letter_takes_nobody_off(never):
    """
    Neither the person whose letter it is nor themselves; no list need be asked.
    """
    transport = MemoryTransport()
    to = ["me@example.net", "p1@example.org"]
    _campaign(never).test_send(transport, to=to, ledger=":memory:")
    assert len(transport.messages) == 2
    _leaves_nobody(never, transport.messages)


def test_what_is_redirected_takes_nobody_off(never):
    """
    Nor do those who get their own message of it: nothing of it counts for anybody.
    """
    crowd = [*_people(2), Recipient("ours@ours.example", name="One of us")]
    staging = _campaign(
        never,
        crowd,
        redirect_all_to="qa@staging.example",
        allowed_domains=["ours.example"],
    )
    for asked in (never, None):
        sent = _sent(staging, never, suppression=asked)
        assert len(sent) == 3
        _leaves_nobody(never, sent)


def test_a_rehearsal_takes_nobody_off(never, tmp_path):
    """
    Whoever follows a link of a preview; with a ledger as without.
    """
    campaign = _campaign(never)
    for ledger in (None, tmp_path / "x.db"):
        rehearsal = campaign.rehearse(ledger=ledger)
        assert rehearsal.ok
        _leaves_nobody(never, list(rehearsal.messages()))


def test_a_seed_is_a_reader_like_any_other(never):
    """
    Its link works, for itself: that is how the way off is tried for real.
    """
    seeds = [Recipient("seed@example.net", name="Seed")]
    messages = _sent(_campaign(never, seeds=seeds), never)
    [seed, *_] = [one for one in messages if one.recipient.wire == "seed@example.net"]
    assert never.unsubscribe(_link(seed.content)) is True
    assert never.has("seed@example.net")
    assert never.counts()["unsubscribed"].number == 1


def test_what_was_approved_is_what_is_sent(never, tmp_path):
    """
    The digest is that of the letter, whoever rehearses it; another list changes it.
    """
    ledger, campaign = tmp_path / "x.db", _campaign(never)
    campaign.approve(ledger=ledger, actor="eve")
    with SuppressionList(tmp_path / "o.db", key_home=tmp_path / "others") as other:
        changed = attrs.evolve(
            campaign,
            unsubscribe=Unsubscribe(
                "https://news.example.org/leave", other.unsubscribe_key()
            ),
        )
        one, two = (
            planned(each, None, confirm_changes=False).compiled.fingerprint
            for each in (campaign, changed)
        )
    assert one != two
    assert len(_sent(campaign, never, ledger=ledger, approvals=1)) == 3


def test_the_link_itself_may_name_nobody(never):
    """
    It is looked at as any link is that the campaign writes.
    """
    link = Unsubscribe(
        "https://news.example.org/leave?for=cDFAZXhhbXBsZS5vcmc=&t={token}",
        never.unsubscribe_key(),
    )
    with pytest.raises(UnsafeMessage):
        _sent(_campaign(never, unsubscribe=link), never)
