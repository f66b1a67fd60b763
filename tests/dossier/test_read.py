"""From a run over a real server to its account: the figures are those of the server."""

import getpass
from collections import Counter
from contextlib import closing

import attrs
import pytest

from safesend import Allow, Campaign, Recipient, Template
from safesend.dossier import read_dossier
from safesend.errors import ConfigurationError, LedgerError, TransportError
from safesend.ledger import open_ledger
from safesend.ledger.values import Control, State
from safesend.testing import FakeClock, SmtpServer
from safesend.testing.ledger_rows import NOW, live_campaign
from safesend.transports import MemoryTransport, SmtpTransport

DOMAINS = ("example.org", "example.net", "example.com")


def campaign(number=300, **more):
    people = [Recipient(f"p{n}@{DOMAINS[n % 3]}", n=str(n)) for n in range(number)]
    return Campaign(
        name="spring",
        sender="news@example.org",
        template=Template(subject="Hello {{ n }}", text="Dear {{ n }}, hello."),
        audience=people,
        **more,
    )


def refusing(server):
    """Some are refused, some put off, and for some the answer is lost."""
    for n in range(0, 60, 4):
        server.reply("rcpt", "550 5.1.1 no such user", to=f"p{n}@{DOMAINS[n % 3]}")
    for n in range(1, 30, 4):
        server.reply("rcpt", "450 4.7.1 later", to=f"p{n}@{DOMAINS[n % 3]}")
    for n in (102, 205, 207):
        server.drop_before_reply("content", to=f"p{n}@{DOMAINS[n % 3]}")


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """A run of three hundred over TLS to a server that refuses, and its account."""
    place = tmp_path_factory.mktemp("sent") / "spring.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(place.parent))
        with SmtpServer(tls="starttls") as server:
            refusing(server)
            transport = SmtpTransport(
                "127.0.0.1", server.port, tls_context=server.client_context()
            )
            report = campaign().send(transport, ledger=place, lanes=3)
            with closing(open_ledger(place)) as book:
                yield server, report, read_dossier(book), transport.name


def test_the_figures_are_those_of_the_server(sent):
    """
    As many as it took, refused and put off, it says; and nobody is left over.
    """
    server, report, dossier, _ = sent
    kept = Counter(one.recipient for one in server.transactions if one.accepted)
    said = Counter(one.reply[:3] for one in server.transactions)
    outcomes = dossier.outcomes

    assert set(kept.values()) == {1}
    # Those whose answer was lost are with the server, and nobody told us.
    assert outcomes[State.ACCEPTED] + outcomes[State.IN_DOUBT] == kept.total()
    assert outcomes[State.ACCEPTED] == said["250"]
    assert (outcomes[State.REFUSED], outcomes[State.WAITING]) == (
        *(said["550"], said["450"]),
    )
    assert dossier.people == report.recipients == 300
    for state, number in outcomes.items():
        assert number == getattr(report, state.value)


def test_each_provider_answered_as_the_server_says(sent):
    """
    Accepted and refused, domain by domain.
    """
    server, _, dossier, _ = sent
    said = Counter(
        (one.recipient.partition("@")[2], one.reply[:3]) for one in server.transactions
    )

    assert {one.name for one in dossier.providers} == set(DOMAINS)
    for one in dossier.providers:
        assert one.outcomes[State.ACCEPTED] == said[one.name, "250"]
        assert one.outcomes[State.REFUSED] == said[one.name, "550"]
        assert one.people == 100


def test_every_reply_is_counted(sent):
    """
    By reason, as many as the server gave.
    """
    _, _, dossier, _ = sent
    told = {one.reply: one.number for one in dossier.replies(State.REFUSED)}

    assert told == {"550 5.1.1 no such user": 15}
    assert [one.number for one in dossier.replies(State.WAITING)] == [8]


def test_every_answer_has_its_time(sent):
    """
    The course over time holds each answer once.
    """
    _, _, dossier, _ = sent
    line = dossier.past.timeline

    assert (
        sum(one.accepted for one in line.buckets) == (dossier.outcomes[State.ACCEPTED])
    )
    assert sum(one.refused for one in line.buckets) == dossier.outcomes[State.REFUSED]
    assert sum(dossier.past.attempts.values()) == 300
    assert dossier.past.first_accepted <= dossier.past.last_accepted


def test_how_it_travelled_and_who_sent_it(sent):
    """
    As many sessions as the server had, with TLS and a certificate that was checked.
    """
    server, _, dossier, name = sent
    [run] = dossier.past.runs
    [way] = dossier.past.sessions

    assert (run.actor, run.relay, run.stopped) == (getpass.getuser(), name, "")
    assert run.ended is not None
    assert (way.route, way.number) == (name, server.connections)
    assert way.security.startswith("TLS 1.")
    assert way.security.endswith(", certificate of 127.0.0.1 checked")


def test_what_was_rehearsed(sent):
    """
    Every row, by every check of the catalogue, before the first one left.
    """
    _, _, dossier, _ = sent
    [note] = dossier.past.rehearsals

    assert (note.rows, note.new, note.actor) == (300, 300, getpass.getuser())
    assert len(note.digest) >= 16
    assert note.at <= dossier.past.first_accepted
    assert len(dossier.checks()) >= 15


def test_nobody_is_named(sent):
    """
    Not in the page and not in what a program reads.
    """
    _, _, dossier, _ = sent

    for text in (dossier.to_html(), repr(dossier.to_json())):
        assert not any(f"p{n}@" in text for n in range(300))


def test_orders_and_decisions_are_told():
    """
    Who stopped it when and why, and what was let pass.
    """
    book = open_ledger(":memory:")
    letter = campaign(5, allow=[Allow("L16", "the logo is our own")])
    letter.send(MemoryTransport(), ledger=book)
    [record] = book.campaigns()
    book.set_control(
        record.id, Control.CANCEL, actor="ada", reason="wrong date", now=NOW
    )
    dossier = read_dossier(book, clock=FakeClock())

    assert dossier.past.orders[0].actor == "ada"
    page = dossier.to_html()
    assert "cancelled it" in page
    assert "wrong date" in page
    assert "the logo is our own" in page
    assert "kept in the memory of this process" in page


def test_a_run_that_cannot_go_on_says_why(tmp_path):
    """
    The error that ended it stands in the ledger.
    """
    with SmtpServer() as server:
        transport = SmtpTransport("127.0.0.1", server.port)
        with pytest.raises(TransportError):
            campaign(3).send(transport, ledger=tmp_path / "a.db")
    dossier = read_dossier(tmp_path / "a.db")
    [run] = dossier.past.runs

    assert "STARTTLS" in run.stopped
    assert dossier.past.sessions == ()


def test_a_run_that_was_paused_says_so():
    """
    An order of a person is the reason.
    """
    book = open_ledger(":memory:")
    record = book.campaign("spring", NOW)
    transport = MemoryTransport()

    def pause(_):
        book.set_control(record.id, Control.PAUSE, actor="ada", reason="", now=NOW)

    campaign(3).send(transport, ledger=book, on_event=pause)
    [run] = read_dossier(book).past.runs

    assert run.stopped.startswith("paused by ada")


def test_one_of_several_campaigns(tmp_path):
    """
    By its name; without one there must be one only.
    """
    path = tmp_path / "a.db"
    book = open_ledger(path)
    for name in ("spring", "summer"):
        live_campaign(book, 2, name)
    book.close()

    assert read_dossier(path, "summer").campaign == "summer"
    assert read_dossier(str(path), "spring").people == 2
    with pytest.raises(ConfigurationError, match="holds: spring, summer"):
        read_dossier(path)
    with pytest.raises(ConfigurationError, match="holds: spring, summer"):
        read_dossier(path, "winter")


def test_a_ledger_must_be_there(tmp_path):
    """
    None is made by asking for an account.
    """
    with pytest.raises(ConfigurationError, match="there is no ledger at"):
        read_dossier(tmp_path / "a.db")
    (tmp_path / "b.db").write_bytes(b"something else")
    with pytest.raises(LedgerError):
        read_dossier(tmp_path / "b.db")
    assert not (tmp_path / "a.db").exists()


def test_an_account_is_a_value():
    """
    Made at one moment: what happens afterwards does not change it.
    """
    book = open_ledger(":memory:")
    live_campaign(book, 2)
    clock = FakeClock()
    dossier = read_dossier(book, clock=clock)

    assert dossier == read_dossier(book, clock=clock)
    assert dossier.made == clock.now()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        dossier.made = 0
