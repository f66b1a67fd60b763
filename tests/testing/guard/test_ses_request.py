"""What a request to Amazon SES would send."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest

from safesend.testing.guard.ses_request import messages

ADA, BO, CHEN = "ada@example.org", "bo@example.com", "chen@example.net"


def _read(octets: bytes) -> EmailMessage:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _one(operation: str, **params: Any) -> tuple[tuple[str, ...], EmailMessage]:
    [(recipients, octets)] = messages(operation, params)
    return recipients, _read(octets)


def test_a_letter_of_version_one() -> None:
    """Its lists are its headers, and blind copies stand nowhere."""
    recipients, message = _one(
        "SendEmail",
        Source="shop@example.org",
        Destination={"ToAddresses": [ADA], "CcAddresses": [BO], "BccAddresses": [CHEN]},
        ReplyToAddresses=["office@example.org"],
        Message={
            "Subject": {"Data": "Notice", "Charset": "UTF-8"},
            "Body": {"Text": {"Data": "Zu: \u00fc"}, "Html": {"Data": "<b>Closed</b>"}},
        },
    )
    assert recipients == (ADA, BO, CHEN)
    shown = (message["From"], message["To"], message["Cc"], message["Reply-To"])
    assert shown == ("shop@example.org", ADA, BO, "office@example.org")
    plain, html = message.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert plain.get_content() == "Notice\nZu: \u00fc\n"
    assert html.get_content() == "<b>Closed</b>\n"
    assert CHEN not in str(message)


def test_a_letter_of_version_two() -> None:
    """With its headers and its files."""
    recipients, message = _one(
        "SendEmail",
        FromEmailAddress="shop@example.org",
        Destination={"ToAddresses": [ADA]},
        Content={
            "Simple": {
                "Subject": {"Data": "Notice"},
                "Body": {"Text": {"Data": "Closed."}},
                "Headers": [{"Name": "X-List", "Value": BO}],
                "Attachments": [{"FileName": "a.csv", "RawContent": b"x"}],
            }
        },
    )
    assert (recipients, message["X-List"]) == ((ADA,), BO)
    [file] = message.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == ("a.csv", b"x")


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("SendRawEmail", {"RawMessage": {"Data": b"%s"}}, (ADA, BO, CHEN)),
        (
            "SendRawEmail",
            {"RawMessage": {"Data": b"%s"}, "Destinations": [CHEN]},
            (CHEN,),
        ),
        ("SendEmail", {"Content": {"Raw": {"Data": "%s"}}}, (ADA, BO, CHEN)),
        (
            "SendEmail",
            {
                "Content": {"Raw": {"Data": b"%s"}},
                "Destination": {"ToAddresses": [BO]},
            },
            (BO,),
        ),
    ],
)
def test_a_raw_message_is_sent_as_it_is(
    operation: str, params: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """To those of the request, or else to those whom the message names."""
    raw = f"To: Ada <{ADA}>\r\nCc: {BO}\r\nBcc: {CHEN}\r\n\r\nClosed.\r\n"
    holder = params.get("RawMessage") or params["Content"]["Raw"]
    data = holder["Data"]
    holder["Data"] = raw if isinstance(data, str) else raw.encode()
    assert list(messages(operation, params)) == [(expected, raw.encode())]


def test_a_template_is_read_by_its_data() -> None:
    """What fills it in is what readers see; the template itself is in the cloud."""
    recipients, message = _one(
        "SendTemplatedEmail",
        Source="shop@example.org",
        Destination={"ToAddresses": [ADA]},
        Template="notice",
        TemplateData='{"friend": "bo@example.com"}',
    )
    assert recipients == (ADA,)
    assert BO in message.get_content()


def test_each_destination_of_a_bulk_is_a_message() -> None:
    """In version one, with what replaces the data of all."""
    found = list(
        messages(
            "SendBulkTemplatedEmail",
            {
                "Source": "shop@example.org",
                "Template": "notice",
                "DefaultTemplateData": '{"day": "Friday"}',
                "Destinations": [
                    {"Destination": {"ToAddresses": [ADA]}},
                    {
                        "Destination": {"ToAddresses": [BO]},
                        "ReplacementTemplateData": '{"day": "Monday"}',
                    },
                ],
            },
        )
    )
    assert [recipients for recipients, _ in found] == [(ADA,), (BO,)]
    texts = [_read(octets).get_content() for _, octets in found]
    assert ["Monday" in text for text in texts] == [False, True]
    assert all("Friday" in text for text in texts)


def test_each_entry_of_a_bulk_is_a_message() -> None:
    """In version two, with headers of its own."""
    found = list(
        messages(
            "SendBulkEmail",
            {
                "FromEmailAddress": "shop@example.org",
                "DefaultContent": {
                    "Template": {"TemplateName": "n", "TemplateData": "all"}
                },
                "BulkEmailEntries": [
                    {
                        "Destination": {"ToAddresses": [ADA]},
                        "ReplacementEmailContent": {
                            "ReplacementTemplate": {"ReplacementTemplateData": BO}
                        },
                        "ReplacementHeaders": [{"Name": "X-Row", "Value": "1"}],
                    }
                ],
            },
        )
    )
    [(recipients, octets)] = found
    message = _read(octets)
    assert (recipients, message["X-Row"]) == ((ADA,), "1")
    assert "all" in message.get_content()
    assert BO in message.get_content()
