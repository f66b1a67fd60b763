"""engine/redirection.py: everybody's message, for one mailbox."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fleet import people
from safesend import Attachment, Campaign, Recipient, Template
from safesend.engine.audience import audience_of
from safesend.engine.redirection import Redirected
from safesend.errors import ConfigurationError, UnsafeMessage
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.message.address import Address
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport

QA = Address.parse("qa@staging.example")


def _campaign(audience, **options):
    return Campaign(
        **{
            "name": "spring",
            "sender": "news@example.net",
            "template": Template(
                subject="Hello {{ name }}", text="Dear {{ name }}, you are {{ email }}"
            ),
            "audience": audience,
            **options,
        }
    )


def _crowd(count, domain="example.org"):
    return [
        Recipient(f"p{n}@{domain}", name=f"Person {n}", email=f"P{n}@{domain}")
        for n in range(count)
    ]


def _copies(server):
    return Counter(message.recipients[0] for message in server.messages)


def test_everybody_becomes_one_mailbox():
    """
    Each copy has a key of its own that names nobody, and knows whose data it shows.
    """
    audience = Redirected(audience_of(people(3)), QA, frozenset())
    copies = list(audience.copies())
    assert {copy.recipient.address for copy in copies} == {QA}
    assert len({copy.recipient.key for copy in copies}) == 3
    assert [copy.shown for copy in copies] == people(3)
    assert "p0" not in copies[0].recipient.key
    assert list(audience.circle()) == people(3)
    assert audience.about == "to q…@staging.example"
    again = Redirected(audience_of(people(3)), QA, frozenset())
    assert [one.recipient for one in again.copies()] == [
        one.recipient for one in copies
    ]


@given(st.lists(st.sampled_from(["a.example", "b.example", "c.example"]), max_size=20))
def test_only_whose_domain_is_spared_gets_the_own_message(domains):
    """
    Whatever the list is; nobody else is written to.
    """
    crowd = [Recipient(f"p{n}@{domain}") for n, domain in enumerate(domains)]
    spared = frozenset({"a.example"})
    copies = list(Redirected(audience_of(crowd), QA, spared).copies())
    for person, copy in zip(crowd, copies, strict=True):
        own = person.address.domain in spared
        assert copy.recipient.address == (person.address if own else QA)
        assert copy.person == person


def test_it_never_counts_for_the_people_of_the_list(tmp_path):
    """
    Mailbox by mailbox: the trial reaches one, the real run everybody, each once.
    """
    real = _campaign(_crowd(20))
    trial = attrs.evolve(real, redirect_all_to="qa@staging.example")
    ledger = tmp_path / "x.db"
    with SmtpServer() as server:
        report = trial.send(server.url, ledger=ledger)
        assert _copies(server) == {"qa@staging.example": 20}
        assert trial.send(server.url, ledger=ledger).sent_now == 0
        first = len(server.messages)
        done = real.send(server.url, ledger=ledger)
        assert real.send(server.url, ledger=ledger).sent_now == 0
        copies = Counter(m.recipients[0] for m in server.messages[first:])
        contents = [m.content for m in server.messages[:first]]
    assert copies == {f"p{n}@example.org": 1 for n in range(20)}
    assert (report.accepted, done.accepted) == (20, 20)
    assert report.campaign == "spring (redirected)"
    assert (report.kind, report.about) == ("redirected", "to q…@staging.example")
    assert b"example.org" not in b"".join(contents).lower()
    texts = {
        message_from_bytes(c, policy=policy.default).get_content() for c in contents
    }
    assert "Dear Person 7, you are qa@staging.example\r\n" in texts
    assert list(report.outcomes(real.audience)) == []


def test_the_ledger_says_so(tmp_path):
    """
    In a campaign of its own; of another mailbox later on, too.
    """
    ledger = open_ledger(tmp_path / "x.db")
    for address in ("qa@staging.example", "ops@staging.example"):
        trial = _campaign(_crowd(2), redirect_all_to=address)
        trial.send(MemoryTransport(), ledger=ledger, confirm_changes=True)
    [record] = ledger.campaigns()
    assert (record.name, record.kind) == ("spring (redirected)", "redirected")
    assert record.about == "to o…@staging.example"
    assert record.is_trial
    assert ledger.counts(record.id) == {State.ACCEPTED: 4}
    ledger.close()


def test_people_in_allowed_domains_get_their_own(tmp_path):
    """
    In a trial; the real run reaches them all the same.
    """
    crowd = [*_crowd(2), *_crowd(2, "ours.example")]
    trial = _campaign(
        crowd, redirect_all_to="qa@staging.example", allowed_domains=["ours.example"]
    )
    with SmtpServer() as server:
        report = trial.send(server.url, ledger=tmp_path / "x.db")
        assert _copies(server) == {
            "qa@staging.example": 2,
            "p0@ours.example": 1,
            "p1@ours.example": 1,
        }
        _campaign(crowd).send(server.url, ledger=tmp_path / "x.db")
        assert _copies(server)["p0@ours.example"] == 2
    assert report.about == "to q…@staging.example, except at ours.example"
    assert report.accepted == 4


def test_allowed_domains_alone_refuse_as_before():
    """
    Nothing is redirected that nobody redirected.
    """
    with pytest.raises(UnsafeMessage, match="allowed_domains"):
        _campaign(_crowd(1), allowed_domains=["ours.example"]).send(
            MemoryTransport(), ledger=":memory:"
        )


def test_the_mailbox_may_be_in_the_list(tmp_path):
    """
    Its own row is one of the messages; nobody's address is in any of them but its own.
    """
    crowd = [*_crowd(2), Recipient("QA@staging.example", name="Quality", email="-")]
    trial = _campaign(crowd, redirect_all_to="qa@staging.example")
    transport = MemoryTransport()
    report = trial.send(transport, ledger=":memory:")
    assert report.accepted == 3
    assert len({envelope.message_id for envelope in transport.messages}) == 3
    assert all(b"example.org" not in one.content for one in transport.messages)


def test_seeds_are_redirected_too():
    """
    A trial shows the whole mailing; nothing of it is counted twice.
    """
    seeds = [Recipient("s@seeds.example", name="Seed", email="s@seeds.example")]
    trial = _campaign(
        _crowd(4), redirect_all_to="qa@staging.example", seeds=seeds, seed_every=2
    )
    transport = MemoryTransport()
    report = trial.send(transport, ledger=":memory:")
    assert (report.accepted, report.seeds) == (7, 3)
    assert {str(one.recipient.wire) for one in transport.messages} == {
        "qa@staging.example"
    }


def test_another_persons_data_is_still_found():
    """
    A letter that names somebody of the list is refused, also when it is redirected.
    """
    named = [Recipient("x@example.org", name="p1@example.org", email="-"), *_crowd(2)]
    letter = Template(subject="x", text="{{ name }}, not Bob Builder")
    two = [
        Recipient("a@example.org", name="Ada Lovelace"),
        Recipient("b@example.org", name="Bob Builder"),
    ]
    for audience, options in ((named, {}), (two, {"template": letter})):
        trial = _campaign(audience, redirect_all_to="qa@staging.example", **options)
        with pytest.raises(UnsafeMessage):
            trial.send(MemoryTransport(), ledger=":memory:")


@pytest.mark.parametrize(
    "spelling",
    ["ada.l [at] example.org", "ada.l&#64;example.org", "YWRhLmxAZXhhbXBsZS5vcmc="],
)
def test_a_spelling_that_is_not_replaced_is_refused(spelling):
    """
    No message holds the address of somebody else, however it is written.
    """
    crowd = [Recipient("ada.l@example.org", name="Ada", email=spelling)]
    with pytest.raises(UnsafeMessage):
        _campaign(crowd, redirect_all_to="qa@staging.example").send(
            MemoryTransport(), ledger=":memory:"
        )
    assert _campaign(crowd).rehearse().ok


def test_a_personal_file_may_name_whose_it_is(tmp_path):
    """
    As it cannot be replaced; nobody else may be named in it, now or in a later call.
    """
    own = Attachment.from_bytes(b"Invoice for ada@example.org", name="a.txt")
    other = Attachment.from_bytes(b"Invoice for bob@example.org", name="b.txt")
    ada = Recipient("ada@example.org", [own], name="Ada", email="-")
    bob = Recipient("bob@example.org", [other], name="Bob", email="-")
    transport, ledger = MemoryTransport(), tmp_path / "x.db"
    trial = _campaign([ada], redirect_all_to="qa@staging.example")
    trial.send(transport, ledger=ledger)
    more = attrs.evolve(trial, audience=[ada, bob])
    report = more.send(transport, ledger=ledger, confirm_changes=True)
    assert report.accepted == 2
    [_, second] = transport.messages
    parts = message_from_bytes(second.content, policy=policy.default).iter_attachments()
    assert [part.get_content().strip() for part in parts] == [
        "Invoice for bob@example.org"
    ]
    mixed = Recipient("eve@example.org", [other], name="Eve", email="-")
    with pytest.raises(UnsafeMessage):
        attrs.evolve(trial, name="mixed", audience=[ada, bob, mixed]).send(
            transport, ledger=ledger
        )


def test_the_mailbox_is_one_address():
    """
    Anything else is told when the campaign is made.
    """
    with pytest.raises(ConfigurationError, match="redirect_all_to"):
        _campaign(people(1), redirect_all_to=["qa@staging.example"])
