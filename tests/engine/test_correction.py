"""engine/correction.py: exactly those who have what is corrected."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fleet import people
from safesend import Campaign, Recipient, Template, read_csv
from safesend.delivery import Accepted, Deferred, InDoubt, Refused, Stage
from safesend.engine.audience import audience_of
from safesend.engine.correction import Correction, find_original
from safesend.errors import (
    AudienceError,
    CampaignChanged,
    ConfigurationError,
    UnsafeMessage,
)
from safesend.ledger import open_ledger
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport

LETTER = Template(subject="Hello {{ name }}", text="Dear {{ name }}")
SORRY = Template(subject="Correction", text="Dear {{ name }}, sorry.")


def _spring(audience, **options):
    return Campaign(
        name="spring",
        sender="news@example.net",
        template=LETTER,
        audience=audience,
        **options,
    )


def _correction(of, audience, name="oops", **options):
    return Campaign.correction(
        of,
        name=name,
        sender="news@example.net",
        template=SORRY,
        audience=audience,
        **options,
    )


def _got(transport):
    return Counter(one.recipient.wire for one in transport.messages)


def test_it_reaches_exactly_those_who_were_accepted(tmp_path):
    """
    Mailbox by mailbox at a server: not who was refused, in doubt, put off or is new.
    """
    crowd, ledger = people(12), tmp_path / "spring.db"
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.7.1 no", to="p1@example.org")
        server.reply("rcpt", "450 4.2.1 later", to="p2@example.org")
        server.drop_before_reply("dot", to="p3@example.org", times=1)
        first = _spring(crowd).send(server.url, ledger=ledger, lanes=1)
        server.behave()
        before = len(server.messages)
        new = [*crowd[:11], Recipient("new@example.org", name="New")]
        report = _correction(ledger, new).send(server.url, ledger=tmp_path / "o.db")
        again = _correction(ledger, new).send(server.url, ledger=tmp_path / "o.db")
        got = [message.recipients[0] for message in server.messages[before:]]
    assert (first.accepted, first.refused, first.in_doubt, first.waiting) == (
        9,
        1,
        1,
        1,
    )
    assert sorted(got) == sorted(f"p{n}@example.org" for n in (0, 4, 5, 6, 7, 8, 9, 10))
    assert (report.accepted, report.kind, report.about) == (
        8,
        "correction",
        "of spring",
    )
    missing, waiting, doubt = report.notes
    assert missing.startswith("'spring' went to 1 person who is not in this list")
    assert waiting.startswith("1 person is still waiting for 'spring'")
    assert doubt.startswith("1 person is in doubt about 'spring' and left out")
    assert again.sent_now == 0


def test_those_in_doubt_are_taken_in_where_that_is_wanted(tmp_path):
    """
    They may have it.
    """
    transport = MemoryTransport()
    transport.answers(InDoubt(), Accepted(), Refused(Stage.RCPT, 550))
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        _spring(people(3)).send(transport, ledger=ledger, lanes=1)
        second = MemoryTransport()
        report = _correction(ledger, people(3), include_in_doubt=True).send(
            second, ledger=ledger
        )
    assert report.notes == ()
    assert _got(second) == {"p0@example.org": 1, "p1@example.org": 1}


def test_one_ledger_may_hold_both(tmp_path):
    """
    Given as a path, twice, or open; and running again finds the original again.
    """
    place = tmp_path / "x.db"
    _spring(people(700)).send(MemoryTransport(), ledger=place)
    transport = MemoryTransport()
    for _ in range(2):
        report = _correction(place, people(700)).send(transport, ledger=place)
    assert report.accepted == 700
    assert set(_got(transport).values()) == {1}
    with closing(open_ledger(place)) as ledger:
        third = _correction(ledger, people(700), "again", of_campaign="spring")
        assert third.send(transport, ledger=ledger).accepted == 700
        assert [one.name for one in ledger.campaigns()] == ["spring", "oops", "again"]
        assert ledger.campaigns()[1].about == "of spring"


def test_it_grows_with_what_it_corrects(tmp_path):
    """
    Without a word of confirmation: who has it by then, and nobody else.
    """
    place, transport = tmp_path / "x.db", MemoryTransport()
    _spring(people(2)).send(transport, ledger=place)
    _correction(place, people(9)).send(MemoryTransport(), ledger=place)
    _spring(people(9)).send(transport, ledger=place, confirm_changes=True)
    second = MemoryTransport()
    report = _correction(place, people(9)).send(second, ledger=place)
    assert (report.accepted, report.sent_now, len(second.messages)) == (9, 7, 7)


def test_a_correction_can_be_corrected(tmp_path):
    """
    When it is named.
    """
    place = tmp_path / "x.db"
    _spring(people(3)).send(MemoryTransport(), ledger=place)
    _correction(place, people(2)).send(MemoryTransport(), ledger=place)
    transport = MemoryTransport()
    _correction(place, people(3), "oops 2", of_campaign="oops").send(
        transport, ledger=place
    )
    assert len(transport.messages) == 2


def test_the_key_column_counts(tmp_path):
    """
    One mailbox in two rows: the row that was accepted gets the correction.
    """

    def rows(*tickets):
        return [
            Recipient.from_row("p@example.org", {"name": ticket}, key=ticket)
            for ticket in tickets
        ]

    place, transport = tmp_path / "x.db", MemoryTransport()
    transport.answers(Accepted(), Refused(Stage.RCPT, 550))
    _spring(rows("A", "B")).send(transport, ledger=place, lanes=1)
    second = MemoryTransport()
    _correction(place, rows("A", "B", "C")).send(second, ledger=place)
    assert [b"Dear=20=\r\nA" in one.content for one in second.messages] == [True]
    with pytest.raises(AudienceError, match="nobody in this list has 'spring'"):
        _correction(place, [Recipient("p@example.org", name="A")], "x").send(
            second, ledger=place
        )


def test_seeds_of_the_original_are_no_people_of_it(tmp_path):
    """
    They are not missed in the list; the correction may have seeds as well.
    """
    seeds = [Recipient("seed@seeds.example", name="Seed")]
    place, transport = tmp_path / "x.db", MemoryTransport()
    _spring(people(4), seeds=seeds, seed_every=2).send(transport, ledger=place)
    report = _correction(place, people(4), seeds=seeds, seed_every=3).send(
        transport, ledger=place
    )
    assert report.notes == ()
    assert (report.accepted, report.seeds) == (6, 2)


def test_others_of_the_list_are_still_looked_for(tmp_path):
    """
    Who gets no correction is in none, either.
    """
    place, transport = tmp_path / "x.db", MemoryTransport()
    transport.answers(Accepted(), Refused(Stage.RCPT, 550))
    _spring(people(2)).send(transport, ledger=place, lanes=1)
    crowd = [Recipient("p0@example.org", name="p1@example.org"), *people(2)[1:]]
    with pytest.raises(UnsafeMessage):
        _correction(place, crowd).send(transport, ledger=place)


def test_a_long_list_is_no_long_correction(tmp_path):
    """
    The limit counts those who get one.
    """
    place = tmp_path / "x.db"
    _spring(people(3)).send(MemoryTransport(), ledger=place)
    assert _correction(place, people(50), max_recipients=3).rehearse().recipients == 3
    with pytest.raises(ConfigurationError, match="max_recipients=2"):
        _correction(place, people(50), max_recipients=2).rehearse()


def test_a_table_tells_its_problems(tmp_path):
    """
    As in any mailing; what is left out is counted.
    """
    file, place = tmp_path / "l.csv", tmp_path / "x.db"
    file.write_text("email,name\np0@example.org,N\nnobody,X\np1@example.org,M\n")
    _spring(people(2)).send(MemoryTransport(), ledger=place)
    assert not _correction(place, read_csv(file)).rehearse().ok
    table = read_csv(file, skip_invalid=True)
    report = _correction(place, table).send(MemoryTransport(), ledger=place)
    assert (report.accepted, report.skipped, len(report.problems)) == (2, 1, 1)


def test_a_generator_is_a_list_too(tmp_path):
    """
    Kept while it is walked.
    """
    place = tmp_path / "x.db"
    _spring(people(5)).send(MemoryTransport(), ledger=place)
    campaign = _correction(place, (one for one in people(9)))
    assert campaign.rehearse().recipients == 5
    assert campaign.send(MemoryTransport(), ledger=place).accepted == 5


def test_nobody_accepted_is_an_error(tmp_path):
    """
    Before anything is composed.
    """
    place, transport = tmp_path / "x.db", MemoryTransport()
    transport.answers(Refused(Stage.RCPT, 550))
    _spring(people(1)).send(transport, ledger=place)
    with pytest.raises(ConfigurationError, match=r"nobody was accepted by .*'spring'"):
        _correction(place, people(1))
    with closing(open_ledger(place)) as ledger:
        ledger.campaign("empty", 1.0)
        with pytest.raises(ConfigurationError, match="nobody was accepted"):
            _correction(ledger, people(1), of_campaign="empty")


def test_which_campaign_is_said_where_there_are_several(tmp_path):
    """
    Tests and staging are none, and cannot be corrected.
    """
    place, transport = tmp_path / "x.db", MemoryTransport()
    spring = _spring(people(2))
    spring.send(transport, ledger=place)
    spring.test_send(transport, to="me@example.net", ledger=place)
    attrs.evolve(spring, redirect_all_to="qa@example.net").send(transport, ledger=place)
    assert _correction(place, people(2)).rehearse().ok
    for name in ("spring (test)", "spring (redirected)"):
        with pytest.raises(ConfigurationError, match="nobody on the list got it"):
            _correction(place, people(2), of_campaign=name)
    attrs.evolve(spring, name="summer").send(transport, ledger=place)
    with pytest.raises(ConfigurationError, match=r"of_campaign.*'spring'.*'summer'"):
        _correction(place, people(2))
    with pytest.raises(ConfigurationError, match="of_campaign"):
        _correction(place, people(2), of_campaign="winter")
    assert _correction(place, people(2), of_campaign="summer").rehearse().ok


def test_it_has_a_name_of_its_own(tmp_path):
    """
    Else it would be the original, going on.
    """
    place = tmp_path / "x.db"
    _spring(people(2)).send(MemoryTransport(), ledger=place)
    with pytest.raises(ConfigurationError, match="name of its own"):
        _correction(place, people(2), "spring", of_campaign="spring")
    with pytest.raises(ConfigurationError, match="none but the correction"):
        _correction(place, people(2), "spring")


def test_a_ledger_is_found_or_told(tmp_path):
    """
    Nothing is made where none is; a purged campaign has nobody any more.
    """
    with pytest.raises(ConfigurationError, match="there is no ledger at"):
        _correction(tmp_path / "none.db", people(1))
    assert not list(tmp_path.iterdir())
    place = tmp_path / "x.db"
    _spring(people(1)).send(MemoryTransport(), ledger=place)
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("UPDATE campaign SET purged = 1.0")
    with pytest.raises(ConfigurationError, match="it was purged"):
        _correction(place, people(1))


def test_nobody_else_gets_it_by_going_on_without_the_ledger(tmp_path):
    """
    The ledger of the correction knows what it is; and no other one goes on with it.
    """
    place = tmp_path / "x.db"
    _spring(people(2)).send(MemoryTransport(), ledger=place)
    correction = _correction(place, people(5))
    correction.send(MemoryTransport(), ledger=place)
    transport = MemoryTransport()
    plain = attrs.evolve(correction, audience=people(5))
    with pytest.raises(CampaignChanged, match="as a correction of spring"):
        plain.send(transport, ledger=place, confirm_changes=True)
    attrs.evolve(plain, name="other").send(MemoryTransport(), ledger=place)
    of_other = _correction(place, people(5), of_campaign="other")
    with pytest.raises(CampaignChanged, match="as a correction of spring"):
        of_other.send(transport, ledger=place, confirm_changes=True)
    mailing = _correction(place, people(5), "other", of_campaign="spring")
    with pytest.raises(CampaignChanged, match="as a mailing"):
        mailing.send(transport, ledger=place, confirm_changes=True)
    assert not transport.messages


def test_a_walk_that_is_left_closes_the_ledger(tmp_path):
    """
    It is opened for each walk.
    """
    place = tmp_path / "x.db"
    _spring(people(3)).send(MemoryTransport(), ledger=place)
    original = find_original(place, None, name="oops", in_doubt=False)
    audience = Correction(audience_of(people(3)), original)
    copies = audience.copies()
    next(copies)
    copies.close()
    place.rename(tmp_path / "y.db")
    assert not list(tmp_path.glob("x.db*"))


_OUTCOMES = {
    "accepted": Accepted(),
    "refused": Refused(Stage.RCPT, 552, "5.2.2"),
    "in_doubt": InDoubt(),
    "deferred": Deferred(Stage.RCPT, 450, "4.2.1"),
}


@settings(max_examples=40, deadline=None)
@given(
    fates=st.lists(st.sampled_from(sorted(_OUTCOMES)), min_size=1, max_size=8),
    kept=st.sets(st.integers(0, 12)),
    order=st.randoms(use_true_random=False),
    in_doubt=st.booleans(),
)
def test_whatever_became_of_whom(fates, kept, order, in_doubt):
    """
    Who has it and is in the list gets one correction, and nobody anything else.
    """
    ledger, transport = open_ledger(":memory:"), MemoryTransport()
    transport.answers(*(_OUTCOMES[fate] for fate in fates))
    _spring(people(len(fates))).send(transport, ledger=ledger, lanes=1, auto_stop=False)
    first = [e.recipient.wire for e, _ in transport.deliveries]
    assert first == [f"p{n}@example.org" for n in range(len(fates))]
    wanted = {"accepted", *(["in_doubt"] * in_doubt)}
    have = {n for n, fate in enumerate(fates) if fate in wanted}
    crowd = [one for n, one in enumerate(people(13)) if n in kept]
    order.shuffle(crowd)
    second = MemoryTransport()
    try:
        for _ in range(2):
            report = _correction(ledger, crowd, include_in_doubt=in_doubt).send(
                second, ledger=ledger
            )
    except ConfigurationError:
        assert not have
    except AudienceError:
        assert not have & kept
    else:
        assert report.accepted == len(have & kept)
        missing = len(have - kept)
        assert any("reach" in note for note in report.notes) == bool(missing)
    assert _got(second) == {f"p{n}@example.org": 1 for n in have & kept}
