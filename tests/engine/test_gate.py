"""The suppression list of a run: asked at every claim, told who is unknown."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engine.fleet import mail, people, plan
from safesend import Campaign, Recipient, SuppressionList, Template
from safesend.delivery import Accepted, InDoubt, Refused, Stage
from safesend.engine.dispatcher import BATCH
from safesend.engine.gate import Gate
from safesend.errors import ConfigurationError, LedgerBusy, LedgerError
from safesend.ledger import database, open_ledger
from safesend.ledger.base import Result, Row, State
from safesend.ledger.memory import MemoryLedger
from safesend.suppression import Entry, Reason
from safesend.testing import FakeClock, SmtpServer
from safesend.testing.ledger_rows import NOW
from safesend.transports import MemoryTransport, open_transport

GONE = Refused(Stage.RCPT, 550, "5.1.1", "no such user")


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


@pytest.fixture
def shared(tmp_path):
    with SuppressionList(tmp_path / "shared.db") as opened:
        yield opened


def _reached(transport):
    return {envelope.recipient.wire for envelope, _ in transport.deliveries}


def test_a_gate_keeps_back_whom_the_list_has(shared):
    """
    One line for each row whose mailbox is on it, with the reason that weighs most.
    """
    gate = Gate(shared, "spring", MemoryLedger())
    shared.add(["p1@example.org"], "complaint")
    shared.add(["@example.org"], "by-hand", expires=NOW + 1, now=NOW)
    gate.note([people(1)[0].address], NOW)
    rows = [Row(7 + i, b"digest", 0, None, b"") for i in range(3)]
    addresses = [one.address for one in people(3)]
    told = "on the suppression list: "
    assert gate.kept_back(rows, addresses, NOW + 1) == [
        Result(7, State.SUPPRESSED, attempt=False, text=f"{told}no-such-mailbox"),
        Result(8, State.SUPPRESSED, attempt=False, text=f"{told}complaint"),
    ]
    assert shared.entries("p0@example.org", NOW + 1) == [
        Entry(Reason.NO_SUCH_MAILBOX, "spring", NOW)
    ]


def test_nobody_on_the_list_is_written_to(ledger, shared):
    """
    They are counted, with the reason; the others are written to, once.
    """
    shared.add(["p1@example.org", "p3@example.org"], "unsubscribed")
    transport = MemoryTransport()
    report = mail(plan(people(5)), ledger, transport, suppression=shared)
    assert (report.accepted, report.suppressed, report.waiting) == (3, 2, 0)
    assert report.reasons["suppressed"] == (
        ("on the suppression list: unsubscribed", 2),
    )
    assert _reached(transport) == {f"p{i}@example.org" for i in (0, 2, 4)}
    again = mail(plan(people(5)), ledger, transport, suppression=shared)
    assert (again.sent_now, again.suppressed) == (0, 2)


def test_a_list_of_everybody_is_done_soon(ledger, shared):
    """
    Claims in which nobody is left are no reason to wait for others.
    """
    shared.add(["@example.org"])
    clock = FakeClock()
    transport = MemoryTransport()
    number = 3 * BATCH
    report = mail(
        plan(people(number)), ledger, transport, suppression=shared, clock=clock
    )
    assert (report.suppressed, report.waiting) == (number, 0)
    assert transport.deliveries == []


def test_the_server_hears_nothing_of_them(tmp_path, shared):
    """
    No RCPT names whoever is on the list, on a real connection.
    """
    shared.add(["p2@example.org"], "complaint")
    with SmtpServer() as server:
        report = _letter(people(4)).send(
            server.url, ledger=tmp_path / "a.db", suppression=shared.name
        )
        named = [name for one in server.transactions for name in one.recipients]
    assert sorted(named) == [f"p{i}@example.org" for i in (0, 1, 3)]
    assert (report.accepted, report.suppressed) == (3, 1)


def _letter(audience, name="spring"):
    template = Template(subject="Hello {{ name }}", text="Dear {{ name }}")
    return Campaign(
        name=name, sender="news@example.org", template=template, audience=audience
    )


def test_what_one_server_does_not_know_another_is_not_asked_for(tmp_path, shared):
    """
    In another campaign with another ledger.
    """
    with SmtpServer() as one:
        one.reply("rcpt", "550 5.1.1 no such user", to="p1@example.org")
        report = _letter(people(3)).send(
            one.url, ledger=tmp_path / "one.db", suppression=shared
        )
    assert (report.accepted, report.refused, report.suppressed) == (2, 1, 0)
    [entry] = shared.entries("p1@example.org")
    assert (entry.reason, entry.source) == (Reason.NO_SUCH_MAILBOX, "spring")
    with SmtpServer() as two:
        report = _letter(people(3), "summer").send(
            two.url, ledger=":memory:", suppression=shared
        )
        assert {one.recipient for one in two.transactions} == {
            "p0@example.org",
            "p2@example.org",
        }
    assert (report.accepted, report.suppressed) == (2, 1)


def test_other_refusals_put_nobody_on_it(ledger, shared):
    """
    Nor does a server that knows nobody.
    """
    transport = MemoryTransport(answer=lambda _: GONE)
    transport.answers(Refused(Stage.RCPT, 550, "5.7.1", "spam"), Accepted())
    mail(plan(people(60)), ledger, transport, suppression=shared)
    assert shared.counts()[Reason.NO_SUCH_MAILBOX].number == 20
    assert not shared.has("p0@example.org")


def test_another_program_is_heard_at_the_next_claim(ledger, shared):
    """
    While the run goes on; whoever it has in hand already is written to.
    """
    last = 2 * BATCH - 1

    def answer(envelope):
        if envelope.recipient.local == "p0":
            words = ["suppress", "add", shared.name, f"p{last}@example.org"]
            subprocess.run([sys.executable, "-m", "safesend", *words], check=True)
        return Accepted()

    transport = MemoryTransport(answer=answer)
    report = mail(plan(people(2 * BATCH)), ledger, transport, suppression=shared)
    assert (report.accepted, report.suppressed) == (last, 1)
    assert f"p{last}@example.org" not in _reached(transport)


def test_who_has_it_perhaps_stays_in_doubt(ledger, shared):
    """
    Put on the list after the answer to their message was lost.
    """

    def answer(envelope):
        shared.add([envelope.recipient], "unsubscribed")
        return InDoubt()

    transport = MemoryTransport(answer=answer)
    report = mail(
        plan(people(1)), ledger, transport, suppression=shared, remembered=900.0
    )
    assert (report.in_doubt, report.suppressed) == (1, 0)
    assert len(transport.deliveries) == 1
    # Somebody has looked: it did not arrive.
    [record] = ledger.campaigns()
    ledger.resolve(record.id, State.WAITING, None, 0.0)
    report = mail(plan(people(1)), ledger, transport, suppression=shared)
    assert (report.in_doubt, report.suppressed) == (0, 1)
    assert len(transport.deliveries) == 1


def test_a_list_that_is_gone_ends_the_run(ledger, shared, tmp_path):
    """
    After everything that was begun is recorded; nobody else is written to.
    """

    def answer(envelope):
        if envelope.recipient.local != "p0":
            return Accepted()
        (tmp_path / "shared.db").rename(tmp_path / "away.db")
        return GONE

    transport = MemoryTransport(answer=answer)
    with pytest.raises(LedgerError, match=r"suppression list .* was deleted, moved"):
        mail(plan(people(3 * BATCH)), ledger, transport, suppression=shared)
    [record] = ledger.campaigns()
    counts = ledger.counts(record.id)
    assert counts[State.REFUSED] == 1
    assert counts[State.ACCEPTED] == len(transport.messages)
    assert counts[State.WAITING] == 3 * BATCH - len(transport.deliveries) > 0
    assert State.SENDING not in counts
    # With the list back in its place the rest follows.
    (tmp_path / "away.db").rename(tmp_path / "shared.db")
    report = mail(plan(people(3 * BATCH)), ledger, transport, suppression=shared)
    assert (report.accepted, report.refused) == (3 * BATCH - 1, 1)


@pytest.fixture
def older(shared, tmp_path):
    """A copy of the list from before somebody left, and the list again."""
    shared.close()
    shutil.copy(shared.name, tmp_path / "older.db")
    with (
        SuppressionList(tmp_path / "older.db") as copy,
        SuppressionList(shared.name) as again,
    ):
        again.add(["p1@example.org"], "unsubscribed")
        yield copy, again


def test_an_older_copy_sends_to_nobody(ledger, older):
    """
    Once anybody has sent by the newer one; nobody is enrolled with it either.
    """
    copy, page = older
    transport = MemoryTransport()
    mail(plan(people(2)), ledger, transport, suppression=page)
    before = list(transport.deliveries)
    with pytest.raises(ConfigurationError, match=r"older\.db is an older copy"):
        mail(plan(people(4)), ledger, transport, suppression=copy)
    assert transport.deliveries == before
    [record] = ledger.campaigns()
    assert dict(ledger.counts(record.id)) == {State.ACCEPTED: 1, State.SUPPRESSED: 1}


def test_a_copy_that_grows_old_meanwhile_ends_its_run(ledger, older):
    """
    At its next claim, when another run has seen a newer one; the rest waits.
    """
    copy, page = older

    def answer(envelope):
        if envelope.recipient.local == "p0":
            Gate(page, "other", ledger).keep_up()
        return Accepted()

    transport = MemoryTransport(answer=answer)
    with pytest.raises(ConfigurationError, match=r"older\.db is an older copy"):
        mail(plan(people(3 * BATCH)), ledger, transport, suppression=copy)
    [record] = ledger.campaigns()
    counts = ledger.counts(record.id)
    assert counts[State.ACCEPTED] == len(transport.deliveries) <= 2 * BATCH
    assert counts[State.WAITING] == 3 * BATCH - len(transport.deliveries)
    report = mail(plan(people(3 * BATCH)), ledger, transport, suppression=page)
    assert report.waiting == 0


def test_a_list_that_is_replaced_by_an_older_one_ends_the_run(ledger, older):
    """
    Whoever begins again with what lies there now sends to nobody.
    """
    copy, page = older

    def answer(envelope):
        if envelope.recipient.local == "p0":
            copy.close()
            Path(copy.name).replace(page.name)
        return Accepted()

    transport = MemoryTransport(answer=answer)
    with pytest.raises(LedgerError, match=r"deleted, moved or replaced"):
        mail(plan(people(3 * BATCH)), ledger, transport, suppression=page)
    page.close()
    before = list(transport.deliveries)
    with (
        SuppressionList(page.name) as found,
        pytest.raises(ConfigurationError, match="is an older copy"),
    ):
        mail(plan(people(3 * BATCH)), ledger, transport, suppression=found)
    assert transport.deliveries == before


def test_what_a_run_puts_on_it_is_seen(ledger, older):
    """
    A copy of before the run lacks whom its server did not know.
    """
    copy, page = older
    Gate(page, "spring", ledger).keep_up()
    Gate(page, "spring", ledger).note([people(1)[0].address], NOW)
    with pytest.raises(ConfigurationError, match="2 changes behind"):
        Gate(copy, "spring", ledger).keep_up()


def test_an_older_copy_is_not_written_into(ledger, older):
    """
    Whom the server did not know is put on the list that was seen, and on no other.
    """
    copy, page = older
    Gate(page, "spring", ledger).keep_up()
    before = copy.changes.newest()
    with pytest.raises(ConfigurationError, match="1 change behind"):
        Gate(copy, "spring", ledger).note([people(1)[0].address], NOW)
    assert copy.changes.newest() == before


def test_a_copy_that_grew_old_takes_nobody_up_at_the_end(ledger, older):
    """
    All that was begun is recorded, and the run has ended.
    """
    copy, page = older

    def answer(envelope):
        Gate(page, "other", ledger).keep_up()
        return GONE

    transport = MemoryTransport(answer=answer)
    before = copy.changes.newest()
    with pytest.raises(ConfigurationError, match="1 change behind"):
        mail(plan(people(1)), ledger, transport, suppression=copy)
    assert copy.changes.newest() == before
    _all_is_recorded(ledger, {State.REFUSED: 1})


def test_what_ended_a_run_is_told_though_its_list_is_refused_then(ledger, older):
    """
    And nothing is lost of what it did.
    """
    copy, page = older

    def answer(envelope):
        if envelope.recipient.local == "p0":
            return GONE
        Gate(page, "other", ledger).keep_up()
        raise ZeroDivisionError

    transport = MemoryTransport(answer=answer)
    with pytest.raises(ZeroDivisionError):
        mail(plan(people(2)), ledger, transport, suppression=copy, lanes=1)
    _all_is_recorded(ledger, {State.REFUSED: 1, State.IN_DOUBT: 1})


def _all_is_recorded(ledger, counts):
    """Of one campaign, whose only run is over."""
    [record] = ledger.campaigns()
    assert dict(ledger.counts(record.id)) == counts
    [run] = ledger.history.chronicle(record.id, NOW).runs
    assert (run.alive, run.ended is None) == (False, False)


@pytest.fixture
def held(monkeypatch, tmp_path):
    """A list that another process writes into, and does not let go of."""
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    with SuppressionList(tmp_path / "held.db") as opened:
        path = opened.name
        with closing(sqlite3.connect(path, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield opened, other


def test_a_list_that_is_held_is_told_at_the_end(ledger, held):
    """
    Reading it is possible all the time, so everybody gets their message.
    """
    shared, _ = held
    transport = MemoryTransport()
    transport.answers(GONE)
    with pytest.raises(LedgerBusy, match=r"suppression list .* another process"):
        mail(plan(people(20)), ledger, transport, suppression=shared)
    [record] = ledger.campaigns()
    counts = dict(ledger.counts(record.id))
    assert counts == {State.REFUSED: 1, State.ACCEPTED: 19}


def test_a_list_that_is_held_for_a_moment_is_filled_later(ledger, held):
    """
    The run goes on meanwhile.
    """
    shared, other = held
    release = threading.Timer(0.3, other.rollback)
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.1.1 no such user", message=1)
        server.stall("dot", 3.0, message=3)
        release.start()
        carrier = open_transport(server.url)
        report = mail(plan(people(9)), ledger, carrier, suppression=shared, lanes=1)
    release.join()
    assert (report.accepted, report.refused) == (8, 1)
    assert shared.counts()[Reason.NO_SUCH_MAILBOX].number == 1


def test_a_list_that_is_not_there_sends_nothing(tmp_path):
    """
    Nor is one made: a slip in its name would write to those who asked for no more.
    """
    transport = MemoryTransport()
    letter = _letter([Recipient("ada@example.org", name="Ada")])
    with pytest.raises(ConfigurationError, match="there is no suppression list"):
        letter.send(transport, ledger=":memory:", suppression=tmp_path / "x.db")
    with pytest.raises(ConfigurationError, match="not a bool"):
        letter.send(transport, ledger=":memory:", suppression=True)
    assert transport.deliveries == []
    assert list(tmp_path.iterdir()) == []
