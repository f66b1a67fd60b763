"""integrations/django/silence.py: what is refused in silence is in the log."""

from __future__ import annotations

import logging

import pytest
from django.core import mail
from django.test import RequestFactory, override_settings
from django.utils.log import AdminEmailHandler

from integrations.django.received import by_person
from safesend.errors import UnsafeMessage
from safesend.integrations.django.silence import tell_refusal
from safesend.transports import MemoryTransport

STAFF = ["ada@example.org", "ben@example.net"]


@pytest.fixture
def reports():
    """A log whose errors go to the admins; so do those of this library."""
    handler, loggers = AdminEmailHandler(), ("shop", "safesend.django")
    for name in loggers:
        logging.getLogger(name).addHandler(handler)
    pairs = [("Ada", STAFF[0]), ("Ben", STAFF[1])]
    with override_settings(ADMINS=pairs, DEBUG=False, ROOT_URLCONF=()):
        yield logging.getLogger("shop")
    for name in loggers:
        logging.getLogger(name).removeHandler(handler)


def _fail(log: logging.Logger, words: str = "oops") -> None:
    request = RequestFactory().get("/buy/")
    try:
        int(words)
    except ValueError:
        log.exception(words, extra={"request": request, "status_code": 500})


def test_a_report_of_an_error_reaches_every_admin(reports, smtp):
    """It shows the settings, ADMINS among them; they know each other."""
    _fail(reports)
    assert [m.recipients for m in smtp.messages] == [(one,) for one in STAFF]
    for one, got in by_person(smtp.messages).items():
        assert got["To"].addresses[0].addr_spec == one
        assert STAFF[0] in got.get_body(("plain",)).get_content()


@pytest.mark.parametrize("ledger", [False, True])
def test_so_it_does_by_a_transport(reports, tmp_path, ledger):
    """And by a ledger."""
    memory = MemoryTransport()
    setting = {"TRANSPORT": memory}
    if ledger:
        setting["LEDGER"] = tmp_path / "mail.safesend.db"
    with override_settings(SAFESEND=setting):
        _fail(reports)
    assert sorted(e.recipient.wire for e in memory.messages) == STAFF


def test_a_report_may_be_a_list_of_people(reports, smtp):
    """What a program choked on is for those who look after it."""
    _fail(reports, " ".join(f"m{n}@far{n}.test" for n in range(9)))
    assert len(smtp.messages) == 2


def test_admins_are_no_colleagues_of_customers(reports, smtp):
    """A message to somebody else as well shows none of them."""
    with pytest.raises(UnsafeMessage):
        mail.send_mail("x", f"Ask {STAFF[0]}", None, [*STAFF, "cyd@example.com"])
    assert smtp.messages == []


def test_a_report_that_cannot_be_sent_breaks_nothing(reports, smtp, caplog):
    """No exception goes through the log, which has an entry and no address."""
    _fail(reports, "a NUL: \0")
    assert caplog.text.count("a message was not sent: refused") == 1
    told = [r.getMessage() for r in caplog.records if r.name == "safesend.django"]
    assert not any("ada@" in text for text in told)
    # The entry itself is an error, and so a mail to them.
    assert [*by_person(smtp.messages)] == STAFF


def test_an_entry_makes_no_entry_without_end(caplog):
    """A handler whose mail is refused as well is not told of that."""

    class Echo(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell_refusal(ValueError("again"))

    log = logging.getLogger("safesend.django")
    log.addHandler(echo := Echo())
    try:
        for _ in range(2):
            tell_refusal(ValueError("first"))
    finally:
        log.removeHandler(echo)
    assert [r.getMessage() for r in caplog.records] == [
        "a message was not sent: first"
    ] * 2
