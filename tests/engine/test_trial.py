"""engine/trial.py: one row's message, for whoever tries it."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy

import attrs
import pytest

from engine.fleet import people
from safesend import Address, Attachment, Campaign, Recipient, Template, read_csv
from safesend.engine.audience import audience_of
from safesend.engine.trial import Choice, Tried, choose
from safesend.engine.trial import test_addresses as addresses_of
from safesend.errors import AudienceError, ConfigurationError, UnsafeMessage
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.redaction import mask_text
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport

LETTER = Template(subject="Hello {{ name }}", text="{{ name }}: {{ email }}")


def _crowd(count):
    return [
        Recipient(f"p{n}@example.org", name=f"Person {n}", email=f"p{n}@example.org")
        for n in range(count)
    ]


def _campaign(audience, **options):
    given = {
        "name": "spring",
        "sender": "news@example.net",
        "template": LETTER,
        "audience": audience,
        **options,
    }
    return Campaign(**given)


def _text(envelope):
    message = message_from_bytes(envelope.content, policy=policy.default)
    return message["To"], message.get_content().strip()


def test_it_is_what_the_person_would_get_but_for_the_address():
    """
    The first row's, unless another one is named.
    """
    transport = MemoryTransport()
    campaign = _campaign(_crowd(5))
    for wanted in (None, "row:4", "address:P2@Example.org", _crowd(5)[1]):
        campaign.test_send(
            transport, to="me@example.net", as_recipient=wanted, ledger=":memory:"
        )
    assert [_text(one) for one in transport.messages] == [
        ("me@example.net", f"Person {n}: me@example.net") for n in (0, 3, 2, 1)
    ]


def test_it_says_what_became_of_it(tmp_path):
    """
    For each address: state, reply, Message-ID and whose message it was.
    """
    file = tmp_path / "l.csv"
    file.write_text("email,name\na@example.org,A\nb@example.org,B\n")
    with SmtpServer() as server:
        server.reply(
            "rcpt", "550 5.7.1 we know no you@example.net", to="you@example.net"
        )
        server.reply("rcpt", "450 4.2.0 later", to="late@example.net")
        trials = _campaign(read_csv(file)).test_send(
            server.url,
            to=[
                "me@example.net",
                "you@example.net",
                "late@example.net",
                "ME@example.net",
            ],
            as_recipient="row:3",
            ledger=tmp_path / "x.db",
        )
        [message] = server.messages
    states = [trial.state for trial in trials]
    assert states == [State.ACCEPTED, State.REFUSED, State.WAITING]
    assert {trial.row for trial in trials} == {f"{file}:3"}
    assert trials[0].message_id.encode() in message.content
    assert trials[0].message_id.endswith("@example.net>")
    assert "you@" not in trials[1].reply
    assert trials[1].reply.startswith("550 5.7.1")
    plain = trials[0].to_json()
    assert (plain["to"], plain["state"]) == ("m…@example.net", "accepted")


def test_it_may_be_repeated_and_touches_nothing(tmp_path):
    """
    Each test is a new message; the mailing reaches everybody once, before and after.
    """
    ledger, campaign = tmp_path / "x.db", _campaign(_crowd(6))
    with SmtpServer() as server:
        for _ in range(3):
            campaign.test_send(server.url, to="me@example.net", ledger=ledger)
        first = campaign.send(server.url, ledger=ledger)
        other = attrs.evolve(
            campaign, template=Template(subject="x", text="{{ name }}")
        )
        other.test_send(server.url, to="me@example.net", ledger=ledger)
        assert campaign.send(server.url, ledger=ledger).sent_now == 0
        got = Counter(message.recipients[0] for message in server.messages)
    assert got == {"me@example.net": 4} | {f"p{n}@example.org": 1 for n in range(6)}
    assert first.accepted == first.recipients == 6
    opened = open_ledger(ledger)
    [test, spring] = opened.campaigns()
    assert (test.name, test.kind, test.about) == ("spring (test)", "test", "of spring")
    assert (spring.name, spring.kind) == ("spring", "")
    assert opened.counts(test.id) == {State.ACCEPTED: 4}
    assert opened.counts(spring.id) == {State.ACCEPTED: 6}
    opened.close()


def test_whoever_tries_it_may_be_on_the_list(tmp_path):
    """
    That person gets the mailing all the same, once.
    """
    transport, campaign = MemoryTransport(), _campaign(_crowd(3))
    with_own = open_ledger(tmp_path / "x.db")
    campaign.test_send(
        transport, to="p1@example.org", as_recipient="row:3", ledger=with_own
    )
    campaign.test_send(
        transport, to="p1@example.org", as_recipient="row:2", ledger=with_own
    )
    report = campaign.send(transport, ledger=with_own)
    assert report.accepted == 3
    assert _text(transport.messages[0])[1] == "Person 2: p1@example.org"
    assert len(transport.messages) == 5
    with_own.close()


def test_its_files_come_along():
    """
    They may name whose they are: whoever tries it looks at one person's message.
    """
    own = Attachment.from_bytes(b"Invoice for ada@example.org", name="invoice.txt")
    crowd = [Recipient("ada@example.org", [own], name="Ada", email="-"), *_crowd(2)]
    transport, ledger = MemoryTransport(), open_ledger(":memory:")
    for _ in range(2):
        _campaign(crowd).test_send(transport, to="me@example.net", ledger=ledger)
    for envelope in transport.messages:
        message = message_from_bytes(envelope.content, policy=policy.default)
        [part] = message.iter_attachments()
        assert part.get_content().strip() == "Invoice for ada@example.org"


def test_the_usual_checks_run():
    """
    Somebody else in the message is found, and what stops the mailing stops its test.
    """
    transport = MemoryTransport()
    named = [Recipient("x@example.org", name="p1@example.org", email="-"), *_crowd(2)]
    letter = Template(subject="x", text="{{ name }}, not Bob Builder {{ email }}")
    two = [
        Recipient("a@example.org", name="Ada Lovelace", email="-"),
        Recipient("b@example.org", name="Bob Builder", email="-"),
    ]
    for campaign in (_campaign(named), _campaign(two, template=letter)):
        with pytest.raises(UnsafeMessage):
            campaign.test_send(transport, to="me@example.net", ledger=":memory:")
    domains = _campaign(_crowd(2), allowed_domains=["example.org"])
    with pytest.raises(UnsafeMessage, match="allowed_domains"):
        domains.test_send(transport, to="me@example.net", ledger=":memory:")
    assert not transport.messages
    domains.test_send(transport, to="me@example.org", ledger=":memory:")
    assert len(transport.messages) == 1


def test_the_length_of_the_list_does_not_matter():
    """
    It is one message.
    """
    transport = MemoryTransport()
    long = _campaign(_crowd(9), max_recipients=2)
    long.test_send(
        transport, to="me@example.net", as_recipient="row:9", ledger=":memory:"
    )
    assert _text(transport.messages[0])[1] == "Person 8: me@example.net"


def test_what_is_redirected_can_be_tried_too():
    """
    A test goes where it is sent.
    """
    transport = MemoryTransport()
    trial = _campaign(
        _crowd(2), redirect_all_to="qa@example.net", seeds=[], seed_every=1
    )
    trial.test_send(transport, to="me@example.net", ledger=":memory:")
    assert _text(transport.messages[0])[0] == "me@example.net"


def test_what_names_no_row_is_told_without_an_example_that_would_be_masked():
    """Neither form is an address: errors mask what looks like one."""
    with pytest.raises(ConfigurationError, match="row:17 is line 17") as refused:
        choose("17")
    assert mask_text(str(refused.value)) == str(refused.value)


def test_a_row_that_is_not_there_is_told(tmp_path):
    """
    As is what is wrong with the list where it may be the reason.
    """
    transport = MemoryTransport()
    for wanted in ("row:9", "address:nobody@example.org", Recipient("x@example.org")):
        with pytest.raises(ConfigurationError, match="nobody in the list"):
            _campaign(_crowd(2)).test_send(
                transport, to="me@example.net", as_recipient=wanted, ledger=":memory:"
            )
    file = tmp_path / "l.csv"
    file.write_text("email,name\na@example.org,A\nnobody,B\n")
    letter = Template(subject="x", text="{{ name }}")
    table = _campaign(read_csv(file), template=letter)
    with pytest.raises(AudienceError, match=r"l\.csv:3"):
        table.test_send(
            transport, to="me@example.net", as_recipient="row:3", ledger=":memory:"
        )
    table.test_send(transport, to="me@example.net", ledger=":memory:")
    assert len(transport.messages) == 1


def test_a_row_may_be_told_by_its_key():
    """
    A recipient of the list has one.
    """
    rows = [Recipient.from_row("p@example.org", {"name": key}, key=key) for key in "AB"]
    tried = Tried(audience_of(rows), addresses_of("me@example.net"), choose(rows[1]))
    assert tried.chosen().recipient is rows[1]
    assert tried.unique
    [copy] = tried.copies()
    assert (copy.ordinal, copy.shown) == (1, rows[1])
    assert [one.key for one in tried] == [copy.recipient.key]
    assert copy.recipient.key.startswith("test ")


@pytest.mark.parametrize("given", ["17", "row:x", "row:", "line:3", 17, ["row:1"]])
def test_whom_it_shows_is_said_in_two_ways(given):
    """
    Anything else is told with an example.
    """
    with pytest.raises(ConfigurationError, match="row:17"):
        choose(given)
    assert choose("row:17") == Choice(line=17)
    assert choose(None) == Choice()


@pytest.mark.parametrize("given", [(), 3, "nobody", ["a@example.org", 3]])
def test_where_it_goes_is_an_address_or_several(given):
    """
    Each once.
    """
    with pytest.raises(ConfigurationError, match="to"):
        addresses_of(given)
    me = Address.parse("me@example.net")
    assert addresses_of(["me@example.net", me, "ME@example.net"]) == (me,)
    with pytest.raises(ConfigurationError, match="as_recipient"):
        choose("address:nobody")


def test_people_without_fields_can_be_tried():
    """
    The first of a plain list.
    """
    tried = Tried(audience_of(people(2)), addresses_of("me@example.net"), Choice())
    assert tried.chosen().ordinal == 0
