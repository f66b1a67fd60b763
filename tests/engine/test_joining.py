"""engine/joining.py: one process puts a campaign into the ledger, others send it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing

import pytest
import tenacity

from engine.content.samples import campaign
from message.judges import rsa
from safesend import Attachment, Recipient, Template
from safesend.engine.content import Keys, Way
from safesend.engine.joining import enlist, join, joint
from safesend.engine.options import Options
from safesend.errors import (
    CampaignChanged,
    CampaignPurged,
    ConfigurationError,
    UnsafeMessage,
)
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.ledger.memory import MemoryLedger
from safesend.message.unsubscribe import Unsubscribe
from safesend.policies import Retry
from safesend.suppression import SuppressionList
from safesend.transports import MemoryTransport

NOW = 1_800_000_000.0


def people(count):
    """So many recipients with a name each."""
    return [Recipient(f"p{n}@example.com", name=f"Name {n}") for n in range(count)]


def options(**more):
    """Options of which nothing is said but these."""
    return Options(**{"give_up_after": "2d", "confirm_changes": False, **more})


def enlisted(ledger, letter, **more):
    """Put a campaign into a ledger."""
    way = Way(url="memory:")
    kept = enlist(letter, options(**more), ledger, MemoryTransport(), way=way)
    return asyncio.run(kept)


def joined(ledger, carrier, **more):
    """Send what waits in it."""
    return asyncio.run(join(joint(ledger), carrier, **more))


def copies(*carriers):
    """How many messages each mailbox got."""
    return Counter(
        one.recipient.wire for carrier in carriers for one in carrier.messages
    )


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    with closing(open_ledger(place)) as opened:
        yield opened


def test_who_joins_sends_what_was_enrolled(ledger):
    """
    Everybody gets one message, the very one that `send` would have sent.
    """
    file = Attachment.from_bytes(b"map", name="map.txt")
    letter = campaign(
        template=Template("Hello {{ name }}", "Dear {{ name }}\n", attachments=[file]),
        audience=people(7),
        dkim=rsa(),
    )
    record = enlisted(ledger, letter, lanes=2)
    assert ledger.counts(record.id) == {State.WAITING: 7}
    carrier = MemoryTransport()
    report = joined(ledger, carrier, keys=Keys.of(letter.dkim))
    assert (report.accepted, report.sent_now, report.campaign) == (7, 7, "spring")
    assert copies(carrier) == {one.address.wire: 1 for one in people(7)}
    [first] = [one for one in carrier.messages if one.recipient.local == "p0"]
    assert b"Name 0" in first.content
    assert first.content.startswith(b"DKIM-Signature: ")
    assert joined(ledger, carrier, keys=Keys.of(letter.dkim)).sent_now == 0


def test_several_may_join_at_once(tmp_path):
    """
    Nobody gets two, and who joins late finds what is left.
    """
    path = tmp_path / "x.db"
    with closing(open_ledger(path)) as first, closing(open_ledger(path)) as second:
        enlisted(first, campaign(audience=people(300)), lanes=1)
        one, other = MemoryTransport(), MemoryTransport()

        async def both():
            await asyncio.gather(
                join(joint(first), one), join(joint(second), other, lanes=3)
            )

        asyncio.run(both())
        assert copies(one, other) == {one.address.wire: 1 for one in people(300)}


def test_who_leaves_gives_back_what_was_not_begun(ledger):
    """
    In-flight messages finish, and the next one goes on.
    """
    enlisted(ledger, campaign(audience=people(50)), throttle="20/s")
    carrier = MemoryTransport()

    async def leave():
        began = asyncio.Event()

        def hear(_):
            if carrier.messages:
                began.set()

        sending = join(joint(ledger), carrier, on_event=hear)
        going = asyncio.ensure_future(sending)
        await began.wait()
        going.cancel()
        await asyncio.wait([going])

    asyncio.run(leave())
    record = joint(ledger).record
    counts = ledger.counts(record.id)
    assert counts.get(State.SENDING, 0) == 0
    assert 0 < counts[State.ACCEPTED] < 50
    ledger.set_control(record.id, Control.PAUSE, actor="ada", reason="", now=NOW)
    assert joined(ledger, carrier).stopped
    ledger.set_control(record.id, Control.RUN, actor="ada", reason="", now=NOW)
    assert joined(ledger, carrier).accepted == 50
    assert set(copies(carrier).values()) == {1}


def test_personal_files_come_along(ledger, tmp_path):
    """
    Whoever joins need not have them.
    """
    file = tmp_path / "bill.txt"
    file.write_text("You owe 42")
    ada = Recipient("ada@example.com", [Attachment.from_path(file)], name="Ada")
    enlisted(ledger, campaign(audience=[ada]))
    file.unlink()
    carrier = MemoryTransport()
    assert joined(ledger, carrier).accepted == 1
    assert b"bill.txt" in carrier.messages[0].content


def test_a_leak_keeps_everything_out(ledger):
    """
    Nothing is enrolled and nothing is kept.
    """
    letter = campaign(
        template=Template("Hello", "Dear {{ name }}, ask p1@example.com\n"),
        audience=people(3),
    )
    with pytest.raises(UnsafeMessage):
        enlisted(ledger, letter)
    with pytest.raises(ConfigurationError, match="does not hold the letter"):
        joint(ledger, "spring")


def test_a_campaign_without_its_letter_cannot_be_joined(ledger):
    """
    It was sent in a way that cannot be written down.
    """
    retry = Retry(wait=tenacity.wait_random(1, 2))
    campaign().send(MemoryTransport(), ledger=ledger, retry=retry)
    with pytest.raises(ConfigurationError, match="does not hold the letter"):
        joint(ledger)


def test_a_letter_that_changed_meanwhile_is_not_sent(ledger):
    """
    The rows were enrolled for another one.
    """
    enlisted(ledger, campaign())
    other = campaign(template=Template("Hi", "Dear {{ name }}\n"))
    retry = Retry(wait=tenacity.wait_random(1, 2))
    other.send(MemoryTransport(), ledger=ledger, retry=retry, confirm_changes=True)
    with pytest.raises(CampaignChanged, match="once more"):
        joined(ledger, MemoryTransport())


def test_a_changed_letter_that_is_enrolled_again_is_sent(ledger):
    """
    What was kept before is gone.
    """
    enlisted(ledger, campaign())
    other = campaign(template=Template("Hi", "Dear {{ name }}, hi\n"))
    enlisted(ledger, other, confirm_changes=True)
    carrier = MemoryTransport()
    joined(ledger, carrier)
    assert b"Subject: Hi\r\n" in carrier.messages[0].content


def test_a_letter_that_is_changed_while_it_is_sent_goes_to_nobody_more(ledger):
    """
    Who sends it stops within a second, and says why; the rest waits for the new one.
    """
    enlisted(ledger, campaign(audience=people(300)), throttle="100/s")
    record, carrier = joint(ledger).record, MemoryTransport()

    def change(_):
        if carrier.messages and joint(ledger).record.fingerprint == record.fingerprint:
            ledger.begin_draft(record.id)
            ledger.go_live(record.id, b"n" * 32, NOW)

    report = joined(ledger, carrier, on_event=change)
    assert report.stopped == "the letter was changed meanwhile"
    sent = len(carrier.messages)
    assert 0 < sent < 300
    counts = ledger.counts(record.id)
    assert counts == {State.ACCEPTED: sent, State.WAITING: 300 - sent}


def test_which_campaign_is_meant_must_be_clear():
    """
    By its name, unless there is only one.
    """
    ledger = MemoryLedger()
    with pytest.raises(ConfigurationError, match="no campaign yet"):
        joint(ledger)
    enlisted(ledger, campaign())
    enlisted(ledger, campaign(name="summer"))
    assert joint(ledger, "summer").record.name == "summer"
    for name in (None, "autumn"):
        with pytest.raises(ConfigurationError, match="'spring', 'summer'"):
            joint(ledger, name)


def test_a_purged_campaign_cannot_be_joined(ledger):
    """
    Neither from then on, nor by who was about to.
    """
    record = enlisted(ledger, campaign())
    found = joint(ledger)
    ledger.persons.purge(record.id, actor="ada", reason="", now=NOW, unfinished=True)
    with pytest.raises(CampaignPurged):
        joint(ledger)
    with pytest.raises(CampaignPurged):
        asyncio.run(join(found, MemoryTransport()))


def test_who_joins_brings_the_list(ledger, tmp_path):
    """
    Whoever is on it gets nothing; without it nothing is sent at all.
    """
    home = tmp_path / "keys"
    with SuppressionList(tmp_path / "out.db", key_home=home) as shared:
        leave = Unsubscribe("https://example.org/leave", shared.unsubscribe_key())
        letter = campaign(audience=people(3), unsubscribe=leave)
        enlisted(ledger, letter, suppression=shared)
        keys = Keys(unsubscribe=shared.unsubscribe_key())
        with pytest.raises(ConfigurationError, match="none was given"):
            joined(ledger, MemoryTransport(), keys=keys)
        with pytest.raises(ConfigurationError, match="sealed"):
            joined(ledger, MemoryTransport(), suppression=shared)
        shared.add(["p1@example.com"])
        carrier = MemoryTransport()
        report = joined(ledger, carrier, keys=keys, suppression=shared)
        assert (report.accepted, report.suppressed) == (2, 1)
        assert "p1@example.com" not in copies(carrier)


def test_what_is_redirected_is_joined_as_such(ledger):
    """
    Its name, its kind and its mailbox are those that it was enrolled with.
    """
    letter = campaign(audience=people(2), redirect_all_to="staging@example.org")
    record = enlisted(ledger, letter)
    carrier = MemoryTransport()
    report = asyncio.run(join(joint(ledger, record.name), carrier))
    assert (report.kind, report.accepted) == ("redirected", 2)
    assert copies(carrier) == {"staging@example.org": 2}


def test_seeds_are_sent_by_whoever_joins(ledger):
    """
    They are rows as all others are.
    """
    letter = campaign(
        audience=people(2), seeds=[Recipient("seed@example.org", name="Seed")]
    )
    enlisted(ledger, letter)
    carrier = MemoryTransport()
    assert joined(ledger, carrier).seeds == 1
    assert copies(carrier)["seed@example.org"] == 1
