"""preview/message.py: a finished message as a person sees it."""

from __future__ import annotations

import attrs

from preview.mailings import campaign, person, picture
from safesend import Attachment, Recipient
from safesend.preview import message as room
from safesend.preview.message import read_message


def _read(recipient=None, **letter):
    recipient = recipient or person(0)
    rehearsal = campaign(recipient, **letter).rehearse()
    return read_message(rehearsal.message(recipient), recipient)


def _headers(message):
    return {header.name: (header.value, header.note) for header in message.headers}


def test_the_headers_are_told_in_plain_words():
    """Who writes, to whom alone, and where answers and returns go."""
    message = _read(subject="Grüße an {{ name }}")
    headers = _headers(message)
    assert message.sender == headers["From"][0] == "The fair <fair@example.org>"
    assert message.subject == headers["Subject"][0] == "Grüße an Person 0"
    assert headers["To"][0] == "p0@example.org"
    assert headers["To"][1] == "nobody else: there is no Cc and no Bcc"
    assert headers["Answers go to"][1] == "there is no Reply-To"
    assert headers["What cannot be delivered comes back to"][0] == "fair@example.org"
    assert "made up for this preview" in headers["Message-ID"][1]
    assert headers["Date"][0].endswith(" UTC")
    assert not {"MIME-Version", "Content-Type"} & headers.keys()
    assert message.raw_headers.splitlines()[0].startswith("From: ")


def test_a_reply_address_a_link_and_a_header_of_ones_own_are_told():
    """The link of the list's own header is named for what it does."""
    headers = _headers(
        _read(
            reply_to="office@example.org",
            headers={"X-Room": "12"},
            unsubscribe="https://example.org/u/{token}",
        )
    )
    assert headers["Answers go to"] == ("office@example.org", "")
    assert headers["X-Room"] == ("12", "")
    link, note = headers["Gets off the list"]
    assert link.startswith("https://example.org/u/")
    assert note.startswith("with one click; its token is made up")


def test_both_texts_are_read():
    """As they were written, accents included; one that is missing is None."""
    message = _read(text="Köln\n\nhello\n", html="<p>Köln</p>")
    assert message.text == "Köln\n\nhello"
    assert message.html.html.endswith("<p>Köln</p>")
    assert _read().html is None


def test_files_are_told_with_whose_they_are():
    """Shared, personal, or shown in the letter; of what type and size."""
    own = Attachment.from_bytes(b"for you", name="ticket.txt")
    shared = Attachment.from_bytes(b"for all", name="programme.txt")
    recipient = Recipient("a@example.org", attachments=[own], name="Ada")
    message = _read(
        recipient,
        files=[shared],
        html="<img src=cid:dot.png>",
        inline=[picture()],
    )
    files = {file.name: file for file in message.files}
    assert set(files) == {"dot.png", "programme.txt", "ticket.txt"}
    assert [name for name, file in files.items() if file.personal] == ["ticket.txt"]
    assert [name for name, file in files.items() if file.inline] == ["dot.png"]
    assert (files["ticket.txt"].type, files["ticket.txt"].size) == ("text/plain", 7)
    assert "data:image/png;base64," in message.html.html
    assert message.size > 500


def test_too_large_pictures_are_not_shown():
    """A page must still open; what is not shown is told."""
    large = attrs.evolve(picture("large.png"), source=bytes(room.MOST_PICTURES + 1))
    message = _read(
        html="<img src=cid:dot.png><img src=cid:large.png>",
        inline=[picture(), large],
        allow=["L38: it is nothing but zeros"],
    )
    assert message.html.missing == ("large.png",)
