"""feedback/mail_parts.py: the parts of a mail that anybody may have written."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from feedback.mails import ID, LETTER, crlf, mail, report
from safesend.feedback.mail_parts import open_mail


def test_a_report_has_three_parts():
    """
    Words, a part for machines, and what came back.
    """
    opened = open_mail(report("Action: failed"))
    assert (opened.type, opened.report_type) == ("multipart/report", "delivery-status")
    kinds = ["text/plain", "message/delivery-status", "message/rfc822"]
    assert [part.type for part in opened.parts] == kinds
    assert ID in opened.returned.get("message-id")
    assert opened.first("message/delivery-status").octets.endswith(
        b"Action: failed\r\n"
    )


def test_what_is_encoded_is_decoded():
    """
    RFC 6533 allows it for the parts of a report.
    """
    inner = base64.encodebytes(crlf(LETTER)).decode()
    body = (
        "--x\nContent-Type: message/global\nContent-Transfer-Encoding: base64\n\n"
        f"{inner}\n--x--\n"
    )
    opened = open_mail(mail(body, "multipart/mixed; boundary=x"))
    assert ID in opened.returned.get("message-id")


def test_a_mail_without_parts_is_one():
    """
    Also where it says that it has some.
    """
    for kind in ("text/plain", "multipart/mixed; boundary=none"):
        opened = open_mail(mail("Hello\n", kind))
        assert [part.octets for part in opened.parts] == [b"Hello\r\n"]
        assert opened.returned is None


def test_a_digest_holds_mails():
    """
    Without saying so of each.
    """
    body = f"--x\n\n{LETTER}\n--x--\n"
    opened = open_mail(mail(body, "multipart/digest; boundary=x"))
    assert ID in opened.returned.get("message-id")


def test_parts_are_few_and_not_too_deep():
    """
    What is left out is left out; nothing is raised.
    """
    many = mail("--x\n\npart\n" * 5_000, "multipart/mixed; boundary=x")
    assert len(open_mail(many).parts) == 99
    body = "text"
    for level in range(20):
        inner = f"Content-Type: multipart/mixed; boundary=b{level}\n\n{body}"
        body = f"--b{level + 1}\n{inner}\n--b{level + 1}--\n"
    deep = mail(body, "multipart/mixed; boundary=b20")
    assert open_mail(deep).parts == ()


def test_headers_are_short():
    """
    Whatever their number and length.
    """
    long = b"A: b\r\n" * 20_000 + b"Content-Type: text/html\r\n\r\n"
    assert len(open_mail(long).headers.fields) == 1_000
    one = open_mail(b"A: " + b"x" * 500_000)
    assert len(one.headers.get("a")) == 10_000


@given(st.binary(max_size=500))
def test_nothing_is_raised(octets):
    """
    Whatever the octets are.
    """
    assert open_mail(octets).type
    open_mail(b"Content-Type: multipart/report; boundary=x\n\n--x\n" + octets)
