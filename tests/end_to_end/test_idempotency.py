"""A relay that takes a key once only: what it gets twice nobody has twice."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from safesend import Campaign, Recipient, Template
from safesend.errors import ConfigurationError
from safesend.ledger import open_ledger
from safesend.testing import SmtpServer
from safesend.transports import SmtpTransport

_OPTIONS = "?idempotency_header=Resend-Idempotency-Key&idempotency_ttl=24h"
_KEY = re.compile(rb"^Resend-Idempotency-Key: ([0-9a-f]{32})\r$", re.MULTILINE)
_SCRIPT = """\
import sys
from end_to_end.test_idempotency import fair
fair().send(sys.argv[1], ledger=sys.argv[2], lanes=1)
"""


def fair(name="fair", **template):
    """A letter to three people, one link of which gets everybody off the list."""
    return Campaign(
        name=name,
        sender="fair@example.org",
        template=Template("Hello {{ name }}", text="Dear {{ name }}\n", **template),
        audience=[Recipient(f"p{n}@example.net", name=f"Pérson {n}") for n in range(3)],
        unsubscribe="https://example.org/u/{token}",
    )


def _keys(server):
    """
    The key of each message that the server took, in that order.
    """
    return [_KEY.search(message.content)[1] for message in server.messages]


def test_a_lost_answer_costs_nobody_a_second_copy(tmp_path):
    """
    By itself, in one call: the same octets to the relay, which drops the second.
    """
    with SmtpServer() as server:
        server.drop_before_reply("dot", times=2)
        report = fair().send(server.url + _OPTIONS, ledger=tmp_path / "fair.db")
        assert (report.accepted, report.in_doubt) == (3, 0)
        assert (len(server.messages), len(set(_keys(server)))) == (5, 3)
        assert len({message.content for message in server.messages}) == 3
    assert server.violations == []


def test_without_a_key_a_person_decides(tmp_path):
    """
    As for every relay that does not say that it knows a message again.
    """
    with SmtpServer() as server:
        server.drop_before_reply("dot", times=1)
        report = fair().send(server.url, ledger=tmp_path / "fair.db")
        assert (report.accepted, report.in_doubt) == (2, 1)
        assert fair().send(server.url, ledger=tmp_path / "fair.db").in_doubt == 1
        assert len(server.messages) == 3
        assert not any(_KEY.search(message.content) for message in server.messages)


def _killed(server, url, ledger):
    """
    Send, and die before the answer to the last of three messages is there.
    """
    reached = threading.Event()

    def last(moment):
        if moment.accepted == 2:
            reached.set()
        return reached.is_set()

    server.stall("dot", 4, times=1, when=last)
    command = [sys.executable, "-c", _SCRIPT, url, str(ledger)]
    with subprocess.Popen(command) as process:
        assert reached.wait(120)
        process.kill()
    end = time.monotonic() + 60
    while len(server.messages) < 3:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("options", ["", _OPTIONS], ids=["without", "with"])
def test_a_killed_run_goes_on_with_the_key_only(tmp_path, options):
    """
    With it everybody is accounted for by the next call; without it one is held.
    """
    ledger = tmp_path / "fair.db"
    with SmtpServer() as server:
        _killed(server, server.url + options, ledger)
        report = fair().send(server.url + options, ledger=ledger)
        assert len({message.content for message in server.messages}) == 3
        # The last one, and the one before if its answer was still on its way.
        if options:
            assert (report.accepted, report.in_doubt) == (3, 0)
            assert len(server.messages) in {4, 5}
            assert len(set(_keys(server))) == 3
        else:
            assert report.accepted + report.in_doubt == len(server.messages) == 3
            assert report.in_doubt in {1, 2}
            # Too late to say that it knows: what it has, it has without a key.
            again = fair().send(server.url + _OPTIONS, ledger=ledger)
            assert (again.in_doubt, len(server.messages)) == (report.in_doubt, 3)


def test_keys_belong_to_row_and_campaign(tmp_path):
    """
    Nobody's is another's, and both processes of one ledger make the same.
    """
    ledger = tmp_path / "fair.db"
    with SmtpServer() as server:
        fair().send(server.url + _OPTIONS, ledger=ledger)
        fair("market").send(server.url + _OPTIONS, ledger=ledger)
        assert len(set(_keys(server))) == 6


def test_the_relay_may_change_between_two_calls(tmp_path):
    """
    One that knows messages again is no change of the letter.
    """
    ledger = tmp_path / "fair.db"
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=3)
        assert fair().send(server.url, ledger=ledger, deadline=1).waiting == 3
        assert fair().send(server.url + _OPTIONS, ledger=ledger).waiting == 3
        with closing(open_ledger(str(ledger))) as book:
            [record] = book.campaigns()
        assert record.enrolled == 3


def test_a_header_of_the_letter_is_not_taken_over(tmp_path):
    """
    Which of the two would count? Said before anything leaves.
    """
    with SmtpServer() as server:
        relay = SmtpTransport(
            "127.0.0.1",
            server.port,
            tls="insecure-plaintext",
            idempotency=("X-Once", "15m"),
        )
        campaign = fair(headers={"x-once": "mine"})
        assert campaign.rehearse().ok
        with pytest.raises(ConfigurationError, match="the template sets the header"):
            campaign.send(relay, ledger=tmp_path / "fair.db")
        assert server.connections == 0
