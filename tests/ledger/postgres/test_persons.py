import hashlib
from pathlib import Path

import psycopg
import pytest

from ledger.postgres.rooms import rooms
from safesend.errors import ConfigurationError, LedgerBusy, LedgerError
from safesend.ledger.heard import Heard, Word
from safesend.ledger.hindsight import RowNews
from safesend.ledger.persons import Forgotten, Purged
from safesend.ledger.values import NewRow, State
from safesend.testing.ledger_rows import NOW, digest, make_rows

ADA = {"actor": "ada@example.org", "reason": "a test", "now": NOW + 9}


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def mailbox(number):
    return digest(number)[::-1]


CROWD = [
    NewRow(
        hashlib.sha256(b"row %d" % number).digest()[:16],
        hashlib.sha256(b"mailbox %d" % number).digest()[:16],
        f"person{number}.example",
        b"Person %d" % number,
    )
    for number in range(40)
]


def on_disk(postgres, ledger):
    """By what of how many of the crowd anybody is told in the files of the database."""
    postgres.ask("CHECKPOINT")
    [(place,)] = ledger.ask("SELECT current_setting('data_directory')")
    [(oid,)] = ledger.ask(
        "SELECT oid::text FROM pg_database WHERE datname = current_database()"
    )
    files = (Path(place) / "base" / oid).iterdir()
    octets = b"".join(file.read_bytes() for file in files if file.is_file())
    told = [
        (row.digest, row.suppression, row.provider.encode(), row.payload)
        for row in CROWD
    ]
    return [sum(what in octets for what in each) for each in zip(*told, strict=True)]


# Time


def test_a_campaign_is_over_some_time_after_its_end(ledger):
    """
    After its last outcome, or decision; not while somebody waits, unless that is said.
    """
    campaign, ids = ledger.live(2)
    other, _ = ledger.live(1, "summer")
    persons = ledger.persons
    persons.keep(campaign, 60)
    assert persons.kept_until(campaign) is None
    assert persons.over(NOW + 99) == []
    assert persons.over(NOW + 99, unfinished=True) == [campaign]
    for row in ids:
        ledger.stand(row, 5, "last_tried = 1800000030")

    assert persons.kept_until(campaign) == NOW + 90
    assert persons.over(NOW + 89) == []
    assert persons.over(NOW + 90) == [campaign]
    assert persons.over(NOW + 40, 10) == [campaign]
    assert persons.over(NOW + 40, 10, unfinished=True) == [campaign, other]
    ledger.change(
        "INSERT INTO control (campaign, at, control, actor, reason)"
        " VALUES ($1, 1800000050, 'accept', '', '')",
        campaign,
    )
    assert persons.kept_until(campaign) == NOW + 110
    third, [last] = ledger.live(1, "autumn")
    persons.keep(third, 5)
    ledger.stand(last, 5)
    assert persons.kept_until(third) == NOW + 5
    with pytest.raises(LedgerError):
        persons.keep(99, 1)


# Purge


def test_a_purge_leaves_numbers_only(ledger):
    """
    Who waits counts as cancelled; what a person wished outlasts it; twice is once.
    """
    campaign, ids = ledger.live(make_rows(5, providers=("ada.example", "google")))
    other, rest = ledger.live(1, "summer")
    ledger.stand(ids[0], 5)
    ledger.stand(ids[1], 7)
    news = [
        RowNews(ids[0], Word(Heard.BOUNCED, NOW), suppress=True),
        RowNews(ids[2], Word(Heard.COMPLAINED, NOW), suppress=True, asked=True),
    ]
    ledger.hindsight.hear(campaign, news, NOW)
    ledger.consent.approve(campaign, b"d", **ADA)
    ledger.change(
        "INSERT INTO flow (route, provider, reason, changed) VALUES"
        " ('r', 'ada.example', 'no Ada', 1), ('r', 'google', 'no Ada', 1)"
    )
    ledger.change(
        "INSERT INTO pace VALUES ('eased r ada.example', 0), ('eased r google',"
        " extract(epoch FROM clock_timestamp()))"
    )
    ledger.change(
        "INSERT INTO seat VALUES (0, 1, gen_random_uuid(), 'probe r ada.example')"
    )
    with pytest.raises(ConfigurationError, match="2 wait and 1 are in doubt"):
        ledger.persons.purge(campaign, **ADA)

    gone = ledger.persons.purge(campaign, **ADA, unfinished=True)

    assert gone == Purged(5, 2, 1, 1)
    assert ledger.persons.purge(campaign, **ADA) == Purged(0)
    assert ledger.ask("SELECT id FROM delivery") == [(rest[0],)]
    assert ledger.ask("SELECT digest FROM suppression") == [(mailbox(2),)]
    assert ledger.ask("SELECT provider, reason FROM flow") == [("google", "")]
    assert ledger.ask("SELECT name FROM pace") == [("eased r google",)]
    assert ledger.ask("SELECT key FROM seat") == []
    assert ledger.ask("SELECT digest FROM approval") == [(b"",)]
    assert ledger.ask("SELECT 1 FROM heard") == []
    assert ledger.hindsight.tally(campaign) == {Heard.BOUNCED: 1, Heard.COMPLAINED: 1}
    found = ledger.history.chronicle(campaign, NOW)
    left = {State.ACCEPTED: 2, State.IN_DOUBT: 1, State.CANCELLED: 2}
    assert found.counts == left
    assert (found.purged, found.orders[-1].what) == (NOW + 9, "purge")
    assert ledger.states(other) == {State.WAITING: 1}


def test_a_purge_waits_for_those_who_send(ledger):
    """
    On whatever machine they are.
    """
    campaign, _ = ledger.live(1)
    ledger.run(campaign)

    with pytest.raises(LedgerBusy, match="is at work in postgresql://"):
        ledger.persons.purge(campaign, **ADA, unfinished=True)


# Single persons


def test_a_person_is_forgotten_in_every_campaign(ledger):
    """
    What waits is cancelled, what was heard stays as a fact, and each campaign notes it.
    """
    spring, ids = ledger.live(2, provider="ada.example")
    summer, others = ledger.live(2, "summer")
    ledger.hindsight.hear(spring, [RowNews(ids[0], Word(Heard.BOUNCED, NOW))], NOW)
    ledger.stand(others[0], 7)

    told = ledger.persons.forget(mailbox(0), **ADA, suppress=True)

    assert told == [
        Forgotten("spring", State.ACCEPTED, State.ACCEPTED),
        Forgotten("summer", State.IN_DOUBT, State.CANCELLED),
    ]
    assert ledger.states(summer) == {State.CANCELLED: 1, State.WAITING: 1}
    [first, second] = ledger.persons.about(mailbox(0))
    assert (first.payload, first.text, first.heard[0].at) == (None, "", 0)
    assert (second.state, second.first_tried, second.heard) == (
        State.CANCELLED,
        None,
        (),
    )
    providers = ledger.ask("SELECT provider FROM delivery ORDER BY id")
    assert [name for (name,) in providers] == [
        *("forgotten", "ada.example"),
        *("forgotten", "example.org"),
    ]
    noted = ledger.ask("SELECT campaign, control, actor FROM control ORDER BY 1")
    assert noted == [(n, "forget", "a…@example.org") for n in (spring, summer)]
    asked = ledger.ask("SELECT digest, campaign, asked FROM suppression")
    assert asked == [(mailbox(0), summer, True)]


def test_who_is_nowhere_is_left_out_under_the_newest_campaign(ledger):
    """
    Where there is none, that is an error.
    """
    with pytest.raises(ConfigurationError):
        ledger.persons.forget(b"nobody", **ADA, suppress=True)
    ledger.live(1)
    summer, _ = ledger.live(1, "summer")

    assert ledger.persons.forget(b"nobody", **ADA, suppress=True) == []
    assert ledger.ask("SELECT campaign FROM suppression") == [(summer,)]


def test_a_draft_that_was_left_is_dropped_with_its_people(ledger):
    """
    Its row is no row yet, so nothing is told of it; the live one is forgotten.
    """
    campaign, _ = ledger.live(1)
    ledger.change(
        "INSERT INTO delivery (campaign, digest, suppression, provider)"
        " VALUES ($1, 'drafted', $2, 'a')",
        campaign,
        mailbox(0),
    )

    told = ledger.persons.forget(mailbox(0), **ADA)

    assert told == [Forgotten("spring", State.WAITING, State.CANCELLED)]
    assert ledger.states(campaign) == {State.CANCELLED: 1}
    assert ledger.ask("SELECT 1 FROM suppression") == []


def test_whose_message_is_sent_is_forgotten_later(ledger):
    """
    It may be on the wire at this moment.
    """
    campaign, ids = ledger.live(1)
    ledger.stand(ids[0], 4)

    with pytest.raises(LedgerBusy, match="being sent at this moment"):
        ledger.persons.forget(mailbox(0), **ADA)
    assert ledger.states(campaign) == {State.SENDING: 1}


def test_all_that_is_known_of_a_person_is_told(ledger):
    """
    In the order in which it was read in, a draft as well.
    """
    campaign, ids = ledger.live(2)
    ledger.stand(ids[0], 6, "code = 550, text = 'no', attempts = 2, last_tried = 7")
    ledger.change(
        "INSERT INTO delivery (campaign, digest, suppression, provider)"
        " VALUES ($1, 'drafted', $2, 'a')",
        campaign,
        mailbox(0),
    )
    word = Word(Heard.COMPLAINED, NOW)
    ledger.hindsight.hear(campaign, [RowNews(ids[0], word)], NOW)

    [sent, drafted] = ledger.persons.about(mailbox(0))

    assert (sent.state, sent.code, sent.text) == (State.REFUSED, 550, "no")
    assert (sent.attempts, sent.last_tried, sent.stage) == (2, 7, "")
    assert (sent.payload, sent.heard) == (b"payload 0", (word,))
    assert (drafted.state, drafted.payload) == (State.DRAFT, None)
    assert ledger.persons.about(b"nobody") == []


# The disk


def test_what_was_erased_is_in_no_file_of_the_tables(postgres, ledger):
    """
    DELETE leaves everything where it was; the sweep writes the tables anew. Nor is it
    in the statistics, which hold values of a table.
    """
    campaign, _ = ledger.live(CROWD)
    postgres.ask("ANALYZE")
    ledger.live(1, "summer")
    assert on_disk(postgres, ledger) == [40, 40, 40, 40]
    assert ledger.persons.sweep(), "nothing was to be swept"
    ledger.persons.purge(campaign, **ADA, unfinished=True)
    assert on_disk(postgres, ledger) == [40, 40, 40, 40]

    assert ledger.persons.sweep()

    assert on_disk(postgres, ledger) == [0, 0, 0, 0]
    assert ledger.ask("SELECT name FROM meta WHERE name = 'unswept'") == []


def test_nobody_is_held_up_by_a_sweep(postgres, ledger):
    """
    Neither who sends, nor who looks at the ledger as it was: it is left for later.
    """
    campaign, _ = ledger.live(1)
    with psycopg.connect(postgres.url) as onlooker:
        onlooker.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        onlooker.execute("SELECT 1 FROM safesend.delivery")
        ledger.persons.purge(campaign, **ADA, unfinished=True)
        assert not ledger.persons.sweep(), "an onlooker still sees it"
        onlooker.rollback()
        onlooker.execute("SELECT 1 FROM safesend.delivery")
        assert not ledger.persons.sweep(), "a table is in use"
    run = ledger.run(campaign)
    assert not ledger.persons.sweep(), "a run is at work"
    ledger.change("UPDATE run SET ended = 5 WHERE id = $1", run)
    assert ledger.persons.sweep()


def test_rows_in_clear_are_swept_when_they_are_done(postgres, ledger):
    """
    Payloads that were not encrypted would be found in the tables otherwise.
    """
    _, ids = ledger.live(1)
    with rooms(postgres.url, encrypted=False) as clear:
        assert clear.persons.sweep(), "nothing is done yet"
        clear.stand(ids[0], 5, "payload = NULL")
        assert clear.persons.sweep()
        tidied = "SELECT convert_from(value, 'UTF8') FROM meta WHERE name = 'tidied'"
        assert clear.ask(tidied) == [("1",)]
        assert clear.persons.sweep()


# The key


def test_a_key_is_destroyed_when_nobody_needs_it(postgres, tmp_path):
    """
    When every campaign is purged, and where it lies in a file of ours.
    """
    file = tmp_path / "7.key"
    file.write_text("secret")
    with rooms(postgres.url, tmp_path) as ledger:
        campaign, _ = ledger.live(1)
        with pytest.raises(ConfigurationError, match="until every campaign"):
            ledger.persons.destroy_key(NOW)
        assert file.exists()
        ledger.persons.purge(campaign, **ADA, unfinished=True)

        assert ledger.persons.destroy_key(NOW) == str(file)
        assert not file.exists()
        destroyed = "SELECT value FROM meta WHERE name = 'destroyed'"
        assert ledger.ask(destroyed) == [(b"1800000000.0",)]
        with pytest.raises(ConfigurationError, match="nothing was destroyed"):
            ledger.persons.destroy_key(NOW)
