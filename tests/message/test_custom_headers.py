"""Tests of the headers that a template may set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import (
    ConfigurationError,
    SafesendError,
    TemplateError,
    UnsafeMessage,
)
from safesend.message.custom_headers import (
    check_idempotency_name,
    check_name,
    custom_value,
    needs_constant,
    says_how_to_leave,
)


@pytest.mark.parametrize(
    "name",
    [
        "X-Campaign",
        "X-Campaign-Id",
        "x-priority",
        "X-Auto-Response-Suppress",
        "X-Entity-Ref-ID",
        "X-SES-CONFIGURATION-SET",
        "Precedence",
        "Feedback-ID",
        "List-Id",
        "LIST-HELP",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Organization",
        "Content-Language",
    ],
)
def test_harmless_names_are_taken(name):
    """
    The closed list in any case, and X- names that say nothing of people.
    """
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "To", "to", "CC", "Bcc", "BCC", "From", "Sender", "Subject", "Date", "Reply-To",
        "Resent-To", "Resent-Bcc", "Apparently-To", "Delivered-To", "Return-Path",
        "Errors-To", "Mail-Followup-To", "Disposition-Notification-To", "Received",
        "Return-Receipt-To", "DKIM-Signature", "Message-ID", "In-Reply-To",
        "References", "Auto-Submitted", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding", "Content-Disposition",
        "X-Bcc", "x-cc", "X-To", "X-Recipient", "X-Recipients-List", "X-SMTPAPI",
        "X-Apparently-To", "X-Odoo-Bcc", "X-Original-To", "X-Envelope-To",
        "X-Envelope-From", "X-Rcpt-To", "X-RcptTo", "X-Delivered-To", "X-MC-BccAddress",
        "X-MC-PreserveRecipients", "X-Mailgun-Recipient-Variables", "X-MSYS-API",
        "X-Originating-IP", "X-Authenticated-User", "X-Forwarded-For", "X-Sender",
        "X-Mailer", "X-Failed-Recipients", "X-Real-To", "X", "X-", "X--A", "Foo",
    ],
)  # fmt: skip
def test_names_of_people_relays_and_our_own_are_refused(name):
    """
    Whoever could be named, added or traced by a header is not.
    """
    with pytest.raises(TemplateError, match=r"is not for a template|is refused"):
        check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Bcc ",
        "Bcc:",
        " X-A",
        "X-A\r\nBcc",
        "X-A:b",
        "X-Ä",
        "X A",
        "X-A\n",
        "X" * 60,
    ],
)
def test_what_is_no_header_name_is_refused(name):
    """
    Blanks, colons, line ends and other letters are no part of a name (RFC 5322).
    """
    with pytest.raises(TemplateError, match="is no header name"):
        check_name(name)


@given(st.text(max_size=20).map(lambda text: f"X-{text}"))
def test_no_taken_name_can_break_a_line(name):
    """
    Whatever name is taken, it is letters, digits and hyphens.
    """
    try:
        check_name(name)
    except TemplateError:
        return

    assert set(name.lower()) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("X-Campaign", "spring", b"spring"),
        ("X-Campaign", "Frühling", b"=?utf-8?b?RnLDvGhsaW5n?="),
        ("X-Campaign", "we meet @ 5, 100 %", b"we meet @ 5, 100 %"),
        ("Precedence", "bulk", b"bulk"),
        ("List-Id", "News <news.example.org>", b"News <news.example.org>"),
        ("List-Post", "NO", b"NO"),
        ("List-Help", "<mailto:help@example.org>", b"<mailto:help@example.org>"),
        (
            "List-Help",
            "<https://example.org/h>, <mailto:help@example.org>",
            b"<https://example.org/h>, <mailto:help@example.org>",
        ),
    ],
)
def test_values(name, text, written):
    """
    Free text is encoded, tokens and URIs stay as they are.
    """
    assert written == custom_value(name, text)


@pytest.mark.parametrize(
    "text",
    [
        "eve@example.com",
        "for eve@example.com only",
        "eve%40example.com",
        "eve\uff20example.com",
        "{eve@x}",
        "eve\ufe6bx",
    ],
)
@pytest.mark.parametrize("name", ["X-Campaign", "Comments", "List-Id", "Feedback-ID"])
def test_a_value_like_an_address_is_refused(name, text):
    """
    In any disguise that a reader sees through (L12).
    """
    with pytest.raises(UnsafeMessage, match=r"something like an address.*L12"):
        custom_value(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("List-Help", "help@example.org"),
        ("List-Help", "<mailto:a@example.org> b"),
        ("List-Owner", "NO"),
        ("List-Archive", "<ftp://example.org/>"),
        ("Precedence", "bülk"),
        ("Feedback-ID", "=?utf-8?q?a?="),
        ("X-Campaign", "a\nBcc: eve"),
        ("List-Id", ""),
    ],
)
def test_malformed_values_are_refused(name, text):
    """
    URIs stand in angle brackets, tokens are ASCII, nothing breaks a line.
    """
    with pytest.raises(SafesendError, match=f"header {name}"):
        custom_value(name, text)


def test_list_headers_are_the_same_for_everybody():
    """
    No merge field may touch them.
    """
    assert needs_constant("List-Help")
    assert needs_constant("list-id")
    assert not needs_constant("X-Campaign")


@pytest.mark.parametrize(
    "name",
    ["Resend-Idempotency-Key", "idempotency-key", "X-EE-Idempotency-Key", "X-Once"],
)
def test_names_by_which_a_relay_may_know_a_message_again(name):
    """
    They say it, or are harmless.
    """
    check_idempotency_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "Bcc", "To", "Message-ID", "Subject", "List-Id", "X-Bcc", "X-", "Comments",
        "Idempotency Key", "Idempotency-Key:", "Idempotency\r\nBcc", "Idempotency-Kéy",
        "1-Idempotency", "Idempotency-" + "x" * 50, "X-Once\n", "Resent-To",
        "ada@x.org",
    ],
)  # fmt: skip
def test_names_that_a_relay_could_take_for_something_else(name):
    """
    Names of people and of mail itself, and what is no name; no address is repeated.
    """
    with pytest.raises(ConfigurationError, match="idempotency header") as caught:
        check_idempotency_name(name)
    assert "ada@" not in str(caught.value)


def test_a_link_to_leave_may_be_the_letters_own():
    """
    A URL or a mailbox (RFC 2369), and one click (RFC 8058); each reader may have one.
    """
    links = "<https://example.org/u?t=1>, <mailto:leave@example.org>"

    assert custom_value("List-Unsubscribe", links) == links.encode()
    assert custom_value("List-Unsubscribe-Post", " List-Unsubscribe=One-Click ") == (
        b"List-Unsubscribe=One-Click"
    )
    assert not needs_constant("List-Unsubscribe")
    assert says_how_to_leave("list-UNSUBSCRIBE-post")
    assert not says_how_to_leave("List-Id")
    for name, text in [
        ("List-Unsubscribe", "write to leave@example.org"),
        ("List-Unsubscribe-Post", "yes"),
    ]:
        with pytest.raises(TemplateError):
            custom_value(name, text)
