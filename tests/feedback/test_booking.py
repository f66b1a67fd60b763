"""feedback/booking.py: news into ledgers."""

from __future__ import annotations

import io
import itertools
import json
from contextlib import closing

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.events import BOUNCED, bounce, complaint, event
from feedback.mails import block, report
from safesend import Campaign, Recipient, Template
from safesend.errors import ConfigurationError
from safesend.feedback import Booking, News, book, read_bounces, read_ses_events
from safesend.ledger import open_ledger
from safesend.ledger.base import NewRow, State
from safesend.ledger.heard import Heard
from safesend.ledger.history import Order
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.suppression import Reason, SuppressionList
from safesend.testing import SmtpServer
from safesend.testing.ledger_rows import NOW
from safesend.transports import SesTransport, SmtpTransport
from servers.ses import REGION, Recorder

_PEOPLE = [Address.parse(f"person{n}@example.org") for n in range(6)]


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """An empty ledger of either kind."""
    place = ":memory:" if request.param == "memory" else tmp_path / "x.db"
    with closing(open_ledger(place)) as ledger:
        yield ledger


@pytest.fixture
def shared(tmp_path):
    """A suppression list."""
    with SuppressionList(tmp_path / "suppressed.db") as shared:
        yield shared


def _mailed(ledger, name="spring", doubts=6):
    """A campaign of six people, of whom the first so many are in doubt."""
    campaign, key = ledger.campaign(name, NOW).id, CampaignKey(ledger.secret, name)
    ledger.begin_draft(campaign)
    rows = [
        NewRow(key.row(one), key.suppression(one), "example.org", b"x")
        for one in _PEOPLE
    ]
    ledger.enrol(campaign, rows)
    ledger.go_live(campaign, b"print", NOW)
    run = ledger.start_run(campaign, NOW, "ses:")
    ledger.claim(campaign, run, doubts, NOW)
    ledger.end_run(run, NOW)
    return campaign


def _of(ledger, number, make, *words, name="spring", **more):
    """An event about the message of a person."""
    key, who = CampaignKey(ledger.secret, name), _PEOPLE[number]
    opaque = key.message_id(key.row(who), "example.com")[1:33]
    return make(*words, key=opaque, to=who.wire, **more)


def _book(ledger, *events, **more):
    octets = "\n".join(json.dumps(one) for one in events).encode()
    more = {"source": "Amazon SES", "actor": "ada", "now": NOW, **more}
    return book(ledger, read_ses_events(io.BytesIO(octets)), **more)


def _counts(ledger, campaign):
    return {state: n for state, n in ledger.counts(campaign).items() if n}


def _everything(ledger):
    """An event of each kind, each about another person."""
    return [
        _of(ledger, 0, event, "Delivery"),
        _of(ledger, 1, bounce),
        _of(ledger, 2, bounce, "Transient", "MailboxFull"),
        _of(ledger, 3, complaint),
        _of(ledger, 4, event, "Reject"),
    ]


def test_events_settle_doubts_and_leave_people_out(ledger, shared):
    """
    On both lists; who brought them is kept, and a second reading changes nothing.
    """
    campaign, events = _mailed(ledger), _everything(ledger)

    foretold = _book(ledger, *events, suppression=shared, dry_run=True)
    assert _counts(ledger, campaign) == {State.IN_DOUBT: 6}
    assert (shared.counts(), ledger.hindsight.tally(campaign)) == ({}, {})
    done = _book(ledger, *events, suppression=shared)

    assert foretold == done
    kinds = (Heard.DELIVERED, Heard.BOUNCED, Heard.RETURNED, Heard.COMPLAINED)
    new = dict.fromkeys((*kinds, Heard.REJECTED), 1)
    assert done == Booking(
        matched=5,
        new=new,
        accepted=4,
        refused=1,
        suppressed=2,
        listed=2,
        campaigns=("spring",),
        matched_by={"spring": 5},
    )
    after = {State.ACCEPTED: 4, State.REFUSED: 1, State.IN_DOUBT: 1}
    assert _counts(ledger, campaign) == after
    assert [r for one in _PEOPLE for r in shared.which_of([one]) if r] == [
        Reason.NO_SUCH_MAILBOX,
        Reason.COMPLAINT,
    ]
    [order] = ledger.history.chronicle(campaign, NOW).orders
    assert order == attrs.evolve(
        Order(NOW, "heard", "", "ada", ""), reason=order.reason
    )
    assert order.reason.startswith("Amazon SES: 1 delivered, 1 bounced, 1 returned")

    again = _book(ledger, *events, suppression=shared)
    assert again == Booking(matched=5, known=5, listed=0, matched_by={"spring": 5})
    assert _counts(ledger, campaign) == after
    assert len(ledger.history.chronicle(campaign, NOW).orders) == 1


def test_who_was_taken_off_a_list_stays_off_it(ledger, shared):
    """
    Old news, told again, are no reason.
    """
    _mailed(ledger)
    events = _everything(ledger)
    _book(ledger, *events, suppression=shared)
    for one in _PEOPLE:
        shared.remove(one, actor="ada", reason="they wrote to us")
        key = CampaignKey(ledger.secret, "").suppression(one)
        ledger.lift(key, actor="ada", reason="they wrote to us", now=NOW)

    again = _book(ledger, *events, suppression=shared)

    assert (again.suppressed, again.listed, shared.counts()) == (0, 0, {})


def test_what_was_cut_off_between_the_lists_is_made_up_for(ledger, shared):
    """
    The shared list comes first: what the ledger does not know yet is done again.
    """
    _mailed(ledger)
    shared.add([_PEOPLE[1]], Reason.NO_SUCH_MAILBOX, now=NOW)
    done = _book(ledger, _of(ledger, 1, bounce), suppression=shared)
    assert (done.suppressed, done.listed) == (1, 0)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(), st.integers(1, 4))
def test_the_order_of_events_does_not_matter(random, parts):
    """
    Nor in how many files they come, nor how often.
    """
    with closing(open_ledger(":memory:")) as ledger:
        campaign = _mailed(ledger)
        events = [
            *_everything(ledger) * 2,
            _of(ledger, 4, event, "Send"),
            _of(ledger, 1, event, "Delivery"),
            _of(ledger, 3, event, "Delivery"),
        ]
        random.shuffle(events)
        for part in range(parts):
            _book(ledger, *events[part::parts])
        states = {State.ACCEPTED: 4, State.REFUSED: 1, State.IN_DOUBT: 1}
        assert _counts(ledger, campaign) == states
        heard = ledger.hindsight.tally(campaign)
        assert heard[Heard.DELIVERED] == 3
        assert heard[Heard.BOUNCED] == heard[Heard.COMPLAINED] == 1
        assert _book(ledger, *events).new == {}


def test_events_of_others_are_counted_and_left_alone(ledger):
    """
    Of another ledger, another program, or about nothing that is known.
    """
    campaign = _mailed(ledger)
    with closing(open_ledger(":memory:")) as other:
        _mailed(other)
        theirs = _everything(other)
    done = _book(ledger, *theirs, event("Send"), event("Send", key="theirs"))
    assert done == Booking(unmatched=6)
    assert _counts(ledger, campaign) == {State.IN_DOUBT: 6}
    assert _book(ledger) == Booking()


def test_every_campaign_has_its_own(ledger):
    """
    A purged one is not asked: nobody is known in it.
    """
    first, second = _mailed(ledger), _mailed(ledger, "summer")
    events = [_of(ledger, 0, bounce, name=name) for name in ("spring", "summer")]
    ledger.persons.purge(first, actor="ada", reason="x", now=NOW, unfinished=True)
    ledger.campaign("never live", NOW)

    done = _book(ledger, *events)

    assert (done.matched, done.unmatched, done.campaigns) == (1, 1, ("summer",))
    assert _counts(ledger, second)[State.ACCEPTED] == 1


def test_a_tag_on_a_message_to_somebody_else_is_not_believed(ledger, shared):
    """
    The mailbox of the row, or none at all, must be the one that it went to.
    """
    campaign = _mailed(ledger)
    of = _of(ledger, 0, bounce)
    stranger = {**of, "mail": {**of["mail"], "destination": ["eve@example.org"]}}
    done = _book(ledger, stranger, suppression=shared)
    assert (done.matched, done.strange, done.new) == (1, 1, {})
    assert _counts(ledger, campaign) == {State.IN_DOUBT: 6}

    silent = {**of, "mail": {**of["mail"], "destination": None}}
    silent["bounce"] = {**of["bounce"], "bouncedRecipients": []}
    done = _book(ledger, silent, suppression=shared)
    assert (done.accepted, done.suppressed, done.listed) == (1, 1, 0)


def test_a_mailbox_further_on_leaves_nobody_out(ledger, shared):
    """
    What somebody's mail is forwarded to bounces; the mailbox itself is there.
    """
    campaign = _mailed(ledger)
    further = [{**BOUNCED, "emailAddress": "old@example.net"}]
    done = _book(ledger, _of(ledger, 0, bounce, people=further), suppression=shared)
    assert (done.new, done.suppressed, done.listed) == ({Heard.BOUNCED: 1}, 0, 0)
    assert _counts(ledger, campaign)[State.ACCEPTED] == 1


def _report(ledger, number, status="5.2.2", name="spring", to="", **more):
    """A report on delivery about the message of a person."""
    key, who = CampaignKey(ledger.secret, name), _PEOPLE[number]
    message_id = key.message_id(key.row(who), "example.com")
    letter = f"Message-ID: {message_id}\nTo: {who.wire}\n"
    fields = {"Final_Recipient": f"rfc822; {who.wire}", **more}
    told = block(**fields, Action="failed", Status=status)
    return report(told, letter=letter, To=to or "bounces@example.com")


def _deliver(ledger, *mails, **more):
    """Book the mails of a bounce mailbox."""
    reader = read_bounces((f"new/{n}", octets) for n, octets in enumerate(mails))
    return book(ledger, reader, **{"source": "bounces", "now": NOW + 60, **more})


def test_a_bounce_is_found_by_its_address_or_its_message(ledger, shared):
    """
    A mailbox that is gone is left out; its name is not kept.
    """
    campaign = _mailed(ledger)
    key = CampaignKey(ledger.secret, "spring")
    token = f"bounces+{key.bounce(key.row(_PEOPLE[0]))}@example.com"
    said = "smtp; 550 5.1.1 there is no person0 here"
    mails = [
        _report(ledger, 1, "5.1.1", to=token, Diagnostic_Code=said),
        _report(ledger, 2, "5.1.1"),
        _report(ledger, 3, "5.2.2"),
        _report(ledger, 4, "5.1.1", name="another ledger's"),
    ]
    done = _deliver(ledger, *mails, suppression=shared)
    assert (done.matched, done.unmatched, done.strange) == (3, 1, 0)
    assert done.new == {Heard.BOUNCED: 2, Heard.RETURNED: 1}
    # The report to person0's bounce address is about somebody else's mailbox.
    assert (done.accepted, done.suppressed, done.listed) == (3, 1, 1)
    assert shared.which_of(_PEOPLE)[:3] == [None, None, Reason.NO_SUCH_MAILBOX]
    [word] = ledger.account(campaign, key.row(_PEOPLE[0])).heard
    assert word.text == "there is no person0 here"
    again = _deliver(ledger, *mails, suppression=shared)
    assert (again.known, again.new, again.listed) == (3, {}, 0)


def test_of_one_report_what_is_said_of_the_mailbox_itself_counts(ledger):
    """
    Also where another one is told of before it.
    """
    _mailed(ledger)
    key = CampaignKey(ledger.secret, "spring")
    opaque = key.opaque_id(key.row(_PEOPLE[0]))
    gone = News(key=opaque, heard=Heard.BOUNCED, at=NOW, no_mailbox=True)
    news = [
        attrs.evolve(gone, about=frozenset({who})) for who in (_PEOPLE[5], _PEOPLE[0])
    ]
    assert book(ledger, news, now=NOW).suppressed == 1


def test_a_date_to_come_is_today(ledger):
    """
    A clock is wrong, or somebody made it up.
    """
    campaign, key = _mailed(ledger), CampaignKey(ledger.secret, "spring")
    row = key.row(_PEOPLE[0])
    news = News(key=key.opaque_id(row), heard=Heard.BOUNCED, at=NOW * 2)
    book(ledger, [news], now=NOW + 5)
    assert ledger.account(campaign, row).heard[0].at == NOW + 5


@pytest.mark.parametrize(
    ("status", "suppressed"),
    [("5.2.2", [0, 0, 1, 0, 0]), ("5.4.4", [0, 1, 0, 0, 1])],
)
def test_who_sends_back_mailing_after_mailing_is_left_out(
    ledger, shared, status, suppressed
):
    """
    The third in a year, or the second of a dead domain; a dry run tells it before.
    """
    names = ("spring", "summer", "autumn")
    for name in names:
        _mailed(ledger, name)
    mails = [_report(ledger, 0, status, name=name) for name in names]
    mails += [_report(ledger, 1, status, name=name) for name in names[:2]]

    foretold = _deliver(ledger, *mails, suppression=shared, dry_run=True)
    assert foretold.suppressed == foretold.listed == sum(suppressed)
    done = [_deliver(ledger, mail, suppression=shared) for mail in mails]

    assert [one.suppressed for one in done] == suppressed
    second = Reason.RETURNED if sum(suppressed) > 1 else None
    assert shared.which_of(_PEOPLE)[:2] == [Reason.RETURNED, second]
    again = _deliver(ledger, *mails, suppression=shared)
    assert (again.known, again.suppressed, again.listed) == (5, 0, 0)


def test_tests_and_mailboxes_further_on_do_not_count(ledger):
    """
    Nor what is longer ago than a year.
    """
    for name in ("spring", "summer", "test"):
        campaign = _mailed(ledger, name)
    ledger.kinds.describe(campaign, "test", "")
    further = {"Final_Recipient": "rfc822; old@example.net"}
    for name in ("test", "spring", "summer"):
        for dry_run in (True, False):
            mails = [_report(ledger, 0, name=name), _report(ledger, 1, name=name)]
            assert _deliver(ledger, *mails, dry_run=dry_run).suppressed == 0
    _mailed(ledger, "autumn")
    mails = [
        _report(ledger, 0, name="autumn", **further),
        _report(ledger, 1, name="autumn"),
    ]
    late = _deliver(ledger, *mails, now=NOW + 367 * 86_400, dry_run=True)
    assert late.suppressed == 0
    assert _deliver(ledger, *mails).suppressed == 1


def test_what_a_server_says_of_a_person_is_masked(ledger):
    """
    The address, and the local part that it may repeat bare.
    """
    campaign = _mailed(ledger)
    said = "smtp; 550 5.1.1 <person0@example.org>: no person0 here"
    people = [{"emailAddress": _PEOPLE[0].wire, "diagnosticCode": said}]
    _book(ledger, _of(ledger, 0, bounce, people=people))
    digest = CampaignKey(ledger.secret, "spring").row(_PEOPLE[0])
    [word] = ledger.account(campaign, digest).heard
    assert word.text == "Permanent/General <p…@example.org>: no … here"


def test_a_trial_leaves_nobody_out(ledger, shared):
    """
    What was redirected went to somebody else on purpose.
    """
    campaign = _mailed(ledger)
    ledger.kinds.describe(campaign, "redirected", "to quality")
    of = _of(ledger, 0, bounce)
    mail = {**of["mail"], "destination": ["quality@example.com"]}
    done = _book(ledger, {**of, "mail": mail}, suppression=shared)
    assert (done.strange, done.accepted, done.suppressed, done.listed) == (0, 1, 0, 0)


def test_many_events_are_taken_in_batches(ledger):
    """
    What an earlier batch would change is remembered where nothing is changed.
    """
    _mailed(ledger)
    key = CampaignKey(ledger.secret, "spring")
    opaque = key.opaque_id(key.row(_PEOPLE[0]))
    one = News(key=opaque, heard=Heard.DELIVERED, at=NOW)
    many = [*itertools.repeat(one, 50_000), attrs.evolve(one, heard=Heard.BOUNCED)]

    foretold = book(ledger, many, dry_run=True)

    assert foretold == book(ledger, many)
    assert (foretold.matched, foretold.known, foretold.accepted) == (50_001, 49_999, 1)


def test_a_list_that_is_not_there_is_refused(ledger, tmp_path):
    """
    It is not made here, and nothing is booked.
    """
    campaign = _mailed(ledger)
    with pytest.raises(ConfigurationError, match="no suppression list"):
        _book(ledger, _of(ledger, 0, bounce), suppression=tmp_path / "none.db")
    assert ledger.hindsight.tally(campaign) == {}


def test_a_mailing_that_was_cut_off_is_settled_by_its_events(tmp_path):
    """
    Real letters, a server that hangs up after each, the ids that the letters had.
    """
    people = [Recipient(one.wire) for one in _PEOPLE[:3]]
    campaign = Campaign(
        name="spring",
        sender="news@example.com",
        template=Template(subject="Hello", text="Hello"),
        audience=people,
    )
    ids = {
        one.recipient.wire: one.message_id
        for one in campaign.rehearse(ledger=tmp_path / "x.db").messages()
    }
    with SmtpServer() as server:
        server.drop_before_reply("dot", times=3)
        transport = SmtpTransport(server.host, server.port, tls="insecure-plaintext")
        report = campaign.send(transport, ledger=tmp_path / "x.db", lanes=1)
    assert report.in_doubt == 3
    sent = [event("Send", key=id_[1:33], to=who) for who, id_ in ids.items()]
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        done = _book(ledger, *sent)
    assert done.accepted == 3
    report = campaign.send(transport, ledger=tmp_path / "x.db")
    assert (report.accepted, report.in_doubt, report.sent_now) == (3, 0, 0)
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        who = _PEOPLE[0].wire
        _book(ledger, bounce(key=ids[who][1:33], to=who))
    report = campaign.send(transport, ledger=tmp_path / "x.db")
    assert (report.bounced, report.complained) == (1, 0)


@pytest.mark.usefixtures("aws")
def test_the_tag_of_a_message_is_what_its_event_is_found_by(tmp_path):
    """
    Amazon SES took it, the answer was lost: its event settles the doubt.
    """

    def lost(handler, body):
        handler.hand_over(body)
        handler.hang_up()

    campaign = Campaign(
        name="spring",
        sender="news@example.com",
        template=Template(subject="Hello", text="Hello"),
        audience=[Recipient(_PEOPLE[0].wire)],
    )
    with Recorder(script=[lost]) as server:
        transport = SesTransport(REGION, endpoint_url=server.url)
        report = campaign.send(transport, ledger=tmp_path / "x.db")
        assert (report.in_doubt, len(server.taken)) == (1, 1)
        [call] = server.taken
        [address] = call.addresses
        with closing(open_ledger(tmp_path / "x.db")) as ledger:
            done = _book(ledger, event("Delivery", key=call.tag, to=address))
        assert (done.matched, done.accepted) == (1, 1)
        report = campaign.send(transport, ledger=tmp_path / "x.db")
        assert (report.accepted, report.in_doubt, len(server.taken)) == (1, 0, 1)
