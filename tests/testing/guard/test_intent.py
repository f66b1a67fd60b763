"""What a call was asked to send, read from its arguments."""

from __future__ import annotations

from email.message import EmailMessage

from safesend.testing.guard.intent import of_message, of_text, people


def _letter(**fields: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


def test_text_is_taken_as_it_is() -> None:
    """One recipient or several, text or octets."""
    assert of_text("s", "ada@example.org", "x") == (("ada@example.org",), b"x")
    assert of_text("s", ["a@x.org", "b@x.org"], b"x") == (("a@x.org", "b@x.org"), b"x")


def test_a_message_names_its_recipients() -> None:
    """To, Cc and Bcc, and only the last of them is left out of what is sent."""
    message = _letter(
        To="Ada <ada@example.org>", Cc="bo@example.com", Bcc="chen@example.net"
    )
    recipients, octets = of_message(message)
    assert recipients == ("ada@example.org", "bo@example.com", "chen@example.net")
    assert b"Cc: bo" in octets
    assert b"chen" not in octets
    assert message["Bcc"] == "chen@example.net"


def test_recipients_that_are_given_win() -> None:
    """The headers are not asked then."""
    assert of_message(_letter(To="ada@example.org"), to="bo@x.org")[0] == ("bo@x.org",)


def test_a_message_that_is_sent_again_has_fields_for_that() -> None:
    """With a Resent-Date, the Resent- fields say whom it is for (RFC 5322)."""
    message = _letter(
        To="ada@example.org",
        Resent_Date="Mon, 1 Jan 2024 00:00:00 +0000",
        Resent_To="bo@example.com",
        Resent_Bcc="chen@example.net",
    )
    recipients, octets = of_message(message)
    assert recipients == ("bo@example.com", "chen@example.net")
    assert b"chen" not in octets


def test_nobody_is_nobody() -> None:
    """No recipients are an empty tuple."""
    assert people(None) == ()
