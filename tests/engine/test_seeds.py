"""engine/seeds.py: mailboxes that watch a mailing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fleet import mail, people, plan
from safesend import Campaign, Recipient, Template, read_csv
from safesend.engine.audience import Copy, audience_of
from safesend.engine.enrol import Guards
from safesend.engine.seeds import Labels, Seeded, seed_list
from safesend.errors import AudienceError, ConfigurationError, UnsafeMessage
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport

SEEDS = [
    Recipient("one@seeds.example", name="Seed One"),
    Recipient("two@seeds.example", name="Seed Two"),
]


def _seeded(count, every=3, seeds=SEEDS, domain="example.org"):
    return Seeded(audience_of(people(count, domain)), seeds, every)


def _order(copies):
    return [copy.recipient.address.local for copy in copies]


def test_seeds_come_first_and_after_every_nth_person():
    """
    Each of their copies has a key of its own.
    """
    copies = list(_seeded(7).copies())
    expected = "one two p0 p1 p2 one two p3 p4 p5 one two p6"
    assert _order(copies) == expected.split()
    keys = [copy.recipient.key for copy in copies if copy.seed]
    assert keys == [f"seed {n}" for n in (1, 1, 2, 2, 3, 3)]
    assert {copy.ordinal for copy in copies if copy.seed} == {-1}
    assert [copy.ordinal for copy in copies if not copy.seed] == list(range(7))


@given(st.integers(0, 60), st.integers(1, 20), st.integers(0, 3))
def test_there_is_one_round_for_every_n_people_and_one_more(count, every, number):
    """
    Whatever the numbers are.
    """
    seeds = [Recipient(f"s{n}@seeds.example") for n in range(number)]
    audience = _seeded(count, every, seeds)
    copies = list(audience.copies())
    found = Counter(copy.recipient.address for copy in copies if copy.seed)
    assert found == {seed.address: 1 + count // every for seed in seeds}
    assert [copy.recipient for copy in copies if not copy.seed] == people(count)
    assert list(audience.circle()) == [*people(count), *seeds]


def test_the_limit_counts_people(tmp_path):
    """
    Not those who watch.
    """
    guards = Guards(max_recipients=5)
    report = mail(
        plan(_seeded(5, 2), guards=guards), open_ledger(":memory:"), MemoryTransport()
    )
    assert (report.accepted, report.seeds) == (11, 6)
    with pytest.raises(ConfigurationError, match="max_recipients=5"):
        mail(
            plan(_seeded(6, 2), guards=guards),
            open_ledger(":memory:"),
            MemoryTransport(),
        )


def test_a_seed_in_the_list_is_refused(tmp_path):
    """
    Nobody gets the mailing twice, whatever the list and the seeds are.
    """
    both = [*people(2), Recipient("ONE@seeds.example", name="One")]
    with pytest.raises(AudienceError, match="is a seed as well"):
        list(Seeded(audience_of(both), SEEDS, 3).copies())
    file = tmp_path / "l.csv"
    file.write_text("email,name\na@example.org,A\ntwo@seeds.example,T\n")
    transport = MemoryTransport()
    with pytest.raises(AudienceError) as caught:
        mail(
            plan(Seeded(audience_of(read_csv(file)), SEEDS, 3)),
            open_ledger(":memory:"),
            transport,
        )
    [problem] = caught.value.problems
    assert (problem.file, problem.line) == (str(file), 3)
    assert "two@" not in str(caught.value)
    assert not transport.messages


def test_a_seed_is_named_once():
    """
    It gets its copies by itself.
    """
    twice = [*SEEDS, Recipient("One@seeds.example")]
    with pytest.raises(ConfigurationError, match="named twice"):
        list(_seeded(3, seeds=twice).copies())


def test_seeds_are_a_list_or_the_path_of_one(tmp_path):
    """
    CSV, or JSON Lines by its name.
    """
    (tmp_path / "s.csv").write_text("email,name\none@seeds.example,One\n")
    (tmp_path / "s.jsonl").write_text('{"email": "one@seeds.example", "name": "One"}\n')
    for given_ in (str(tmp_path / "s.csv"), tmp_path / "s.jsonl"):
        [seed] = seed_list(given_)
        assert (seed.address.local, seed.fields["name"]) == ("one", "One")
    assert seed_list(SEEDS) is SEEDS
    with pytest.raises(AudienceError, match="put it into a list"):
        seed_list(SEEDS[0])


def test_a_copy_stands_in_the_line_of_the_person_before_it():
    """
    At the start in the first of all, and where there is nobody in its own.
    """
    ada, bob = people(1, "z.example") + people(1, "b.example")
    copies = [
        Copy(SEEDS[0], -1, seed=True),
        Copy(ada, 0),
        Copy(SEEDS[0], -1, seed=True),
        Copy(bob, 1),
    ]
    names = {one: one for one in ("seeds.example", "z.example", "b.example")}
    labels = Labels()
    assert labels.of(copies, names) == [
        "b.example",
        "z.example",
        "z.example",
        "b.example",
    ]
    assert labels.of(copies[:1], names) == ["b.example"]
    assert Labels().of(copies[:1], names) == ["seeds.example"]


def test_at_a_server_they_leave_in_their_place(tmp_path):
    """
    One session: the seeds at first, and again after every tenth person.
    """
    with SmtpServer() as server:
        report = _campaign(people(40), 10).send(
            server.url, ledger=tmp_path / "x.db", lanes=1
        )
        again = _campaign(people(40), 10).send(server.url, ledger=tmp_path / "x.db")
        order = [message.recipients[0] for message in server.messages]
    places = [n for n, one in enumerate(order) if one == "one@seeds.example"]
    assert places == [0, 12, 24, 36, 48]
    assert (report.recipients, report.accepted, report.seeds) == (50, 50, 10)
    assert again.sent_now == 0


def test_with_many_providers_they_are_spread_over_the_mailing(tmp_path):
    """
    Providers take turns, so that places are not exact.
    """
    domains = ("a.example", "m.example", "z.example")
    crowd = [Recipient(f"p{n}@{domains[n % 3]}", name=f"N {n}") for n in range(300)]
    with SmtpServer() as server:
        _campaign(crowd, 50).send(server.url, ledger=tmp_path / "x.db", lanes=1)
        order = [message.recipients[0] for message in server.messages]
    places = [n for n, one in enumerate(order) if one == "one@seeds.example"]
    assert len(order) == len(set(order)) + 2 * 6
    assert places[0] <= 3
    assert all(abs(place - 52 * n) <= 60 for n, place in enumerate(places))


def _campaign(audience, every, seeds=SEEDS):
    return Campaign(
        name="watched",
        sender="news@example.net",
        template=Template(subject="Hello {{ name }}", text="Dear {{ name }}"),
        audience=audience,
        seeds=seeds,
        seed_every=every,
    )


def test_what_a_seeds_server_says_is_not_held_against_others(tmp_path):
    """
    A seed at Google in the line of example.org: Google rests, and only Google.
    """
    seeds = [Recipient("seed@gmail.com", name="Seed")]
    with SmtpServer() as server:
        server.reply(
            "rcpt",
            "421 4.7.28 unusual rate of mail",
            to="seed@gmail.com",
            times=1,
        )
        report = _campaign(people(20), 100, seeds).send(
            server.url, ledger=tmp_path / "x.db", lanes=1, deadline="5s"
        )
    assert [pause.provider for pause in report.pauses] == ["google"]
    assert (report.accepted, report.waiting) == (20, 1)


def test_a_seeds_data_is_in_no_other_message():
    """
    Neither its address nor a value that only it has.
    """
    secret = [Recipient("one@seeds.example", name="One", code="SEED-CODE-4711")]
    audience = Seeded(audience_of([Recipient("x@example.org", name="X")]), secret, 10)
    with pytest.raises(UnsafeMessage):
        mail(
            plan(audience, text="{{ name }} SEED-CODE-4711"),
            open_ledger(":memory:"),
            MemoryTransport(),
        )
    named = [Recipient("x@example.org", name="one@seeds.example")]
    with pytest.raises(UnsafeMessage):
        mail(
            plan(Seeded(audience_of(named), SEEDS, 10)),
            open_ledger(":memory:"),
            MemoryTransport(),
        )


def test_a_ledger_tells_seeds_from_people(tmp_path):
    """
    A refused seed is none of the people that were refused.
    """
    ledger = open_ledger(tmp_path / "x.db")
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.7.1 no", to="two@seeds.example", times=1)
        _campaign(people(4), 2).send(server.url, ledger=ledger)
    [record] = ledger.campaigns()
    assert record.enrolled == 4 + 6
    assert ledger.kinds.seeds(record.id) == {State.ACCEPTED: 5, State.REFUSED: 1}
    ledger.close()
