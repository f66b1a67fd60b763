"""The front door."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from message.judges import dkimpy, ed25519, rsa
from safesend import Address, Campaign, Recipient, Template, read_csv
from safesend.errors import (
    AddressError,
    AudienceError,
    CampaignPurged,
    ConfigurationError,
    TemplateError,
)
from safesend.ledger import open_ledger
from safesend.ledger.memory import MemoryLedger
from safesend.policies import Throttle
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport

TEMPLATE = Template(subject="Hello {{ name }}", text="Dear {{ name }}")
EAST = dt.timezone(dt.timedelta(hours=14))


def _people(count):
    return [Recipient(f"p{i}@example.org", name=f"Name {i}") for i in range(count)]


def _campaign(audience=None, **options):
    return Campaign(
        **{
            "name": "spring-letter",
            "sender": "News <news@example.org>",
            "template": TEMPLATE,
            "audience": _people(5) if audience is None else audience,
            **options,
        }
    )


def test_a_mailing_in_one_call():
    """
    As in the quick start: a list, a template, a carrier.
    """
    transport = MemoryTransport()
    report = _campaign().send(transport, ledger=":memory:")
    assert (report.accepted, report.recipients) == (5, 5)
    assert {str(e.recipient.wire) for e in transport.messages} == {
        f"p{i}@example.org" for i in range(5)
    }


def test_a_url_names_the_carrier(tmp_path):
    """
    Files in a folder, one a person.
    """
    report = _campaign().send(f"eml:{tmp_path}/out", ledger=tmp_path / "x.db")
    assert report.accepted == 5
    assert len(list((tmp_path / "out").glob("*.eml"))) == 5
    assert report.ledger == str(tmp_path / "x.db")


def test_asend_is_awaited():
    """
    The same engine, in the caller's loop.
    """
    report = asyncio.run(_campaign().asend(MemoryTransport(), ledger=":memory:"))
    assert report.accepted == 5


def test_send_works_where_a_loop_is_running():
    """
    In a notebook: the engine runs in a thread of its own.
    """

    async def cell():
        return _campaign().send(MemoryTransport(), ledger=":memory:")

    assert asyncio.run(cell()).accepted == 5
    assert threading.active_count() < 10


def test_an_error_comes_out_of_that_thread_too():
    """
    What the engine raises reaches the caller.
    """

    async def cell():
        return _campaign([]).send(MemoryTransport(), ledger=":memory:")

    with pytest.raises(AudienceError, match="nobody"):
        asyncio.run(cell())


def test_a_generator_is_an_audience():
    """
    Walked once by the rehearsal, and again by the sending.
    """
    campaign = _campaign(Recipient(f"g{i}@example.org", name="G") for i in range(30))
    assert campaign.rehearse().recipients == 30
    transport = MemoryTransport()
    assert campaign.send(transport, ledger=":memory:").accepted == 30


def test_a_look_before_sending_works_where_a_loop_is_running(tmp_path):
    """
    And is awaited there; it writes no ledger.
    """
    place = tmp_path / "fair.db"

    async def cell():
        one = _campaign().preflight(only="P12,P13", ledger=place)
        other = await _campaign().apreflight(only=["P12", "P13"], ledger=place)
        return one, other

    one, other = asyncio.run(cell())
    assert one.findings == other.findings
    assert (one.ok, one.people, one.campaign) == (True, 5, _campaign().name)
    assert not place.exists()


def test_a_rehearsal_sends_nothing_and_shows_everything():
    """
    The envelopes come in the order of the list, each for one person.
    """
    rehearsal = _campaign().rehearse()
    assert (rehearsal.ok, rehearsal.recipients, rehearsal.leaks) == (True, 5, ())
    envelopes = list(rehearsal.messages())
    assert [e.recipient.local for e in envelopes] == [f"p{i}" for i in range(5)]
    assert b"Name 3" in envelopes[3].content
    assert envelopes[3].sender == "news@example.org"
    assert envelopes[3].message_id.endswith("@example.org>")


def test_a_rehearsal_names_what_is_wrong(tmp_path):
    """
    All problems at once, with file and line; it does not raise.
    """
    people = tmp_path / "people.csv"
    people.write_text("email,name\nok@example.org,A\nnobody,B\nx@example.org,\x07\n")
    rehearsal = _campaign(read_csv(people)).rehearse()
    assert not rehearsal.ok
    assert "people.csv:3" in " ".join(str(p) for p in rehearsal.problems)
    assert "people.csv:4" in " ".join(map(str, rehearsal.leaks + rehearsal.problems))


def test_skipped_rows_are_in_the_report(tmp_path):
    """
    With skip_invalid the others are sent to, and the report says who was left out.
    """
    people = tmp_path / "people.csv"
    people.write_text("email,name\nok@example.org,A\nnobody,B\nfine@example.org,C\n")
    campaign = _campaign(read_csv(people, skip_invalid=True))
    report = campaign.send(MemoryTransport(), ledger=":memory:")
    assert (report.accepted, report.skipped) == (2, 1)
    assert [problem.line for problem in report.problems] == [3]


def test_bounces_come_to_an_address_of_each_person():
    """
    VERP: opaque and one for each row, whoever gets its message; else to the sender.
    """

    def senders(**options):
        transport = MemoryTransport()
        campaign = _campaign(envelope_sender="bounces+{token}@example.org", **options)
        assert campaign.send(transport, ledger=book).accepted == 5
        return {envelope.sender for envelope in transport.messages}

    def tried():
        transport = MemoryTransport()
        campaign = _campaign(envelope_sender="bounces+{token}@example.org")
        campaign.test_send(transport, to=["a@qa.example", "b@qa.example"], ledger=book)
        return {envelope.sender for envelope in transport.messages}

    book = MemoryLedger()
    everybody = senders() | senders(redirect_all_to="qa@staging.example") | tried()

    assert len(everybody) == 12
    for sender in everybody:
        assert re.fullmatch(r"bounces\+[0-9a-f]{32}@example\.org", sender)
    [envelope, *_] = _campaign().rehearse().messages()
    assert envelope.sender == "news@example.org"


def test_a_second_attempt_is_the_same_message_for_those_who_bounce_it(tmp_path):
    """
    Envelope sender and ENVID stay, so that a report on either finds the row.
    """
    campaign = _campaign(envelope_sender="bounces+{token}@example.org")
    with SmtpServer(dsn=True) as server:
        server.reply("content", "451 4.3.0 Later", times=5)
        report = campaign.send(server.url, ledger=tmp_path / "l.db", retry="1s, 1h")
        assert (report.accepted, server.violations) == (5, [])
        tries = [(one.sender, one.wishes["ENVID"]) for one in server.transactions]

    assert len(tries) == 10
    assert len({*tries}) == len({sender for sender, _ in tries}) == 5


def test_the_sender_is_parsed_once():
    """
    A mailbox with a name; anything else is refused.
    """
    assert _campaign().sender == Address.parse("news@example.org")
    with pytest.raises(AddressError):
        _campaign(sender="a@example.org, b@example.org")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\nb", "x" * 81])
def test_a_name_that_is_no_file_name_is_refused(name):
    """
    It names the ledger.
    """
    with pytest.raises(ConfigurationError, match="name"):
        _campaign(name=name)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"lanes": 0}, "lanes"),
        ({"lanes": 10_000}, "lanes"),
        ({"on_doubt": "guess"}, "hold"),
        ({"throttle": "fast"}, "50/s"),
        ({"throttle": Throttle(per_provider={"gogle": "1/s"})}, "'google'"),
        ({"retry": "often"}, "5m, 15m"),
        ({"retry": 5}, "5m, 15m"),
        ({"throttle": 50}, "50/s"),
        ({"hours": 9}, "09:00-17:00"),
        ({"give_up_after": "soon"}, "2d"),
        ({"deadline": -1}, "12h"),
        ({"ledger": "postgresql://x/y?schema=A-B"}, "schema='A-B'"),
        ({"ledger": 3}, "path of a file"),
        ({"lanes": "8"}, "lanes"),
        ({"providers": ["council.example"]}, "council.example"),
        ({"mx_lookup": "yes"}, "MxLookup"),
        ({"rules": 3}, "a file's path"),
        ({"rules": "a\0b"}, "cannot be read"),
        ({"on_doubt": ["hold"]}, "it is one of 'hold'"),
        ({"start": dt.datetime(1, 1, 1, tzinfo=EAST)}, "is not understood"),
        ({"pilot": "9" * 5000}, "how many people"),
        ({"pilot": 10**30}, "how many people"),
        ({"approvals": 10**30}, "from 0 to 1000"),
        ({"suppression": "a" * 400}, "no suppression list"),
        ({"retention": "999999999d"}, "100 years"),
        ({"delay": 1e308}, "100 years"),
    ],
)
def test_a_wrong_option_is_refused_before_anything(options, match):
    """
    With the values that are right.
    """
    transport = MemoryTransport()
    with pytest.raises(ConfigurationError, match=match):
        _campaign().send(transport, **{"ledger": ":memory:", **options})
    assert transport.deliveries == []


@pytest.mark.parametrize(
    "option",
    [
        {"template": "Hello"},
        {"unsubscribe": 5},
        {"message_id_domain": 5},
        {"envelope_sender": 5},
        {"envelope_sender": "bounces+{row}@example.org"},
        {"max_recipients": "many"},
        {"max_recipients": True},
        {"name": 7},
    ],
)
def test_a_wrong_type_is_a_configuration_error(option):
    """
    The message names the option.
    """
    [name] = option
    with pytest.raises(ConfigurationError, match=name):
        _campaign(**option)


def test_a_name_that_is_an_address_is_not_repeated():
    """
    Somebody mixed up the arguments.
    """
    with pytest.raises(ConfigurationError) as caught:
        _campaign(name="ada@example.org")
    assert "ada@" not in str(caught.value)


def test_allowed_domains_is_a_list():
    """
    A text would be taken letter by letter.
    """
    with pytest.raises(ConfigurationError, match="list"):
        _campaign(allowed_domains="example.org")
    assert _campaign(allowed_domains=["Example.ORG"]).allowed_domains == {"example.org"}


def test_an_open_ledger_stays_open(tmp_path):
    """
    Who opened it closes it.
    """
    ledger = open_ledger(str(tmp_path / "mine.db"))
    report = _campaign().send(MemoryTransport(), ledger=ledger)
    assert [c.name for c in ledger.campaigns()] == ["spring-letter"]
    assert len(list(report.outcomes(_people(5)))) == 5
    ledger.close()


def test_the_report_can_be_asked_after_the_call(tmp_path):
    """
    The ledger is opened again for the join, and closed again.
    """
    report = _campaign().send(MemoryTransport(), ledger=tmp_path / "x.db")
    states = {str(state) for _, state, _ in report.outcomes(_people(5))}
    assert states == {"accepted"}
    assert report.to_json()["accepted"] == 5


def test_a_throttle_may_be_a_value_or_a_text():
    """
    "50/s" and Throttle("50/s") are the same.
    """
    for throttle in ("1000/s", Throttle("1000/s")):
        report = _campaign().send(
            MemoryTransport(), ledger=":memory:", throttle=throttle
        )
        assert report.accepted == 5


def test_retries_and_their_end_may_be_texts():
    """
    As in campaign.toml.
    """
    transport = MemoryTransport()
    report = _campaign().send(
        transport, ledger=":memory:", retry="5m, stop", give_up_after="12h"
    )
    assert report.accepted == 5


def test_the_default_ledger_lies_beside_the_script(tmp_path):
    """
    Whatever the current directory is: run twice, nothing is sent twice.
    """
    script = tmp_path / "script" / "send.py"
    script.parent.mkdir()
    script.write_text(
        "from safesend import *\n"
        "c = Campaign(name='beside', sender='a@example.org', audience="
        "[Recipient('b@example.org')], template=Template(subject='s', text='t'))\n"
        "r = c.send('memory:')\nprint(r.sent_now, r.ledger)\n"
    )
    places = [tmp_path / "one", tmp_path / "two"]
    told = []
    for place in places:
        place.mkdir()
        done = subprocess.run(
            [sys.executable, str(script)],
            cwd=place,
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout.split())
    beside = str(script.parent / "beside.safesend.db")
    assert told == [["1", beside], ["0", beside]]
    assert Path(beside).stat().st_mode & 0o777 == 0o600


def test_a_program_that_is_no_script_must_name_its_ledger():
    """
    Under pytest there is no script of the user's: no ledger among the libraries.
    """
    with pytest.raises(ConfigurationError, match="ledger="):
        _campaign().send(MemoryTransport())


_TYPED = """\
from safesend import Campaign, Recipient, Template
c = Campaign(name="typed", sender="a@example.org", template=Template("s", "t"),
    audience=[Recipient("b@example.org")])

print(c.send("memory:").ledger)
"""


def test_who_types_gets_the_current_folder(tmp_path):
    """
    In an interactive Python there is no script: the ledger lies where it was begun.
    """
    done = subprocess.run(
        [sys.executable, "-i", "-q"],
        input=_TYPED,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path / "typed.safesend.db") in done.stdout


def test_a_command_given_to_python_must_name_its_ledger(tmp_path):
    """
    As in a cron job: the current folder is chance.
    """
    done = subprocess.run(
        [sys.executable, "-c", _TYPED],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ledger=" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_template_is_checked_before_anything():
    """
    A field that no row has is found by the rehearsal.
    """
    template = Template(subject="Hello {{ nmae }}", text="x")
    rehearsal = _campaign(template=template).rehearse()
    assert not rehearsal.ok
    assert rehearsal.total_problems == 5
    with pytest.raises(TemplateError):
        Template(subject="s")


_CELL = """\
import asyncio
from safesend import Campaign, Recipient, Template

people = [Recipient(f"p{i}@example.org", name="N") for i in range(500)]
campaign = Campaign(name="cell", sender="a@example.org", audience=people,
    template=Template(subject="s", text="t {{ name }}"))

async def cell():
    campaign.send("memory:", ledger="cell.db", throttle="20/s",
        on_event=lambda event: print(type(event).__name__, flush=True))

asyncio.new_event_loop().run_until_complete(cell())
"""


def test_ctrl_c_where_a_loop_is_running(tmp_path):
    """
    In a notebook: what is in flight finishes, and the rest waits for the next call.
    """
    cell = subprocess.Popen(
        [sys.executable, "-c", _CELL],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert any("Progressed" in line for line in cell.stdout)
    cell.send_signal(signal.SIGINT)
    _, said = cell.communicate(timeout=30)
    assert "KeyboardInterrupt" in said
    ledger = open_ledger(str(tmp_path / "cell.db"))
    [record] = ledger.campaigns()
    counts = {str(state): n for state, n in ledger.counts(record.id).items()}
    ledger.close()
    assert counts.keys() <= {"waiting", "accepted"}
    assert 0 < counts["waiting"] <= 500


def test_a_retention_is_kept_in_the_ledger(tmp_path):
    """
    As a text or in seconds; a call without one changes nothing.
    """
    for given, seconds in (("90d", 90 * 86_400), (60, 60), (None, 60)):
        _campaign().send(MemoryTransport(), ledger=tmp_path / "x.db", retention=given)
        ledger = open_ledger(tmp_path / "x.db")
        assert ledger.campaigns()[0].keep_for == seconds
        ledger.close()


@pytest.mark.parametrize("wrong", ["soon", 0, "0d", -1])
def test_a_retention_is_some_time(wrong):
    """
    Nothing is sent where it is not understood, or none.
    """
    transport = MemoryTransport()
    with pytest.raises(ConfigurationError):
        _campaign().send(transport, ledger=":memory:", retention=wrong)
    assert transport.messages == []


def test_a_purged_campaign_is_refused_whatever_is_confirmed(tmp_path):
    """
    The same script again, after a purge: not one message.
    """
    place = tmp_path / "x.db"
    _campaign().send(MemoryTransport(), ledger=place)
    ledger = open_ledger(place)
    ledger.persons.purge(1, actor="ada", reason="x", now=1.0)
    ledger.close()
    again = MemoryTransport()
    for confirmed in (False, True):
        with pytest.raises(CampaignPurged, match="was purged on"):
            _campaign().send(again, ledger=place, confirm_changes=confirmed)
    assert again.messages == []


def test_every_message_is_signed_by_whom_the_campaign_says():
    """
    One signature or several; a test and a redirected mailing have them, too.
    """
    transport = MemoryTransport()
    for dkim, number in ((rsa(), 1), ([rsa(), ed25519()], 2), (None, 0)):
        campaign = _campaign(name=f"signed {number}", dkim=dkim)
        assert len(campaign.dkim) == number
        campaign.send(transport, ledger=":memory:")
        signed = transport.messages[-1].content
        assert dkimpy(signed, rsa(), ed25519()) == [True] * number
    campaign = _campaign(dkim=[ed25519()], redirect_all_to="me@example.org")
    campaign.send(transport, ledger=":memory:")
    campaign.test_send(transport, to="you@example.org", ledger=":memory:")
    for message in transport.messages[-2:]:
        assert dkimpy(message.content, ed25519()) == [True]


def test_a_changed_key_is_no_changed_letter(tmp_path):
    """
    What was approved stays approved, and the mailing goes on unasked.
    """
    ledger, transport = tmp_path / "signed.db", MemoryTransport()
    _campaign(dkim=rsa()).approve(ledger=ledger, actor="ada")
    report = _campaign(dkim=ed25519()).send(transport, ledger=ledger, approvals=1)
    assert report.accepted == len(transport.messages) > 0
    assert _campaign().send(transport, ledger=ledger).accepted == report.accepted


def test_nothing_of_a_key_is_in_a_campaign_that_is_printed():
    """
    Whose, and under which name.
    """
    assert "Dkim(domain='example.org', selector='r2026')" in repr(_campaign(dkim=rsa()))
    assert "PRIVATE" not in repr(_campaign(dkim=rsa()))
