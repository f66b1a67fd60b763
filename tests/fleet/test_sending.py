"""fleet/sending.py: one process or several, one report."""

from __future__ import annotations

from contextlib import closing

import pytest

from engine.content.samples import campaign
from fleet.scenes import people
from safesend.engine.content import Way
from safesend.engine.options import Options
from safesend.errors import ConfigurationError
from safesend.fleet.secrets import Secrets
from safesend.fleet.sending import Processes, send
from safesend.ledger import open_ledger
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport, open_transport

NET = (Way(url="smtp://a.example"),)


def options(**more):
    """Options of which nothing is said but these."""
    return Options(**{"give_up_after": "2d", "confirm_changes": False, **more})


def processes(wanted, ways=NET, place="/x.db"):
    """So many."""
    return Processes(wanted=wanted, place=place, ways=ways, secrets=Secrets())


@pytest.mark.parametrize(
    ("ways", "throttle", "helped"),
    [
        (NET, None, True),
        (NET, "1000/s", True),
        (NET, "10/s", False),
        ((Way(url="eml:out"),), None, False),
        ((), None, False),
    ],
)
def test_without_a_number_it_is_as_many_as_pay(ways, throttle, helped):
    """Over a net, and where nothing slows it down."""
    found = processes(None, ways).crew(options(throttle=throttle), lambda _: None)
    assert (found is not None) == helped


def test_several_need_a_carrier_that_each_can_open():
    """One needs none."""
    with pytest.raises(ConfigurationError, match="by its URL"):
        processes(2, ()).crew(options(), lambda _: None)
    assert processes(1, ()).crew(options(), lambda _: None) is None


def test_what_is_left_of_the_time_is_theirs():
    """From the moment at which the call began."""
    crew = processes(2).crew(options(deadline="50s"), lambda _: None)
    assert 0 < crew.order("spring", 1).seconds <= 50
    assert (
        processes(2).crew(options(), lambda _: None).order("spring", 3).seconds is None
    )


def test_everybody_gets_one_from_one_of_them(tmp_path):
    """The report is one, with all that was sent."""
    place = tmp_path / "x.db"
    with SmtpServer() as server, closing(open_ledger(place)) as book:
        way = Way(url=server.url)
        letter = campaign(audience=people(300))
        heard = []
        report = send(
            letter,
            open_transport(way.url),
            book,
            options(lanes=4, throttle="100/s"),
            processes=processes(2, (way,), str(place)),
            on_event=[heard.append],
        )
        mailboxes = [one.recipient for one in server.messages]
    assert (report.accepted, report.sent_now, report.waiting) == (300, 300, 0)
    assert len(mailboxes) == len({*mailboxes}) == 300
    assert max(getattr(one, "done", 0) for one in heard) == 300


def test_one_process_does_what_send_does(tmp_path):
    """And others can join it."""
    with closing(open_ledger(tmp_path / "x.db")) as book:
        report = send(
            campaign(),
            MemoryTransport(),
            book,
            options(),
            processes=processes(1),
            on_event=[],
        )
        assert report.accepted == 1
        assert book.contents.manifest(book.campaigns()[0].id) is not None
