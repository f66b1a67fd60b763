"""Nothing goes live that people must approve and did not, to the last octet."""

from __future__ import annotations

import base64
from contextlib import closing

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.fleet import mail, people, plan
from safesend import Allow, Attachment, Campaign, Recipient, Template
from safesend.engine.consent import begin_digest
from safesend.errors import ApprovalNeeded, CampaignChanged, UnsafeMessage
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.ledger.memory import MemoryLedger
from safesend.transports import MemoryTransport

DOT = base64.b64decode("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==")
"""The smallest picture."""


def _plan(octets=b"a plan", name="plan.txt"):
    return Attachment.from_bytes(octets, name=name)


LETTER = {
    "subject": "Hello {{ name }}",
    "text": "Dear {{ name }}, we meet at noon.\n",
    "html": "<p>Dear {{ name }}, we meet at noon.</p>",
    "headers": {"X-Office": "north", "X-Matter": "noon"},
    "reply_to": "office@example.org",
    "attachments": [_plan()],
    "inline": [Attachment.from_bytes(DOT, name="a.gif", cid="a.gif")],
}
ROWS = [("ada@example.net", "Ada", "N17"), ("bo@example.net", "Bo", "N18")]


@pytest.fixture(scope="module")
def ledger():
    """Its key is the same for all digests."""
    return MemoryLedger()


def _campaign(*, rows=ROWS, files=None, letter=None, **more):
    audience = [
        Recipient(
            address,
            attachments=[
                Attachment.from_bytes(files or b"yours " + seat.encode(), name="a.txt")
            ],
            name=name,
            seat=seat,
        )
        for address, name, seat in rows
    ]
    options = {
        "name": "noon",
        "sender": "News <news@example.org>",
        "template": Template(**LETTER | (letter or {})),
        "unsubscribe": "https://example.org/u/{token}",
        "audience": audience,
    }
    return Campaign(**options | more)


def _digest(ledger, campaign):
    rehearsal = campaign.rehearse(ledger=ledger)
    assert rehearsal.ok
    return rehearsal.digest


@pytest.fixture(scope="module")
def digest(ledger):
    """Of the campaign as it is."""
    return _digest(ledger, _campaign())


def test_a_digest_is_the_same_every_time(ledger, digest):
    """Under one key; without a ledger there is none."""
    assert _digest(ledger, _campaign()) == digest
    assert _digest(MemoryLedger(), _campaign()) != digest
    assert _campaign().rehearse().digest == b""


@pytest.mark.parametrize(
    "change",
    [
        {"letter": {"subject": "Hello, {{ name }}"}},
        {"letter": {"text": "Dear {{ name }}, we meet at noon!\n"}},
        {"letter": {"html": "<p>Dear {{ name }}, we meet at noon!</p>"}},
        {"letter": {"headers": {"X-Office": "north", "X-Matter": "one"}}},
        {"letter": {"headers": {"X-Matter": "noon", "X-Office": "north"}}},
        {"letter": {"headers": {}}},
        {"letter": {"reply_to": "desk@example.org"}},
        {"letter": {"reply_to": None}},
        {
            "letter": {
                "attachments": [Attachment.from_bytes(b"A plan", name="plan.txt")]
            }
        },
        {
            "letter": {
                "attachments": [Attachment.from_bytes(b"a plan", name="Plan.txt")]
            }
        },
        {"letter": {"attachments": []}},
        {"letter": {"inline": []}},
        {"sender": "news@example.org"},
        {"sender": "News <new@example.org>"},
        {"name": "evening"},
        {"unsubscribe": "https://example.org/v/{token}"},
        {"unsubscribe": None},
        {"message_id_domain": "mail.example.org"},
        {"envelope_sender": "bounces+{token}@example.org"},
        {"rows": ROWS[:1]},
        {"rows": ROWS[::-1]},
        {"rows": [*ROWS, ("cy@example.net", "Cy", "N19")]},
        {"rows": [ROWS[0], ("bo@example.com", "Bo", "N18")]},
        {"rows": [ROWS[0], ("bo@example.net", "Bob", "N18")]},
        {"files": b"his"},
        {"public": ["desk@example.org"]},
        {"public": ["a phrase"]},
        {"private": ["seat"]},
        {"verify": [("name", "name")]},
        {"allow": [Allow("L23", "agreed")]},
        {"allow": [Allow("L23", "agreed", place="plan.txt")]},
    ],
    ids=str,
)
def test_whatever_changes_it_is_another_content(ledger, digest, change):
    """Letter, files, sender, list, personal files, and what the checks are told."""
    if "files" in change:
        # One personal file for two people would be a leak.
        assert _digest(ledger, _campaign(rows=ROWS[:1], **change)) != _digest(
            ledger, _campaign(rows=ROWS[:1])
        )
    else:
        assert _digest(ledger, _campaign(**change)) != digest


# Any one octet: what is changed is drawn, and where.

_TEXTS = ("subject", "text", "html")


@given(st.data())
def test_one_changed_octet_is_another_content(ledger, data):
    """Wherever it stands in the letter, in a file, in the sender or in the list."""
    digest = _of(ledger, LETTER, ROWS, b"yours", "News <news@example.org>")
    where = data.draw(st.sampled_from([*_TEXTS, "file", "row", "own file", "sender"]))
    letter, rows, own, sender = LETTER, ROWS, b"yours", "News <news@example.org>"
    if where in _TEXTS:
        letter = LETTER | {where: _mutated(data, LETTER[where], "{}% name")}
    elif where == "file":
        letter = LETTER | {"attachments": [_plan(_octets(data, b"a plan"))]}
    elif where == "row":
        place = data.draw(st.integers(0, 5))
        row = list(ROWS[place // 3])
        row[place % 3] = _mutated(data, row[place % 3], "@.")
        assume(not row[0][-1].isdigit())  # which is no domain
        rows = [tuple(row) if at == place // 3 else ROWS[at] for at in range(2)]
    elif where == "own file":
        own = _octets(data, own)
    else:
        sender = f"{_mutated(data, 'News', '')} <news@example.org>"
    assert _of(ledger, letter, rows, own, sender) != digest


def _of(ledger, letter, rows, own, sender):
    """The digest as an enrolment makes it, without looking for leaks."""
    from safesend.message.address import Address
    from safesend.message.compile import compile_message
    from safesend.message.letterhead import Letterhead
    from safesend.message.rowdata import packed

    head = Letterhead(sender=Address.parse(sender, name_allowed=True))
    made = plan([], name="noon")
    compiled = compile_message(Template(**letter), head)
    digest = begin_digest(ledger.secret, "noon", compiled, made.safety)
    for address, name, seat in rows:
        file = Attachment.from_bytes(own, name="a.txt")
        row = Recipient(address, attachments=[file], name=name, seat=seat)
        digest.add(packed(row).content)
    return digest.value()


def _mutated(data, text, kept):
    """One letter changed into another one, but for those that have a meaning."""
    places = [at for at, letter in enumerate(text) if letter not in kept]
    at = data.draw(st.sampled_from(places))
    letters = [one for one in "abcxyz018" if one.lower() != text[at].lower()]
    return text[:at] + data.draw(st.sampled_from(letters)) + text[at + 1 :]


def _octets(data, octets):
    at = data.draw(st.integers(0, len(octets) - 1))
    other = data.draw(st.integers(1, 255))
    return octets[:at] + bytes([octets[at] ^ other]) + octets[at + 1 :]


# Asked before anything goes live


@pytest.fixture(params=["memory", "sqlite"])
def book(request, tmp_path):
    """Both ledgers ask the same."""
    place = ":memory:" if request.param == "memory" else tmp_path / "noon.db"
    with closing(open_ledger(place)) as opened:
        yield opened


def _send(book, campaign, **options):
    carrier = MemoryTransport()
    return campaign.send(carrier, ledger=book, **options)


def test_without_an_approval_nothing_is_sent_or_enrolled(book):
    """Who asked for one once is asked ever after; with it, it goes."""
    with pytest.raises(ApprovalNeeded, match="1 person must approve") as caught:
        _send(book, _campaign(), approvals=1)
    error = caught.value
    assert (error.needed, error.given) == (1, 0)
    assert error.digest in str(error)
    assert "safesend approve DIR" in str(error)
    with pytest.raises(ApprovalNeeded):
        _send(book, _campaign())
    assert dict(book.counts(1)) == {}
    _campaign().approve(ledger=book, actor="ada", reason="looked")
    assert _send(book, _campaign()).accepted == 2
    assert _send(book, _campaign()).sent_now == 0


def test_an_approval_is_void_once_the_list_changed(book):
    """And holds again when it is as it was; whose it was and when is said."""
    grown = _campaign(rows=[*ROWS, ("cy@example.net", "Cy", "N19")])
    _campaign().approve(ledger=book, actor="ada")
    with pytest.raises(ApprovalNeeded, match="that approval is void") as caught:
        _send(book, grown, approvals=1)
    assert "ada approved" in str(caught.value)
    assert _send(book, _campaign()).accepted == 2
    with pytest.raises(ApprovalNeeded, match="ada approved"):
        _send(book, grown)
    grown.approve(ledger=book, actor="ada")
    assert _send(book, grown).sent_now == 1


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        (ROWS[:1], "1 person waits"),
        ([("ada@example.net", "Adam", "N17"), ROWS[1]], "1 person waits"),
        ([("cy@example.net", "Cy", "N19")], "2 people wait"),
    ],
)
def test_nobody_gets_what_an_earlier_call_enrolled_unapproved(book, rows, number):
    """Who waits as another list had them is no part of what people approve."""
    _send(book, _campaign(), start="2100-01-01", deadline=0.01)
    other = _campaign(rows=rows)
    other.approve(ledger=book, actor="ada")
    for options in ({"confirm_changes": True}, {}):
        with pytest.raises(CampaignChanged, match=f"{number} in the campaign 'noon'"):
            _send(book, other, approvals=1, **options)
    assert book.counts(1)[State.WAITING] == 2
    book.orders.begin_at(1, 0.0, actor="ada", now=0.0)
    _campaign().approve(ledger=book, actor="ada")
    assert _send(book, _campaign(), approvals=1).accepted == 2
    other.approve(ledger=book, actor="ada")
    assert _send(book, other).refused == 0


def test_two_people_are_two(book):
    """One who says it twice is one, however the name is written."""
    for name in ("Ada", "ada ", "ADA"):
        _campaign().approve(ledger=book, actor=name)
    with pytest.raises(ApprovalNeeded, match=r"2 people must .* and 1 did \(Ada\)"):
        _send(book, _campaign(), approvals=2)
    _campaign().approve(ledger=book)
    assert _send(book, _campaign(), approvals=2).accepted == 2


def test_fewer_approvals_are_confirmed_by_name(book):
    """More are asked for at any time; who lowered them is kept."""
    _campaign().approve(ledger=book, actor="ada")
    with pytest.raises(ApprovalNeeded):
        _send(book, _campaign(), approvals=2)
    with pytest.raises(CampaignChanged, match="now told that 1 would do"):
        _send(book, _campaign(), approvals=1)
    assert book.consent.needed(1) == 2
    assert _send(book, _campaign(), approvals=1, confirm_changes=True).accepted == 2
    assert book.consent.needed(1) == 1
    orders = book.history.chronicle(1, 0.0).orders
    assert [order.reason for order in orders] == ["2 needed", "1 needed"]
    assert all(order.actor for order in orders)


def test_what_would_expose_somebody_cannot_be_approved(book):
    """It is refused as `send` refuses it, and nothing is written down."""
    leaky = _campaign(letter={"text": "Dear {{ name }}, bo@example.net comes, too.\n"})
    with pytest.raises(UnsafeMessage):
        leaky.approve(ledger=book)
    assert book.campaigns() == []


def test_a_pilot_is_noted_only_with_what_goes_live(book):
    """Where the approval is missing no pilot is planned."""
    with pytest.raises(ApprovalNeeded):
        mail(plan(people(9)), book, MemoryTransport(), approvals=1, pilot=_pilot())
    assert book.consent.pilot(1) is None
    assert State.WAITING not in book.counts(1)


def _pilot():
    from safesend.policies import Pilot

    return Pilot(3)
