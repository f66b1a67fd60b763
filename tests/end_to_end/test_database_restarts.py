"""The server of the ledger dies in the middle of a run: everybody gets one copy."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from safesend import Campaign, Template, read_csv
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.testing import SmtpServer, assert_sent_once
from servers.pgbouncer import run_pgbouncer

PEOPLE = [f"person{number}@example.net" for number in range(400)]


@pytest.fixture
def people(tmp_path):
    """A list of everybody."""
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "\n".join(PEOPLE) + "\n", "utf-8")
    return path


def send(people, server, ledger):
    """Send at a pace at which a restart falls into the run; gives the report."""
    campaign = Campaign(
        name="crash",
        sender="Example News <news@example.org>",
        template=Template(subject="Hello", text="Dear {{ email }},\n"),
        audience=read_csv(people),
    )
    return campaign.send(server.url, ledger=ledger, lanes=4, throttle="200/s")


def until(server, number, running):
    """Wait until so many have come; what ends before says why."""
    while len(server.messages) < number:
        if running.done():
            running.result()
        time.sleep(0.002)


def assert_everybody_has_one(server, ledger):
    """One copy each, and the ledger knows of all of them."""
    assert_sent_once(server.messages, PEOPLE)
    with closing(open_ledger(ledger)) as book:
        [record] = book.campaigns()
        assert dict(book.counts(record.id)) == {State.ACCEPTED: len(PEOPLE)}


def test_a_database_that_is_killed_while_it_sends(people, own_postgres):
    """
    Twice; what had come in is known afterwards, and nobody is in doubt.
    """
    service, ledger = own_postgres.server.service, own_postgres.url
    with SmtpServer() as server, ThreadPoolExecutor(1) as pool:
        running = pool.submit(send, people, server, ledger)
        for number in (40, 200):
            until(server, number, running)
            service.kill()
            service.start()
        assert running.result().accepted == len(PEOPLE)
        assert_everybody_has_one(server, ledger)


def test_a_database_that_restarts_behind_pgbouncer(people, own_postgres):
    """
    Two who send wait for it, and for a PgBouncer that is away as well.
    """
    with (
        run_pgbouncer(own_postgres.server) as pgbouncer,
        SmtpServer() as server,
        ThreadPoolExecutor(2) as pool,
    ):
        ledger = pgbouncer.url(own_postgres.name)
        first = pool.submit(send, people, server, ledger)
        until(server, 20, first)
        other = pool.submit(send, people, server, ledger)
        until(server, 80, first)
        own_postgres.server.service.restart()
        until(server, 200, first)
        pgbouncer.service.kill()
        pgbouncer.service.start()
        first.result(), other.result()
        assert_everybody_has_one(server, ledger)
