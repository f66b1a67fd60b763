"""integrations/django/by_ledger.py: each message a campaign that knows who has it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import override_settings

from integrations.django.conftest import at
from integrations.django.received import by_person, private, read
from safesend import SuppressionList
from safesend.delivery import Deferred, InDoubt, Refused, Stage
from safesend.errors import CampaignChanged, ConfigurationError, UnsafeMessage
from safesend.integrations.django import AllRefused, Undelivered
from safesend.ledger import open_ledger
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport

FROM = "Shop <shop@example.org>"
PEOPLE = ["ada@example.org", "ben@example.net", "cyd@example.com"]


@pytest.fixture
def place(tmp_path):
    """Where the ledger is."""
    return tmp_path / "mail.safesend.db"


@pytest.fixture
def memory(place):
    """A carrier that keeps what it gets, and a ledger, in the settings."""
    transport = MemoryTransport()
    with override_settings(SAFESEND={"TRANSPORT": transport, "LEDGER": place}):
        yield transport


def _letter(name: str | None = "spring", to=PEOPLE, text="Dear all") -> EmailMessage:
    message = EmailMessage("Hello", text, FROM, to)
    if name is not None:
        message.safesend_campaign = name
    return message


def _campaigns(place: Path) -> list[str]:
    with contextlib.closing(open_ledger(str(place))) as ledger:
        return [record.name for record in ledger.campaigns()]


def test_a_message_sent_twice_under_one_name_comes_once(memory, place):
    """Whoever has it is not written to again; both times it counts as sent."""
    assert _letter().send() == 1
    assert _letter().send() == 1
    assert sorted(e.recipient.wire for e in memory.messages) == PEOPLE
    assert _letter(to=[*PEOPLE, "dan@example.org"]).send() == 1
    assert memory.messages[3].recipient.wire == "dan@example.org"
    assert _campaigns(place) == ["spring"]


def test_a_message_without_a_name_is_a_campaign_of_its_own(memory, place):
    """`send_mail` twice sends twice, as Django has it."""
    for _ in range(2):
        assert mail.send_mail("Hello", "Dear all", FROM, PEOPLE) == 1
    assert len(memory.messages) == 6
    names = _campaigns(place)
    assert len(set(names)) == 2
    assert all(name.startswith("django 20") for name in names)


def test_what_the_message_says_arrives(place, smtp):
    """Text, HTML and files, by the server that EMAIL_HOST names."""
    message = EmailMultiAlternatives(
        "Größe", "Text ü", FROM, PEOPLE[:1], cc=PEOPLE[1:2], bcc=PEOPLE[2:]
    )
    message.attach_alternative("<p>HTML ü</p>", "text/html")
    message.attach("list.csv", b"a,b\r\n1,2\r\n", "text/csv")
    with override_settings(SAFESEND={"LEDGER": place}):
        assert message.send() == 1
    assert sorted(private(smtp.messages)) == PEOPLE
    for got in by_person(smtp.messages).values():
        assert (got["Subject"], str(got["From"])) == ("Größe", FROM)
        assert got.get_body(("plain",)).get_content().strip() == "Text ü"
        assert got.get_body(("html",)).get_content().strip() == "<p>HTML ü</p>"
        [file] = got.iter_attachments()
        assert file.get_filename() == "list.csv"


def test_braces_are_the_authors_own(memory):
    """A message that is ready has nothing to be filled in."""
    text = "Write {{ name }} where the name goes."
    assert _letter(text=text).send() == 1
    assert read(memory.messages[0].content).get_content().strip() == text


def test_a_login_without_tls_is_refused(place, smtp):
    """The engine writes no password in clear."""
    with (
        override_settings(SAFESEND={"LEDGER": place}),
        at(smtp, EMAIL_HOST_USER="shop", EMAIL_HOST_PASSWORD="secret"),
        pytest.raises(ConfigurationError, match="plain text"),
    ):
        _letter().send()


def test_a_server_that_nobody_vouches_for_gets_nothing(place):
    """STARTTLS and TLS from the start: the certificate is verified."""
    for tls, name in (("starttls", "EMAIL_USE_TLS"), ("implicit", "EMAIL_USE_SSL")):
        server = SmtpServer(tls=tls, users={"shop": "secret"})
        login = {"EMAIL_HOST_USER": "shop", "EMAIL_HOST_PASSWORD": "secret"}
        with (
            server,
            at(server, **login, **{name: True}, SAFESEND={"LEDGER": place}),
            pytest.raises(Undelivered, match="certificate"),
        ):
            _letter(tls).send()
        assert server.messages == []


def test_what_would_show_somebody_is_refused(memory):
    """In the text, and whom a header alone names; nothing is sent then."""
    with pytest.raises(UnsafeMessage):
        _letter(text="Write to ben@example.net").send()
    named = EmailMessage(
        "Hello", "Ask dan@example.org", FROM, PEOPLE, headers={"To": "dan@example.org"}
    )
    with pytest.raises(UnsafeMessage):
        named.send()
    assert memory.deliveries == []


def test_another_letter_under_the_same_name_is_refused(memory):
    """A name stands for one letter."""
    _letter().send()
    with pytest.raises(CampaignChanged):
        _letter(text="Something else").send()
    assert len(memory.messages) == 3


def test_what_is_put_off_goes_with_the_next_send(memory):
    """Who waits is told in numbers, with what to do."""
    memory.answers(Deferred(Stage.RCPT, 451))
    setting = {**_setting(memory), "RETRY": "1h", "DEADLINE": 5, "LANES": 1}
    with override_settings(SAFESEND=setting):
        with pytest.raises(
            Undelivered, match=r"2 of 3 .* 1 wait; .*'spring'"
        ) as caught:
            _letter().send()
        assert caught.value.accepted == 2
        assert mail.get_connection(fail_silently=True).send_messages([_letter()]) == 0
    assert len(memory.messages) == 2


def test_what_is_in_doubt_waits_for_a_person(memory):
    """It says how to decide."""
    memory.answers(InDoubt())
    with pytest.raises(Undelivered, match="safesend resolve"):
        _letter(to=PEOPLE[:1]).send()


def test_all_refused_is_the_error_that_smtplib_has(memory, caplog):
    """Some refused are told to the log, all of them to the caller."""
    refused = Refused(Stage.RCPT, 550, "5.7.1", "not from you")
    memory.answers(refused)
    assert _letter("first").send() == 1
    assert "1 of 3 recipients were refused" in caplog.text
    memory.answers(*[refused] * 3)
    with pytest.raises(AllRefused) as caught:
        _letter("second").send()
    answers = dict.fromkeys(PEOPLE, (550, b"5.7.1 not from you"))
    assert caught.value.recipients == answers


def test_a_carrier_without_codes_gets_one(memory):
    """And nobody who is on the suppression list counts as sent to."""
    memory.answers(Refused(Stage.RCPT, text="no"))
    with pytest.raises(AllRefused) as caught:
        _letter(to=PEOPLE[:1]).send()
    assert caught.value.recipients == {PEOPLE[0]: (550, b"no")}


def test_who_is_suppressed_gets_nothing(memory, tmp_path):
    """A message for nobody else is none that was sent."""
    never = tmp_path / "never.db"
    with SuppressionList(never) as shared:
        shared.add([PEOPLE[0]])
    with override_settings(SAFESEND={**_setting(memory), "SUPPRESSION": never}):
        assert _letter(to=PEOPLE[:1]).send() == 0
    assert memory.deliveries == []


def test_no_way_to_the_server_leaves_everybody_waiting(place):
    """Once the server is back, the same message goes to all of them."""
    server = SmtpServer()
    with server:
        pass
    with at(server, SAFESEND={"LEDGER": place, "DEADLINE": 1}):
        with pytest.raises(Undelivered) as caught:
            _letter().send()
        assert caught.value.accepted == 0
        with server:
            assert _letter().send() == 1
    assert sorted(private(server.messages)) == PEOPLE


def _setting(transport):
    from django.conf import settings

    return dict(settings.SAFESEND, TRANSPORT=transport)


SENDER = """
import sys
import django
from django.conf import settings
settings.configure(
    EMAIL_BACKEND="safesend.integrations.django.EmailBackend",
    SAFESEND={"TRANSPORT": sys.argv[1], "LEDGER": sys.argv[2], "LANES": 1},
)
django.setup()
from django.core.mail import EmailMessage
people = [f"p{n}@example.org" for n in range(200)]
message = EmailMessage("Hello", "Dear all", "shop@example.org", people)
message.safesend_campaign = "spring"
print(message.send())
"""


def test_killed_in_the_middle_it_goes_on_where_it_was(place, tmp_path):
    """kill -9, then the same program again: nobody gets it twice, nobody is lost."""
    script = tmp_path / "send.py"
    script.write_text(SENDER)
    with SmtpServer() as server:
        words = [sys.executable, str(script), server.url, str(place)]
        server.stall("dot", 0.02, times=None)
        with subprocess.Popen(words) as first:
            while len(server.messages) < 20:
                assert first.poll() is None
                time.sleep(0.01)
            os.kill(first.pid, signal.SIGKILL)
        server.behave()
        resent = subprocess.run(
            [*words], capture_output=True, text=True, timeout=300, check=False
        )
        got = [one for m in server.messages for one in m.recipients]
    assert len(set(got)) == len(got)
    # The few that were at hand when it died are in doubt, and told; they may have come.
    doubted = re.search(r"of (\d+) it is not known", resent.stderr)
    assert (resent.stdout == "1\n") == (doubted is None)
    assert 200 - len(got) <= int(doubted[1] if doubted else 0) < 8
