"""cli/proof.py: the search that the demo's proof rests on."""

from __future__ import annotations

from email.message import EmailMessage

import attrs
import pytest

from safesend.cli.proof import named_in, prove

ADA, BELA = "ada.1@example.org", "bela.2@example.com"
AUDIENCE = frozenset({ADA, BELA})


@attrs.frozen
class Arrived:
    recipients: tuple[str, ...]
    content: bytes


def _message(to: str = ADA) -> EmailMessage:
    message = EmailMessage()
    message["To"] = to
    message.set_content(f"Dear {to}, é")
    return message


def _arrived(to: str) -> Arrived:
    return Arrived((to,), _message(to).as_bytes())


def test_two_good_messages_are_a_proof():
    """Each names its own recipient and nobody else."""
    proof = prove([_arrived(ADA), _arrived(BELA)], AUDIENCE)
    assert proof.private
    assert (proof.received, proof.distinct_recipients, proof.max_copies) == (2, 2, 1)
    assert proof.messages_naming_their_own == 2


def _in_header(message: EmailMessage) -> None:
    message["X-Cc"] = BELA


def _in_encoded_header(message: EmailMessage) -> None:
    message["Subject"] = f"für {BELA} é"


def _in_html(message: EmailMessage) -> None:
    message.add_alternative(f"<a href='mailto:{BELA}'>", subtype="html", cte="base64")


def _in_base64(message: EmailMessage) -> None:
    message.add_attachment(BELA.encode(), maintype="application", subtype="pdf")


def _in_quoted_printable(message: EmailMessage) -> None:
    message.add_attachment(f"é {BELA.upper()} " * 9, cte="quoted-printable")


def _in_file_name(message: EmailMessage) -> None:
    message.add_attachment(b"x", maintype="a", subtype="b", filename=f"{BELA}.pdf")


def _in_utf16(message: EmailMessage) -> None:
    message.add_attachment(BELA, charset="utf-16")


@pytest.mark.parametrize(
    "plant",
    [
        _in_header,
        _in_encoded_header,
        _in_html,
        _in_base64,
        _in_quoted_printable,
        _in_file_name,
        _in_utf16,
    ],
)
def test_another_address_is_found_wherever_it_hides(plant):
    """One planted address spoils the proof."""
    message = _message()
    plant(message)
    content = message.as_bytes()
    assert BELA in named_in(content, AUDIENCE)
    proof = prove([Arrived((ADA,), content)], AUDIENCE)
    assert proof.messages_naming_others == 1
    assert not proof.private


def test_two_recipients_or_two_copies_are_no_proof():
    """Each of the other promises is counted, too."""
    both = attrs.evolve(_arrived(ADA), recipients=(ADA, BELA))
    assert prove([both], AUDIENCE).max_recipients_per_message == 2
    twice = prove([_arrived(ADA), _arrived(ADA)], AUDIENCE)
    assert (twice.max_copies, twice.private) == (2, False)


def test_a_message_that_cannot_be_read_is_no_proof():
    """Where not even the own recipient is found, the search found nothing."""
    proof = prove([Arrived((ADA,), b"\r\n\r\nnothing")], AUDIENCE)
    assert proof.messages_naming_others == 0
    assert not proof.private


def test_nothing_is_no_proof():
    """No message, no proof."""
    proof = prove([], AUDIENCE)
    assert proof.received == 0
    assert not proof.search_finds_planted
    assert not proof.private
