"""feedback/plain_bounces.py: bounces without a report."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.mails import ADA, mail
from feedback.systems import PLAIN
from safesend.feedback.mail_parts import open_mail
from safesend.feedback.plain_bounces import failures_in, said_of, text_of
from safesend.feedback.said import Said
from safesend.message.address import Address

_ADA = Address.parse(ADA)


@pytest.mark.parametrize("octets", PLAIN.values(), ids=PLAIN)
def test_whose_mail_came_back_is_found(octets):
    """
    As flufl.bounce knows the forms; nothing of it is logged.
    """
    assert failures_in(octets) == ([], [_ADA])
    assert not logging.getLogger("flufl.bounce").propagate


def test_a_warning_is_no_failure():
    """
    The message is still on the way.
    """
    body = f"""The message has not yet been delivered to
  <{ADA}>
No action is required on your part.
"""
    assert failures_in(mail(body)) == ([_ADA], [])


def test_a_name_that_is_no_mailbox_is_left_out():
    """
    Whatever stands in brackets.
    """
    qmail = PLAIN["qmail"]
    assert failures_in(qmail.replace(b"<ada@", b"<(ada)@")) == ([], [])


def test_what_costs_too_much_is_not_looked_at():
    """
    Boundaries without number, or more text than any bounce has.
    """
    qmail = PLAIN["qmail"]
    assert failures_in(qmail + b"boundary" * 21) == ([], [])
    assert failures_in(mail("x\n" * 50_000) + qmail) == ([], [])


def test_the_reply_stands_beside_the_name():
    """
    In its paragraph, or in the next one; of another name nothing is known.
    """
    text = f"<{ADA}>:\n550 5.1.1 unknown\n\n<b@example.org>:\n552 5.2.2 full\n"
    assert said_of(text, _ADA) == Said(550, "5.1.1", "unknown")
    assert said_of(text, Address.parse("B@example.org")).code == 552
    assert said_of(f"{ADA}\n\nwas refused (#5.1.1)", _ADA).enhanced == "5.1.1"
    assert said_of(text, Address.parse("c@example.org")) == Said()


def test_the_text_is_what_a_person_reads():
    """
    In its charset; a page is none.
    """
    octets = mail("Größe\n", "text/plain; charset=utf-8")
    assert text_of(open_mail(octets)) == "Größe\n"
    assert text_of(open_mail(mail("<p>", "text/html"))) == ""


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_nothing_is_raised(octets):
    """
    Whatever flufl.bounce or the standard library make of it.
    """
    nested = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" + octets
    for text in (octets, nested):
        for found in failures_in(text):
            assert all(isinstance(one, Address) for one in found)


def test_without_flufl_bounce_it_says_what_to_install():
    """
    And that only where it is needed.
    """
    program = """
import sys
sys.modules["flufl.bounce"] = None
from feedback.systems import PLAIN, REPORTS
from safesend.feedback import read_bounce
print(read_bounce(REPORTS["postfix"]).kind, read_bounce(PLAIN["qmail"]))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("bounce BounceMail(kind=<MailKind.UNKNOWN")
    assert "pip install 'safesend[bounces]'" in run.stdout
