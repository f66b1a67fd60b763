"""Tests of compiling a template."""

from __future__ import annotations

import attrs
import pytest

from safesend.errors import (
    AttachmentError,
    ConfigurationError,
    TemplateError,
    UnsafeMessage,
)
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.compile import compile_message, header_name
from safesend.message.letterhead import Letterhead
from safesend.message.template import Template
from safesend.message.unsubscribe import UnsubscribeKey

from .letters import SEALED, SEALING, SENDER, URL, compiled, row, sealed

PICTURE = Attachment.from_bytes(b"\x89PNG", name="logo.png")
MAP = Attachment.from_bytes(b"%PDF" * 30, name="map.pdf")


def names(letter, recipient=None):
    return letter.layout(recipient or row()).names


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n"])
def test_a_text_ends_with_one_line_end(text):
    """
    Also one that is empty.
    """
    content = sealed(compiled(text=text), row()).content

    body = content.partition(b"\r\n\r\n")[2]
    assert body == text.strip().encode() + b"\r\n"


def test_the_headers_stand_in_one_order():
    """
    Ours and the template's, each once, in the order that the docs name.
    """
    letter = compiled(
        html="<p>",
        headers={"X-Tag": "{{ name }}", "Precedence": "bulk"},
        reply_to="help@example.org",
        letterhead=Letterhead(SENDER, unsubscribe=URL),
    )

    assert names(letter) == (
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID",
        "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted",
        "X-Tag", "Precedence", "MIME-Version", "Content-Type",
    )  # fmt: skip


def test_a_text_alone_needs_no_multipart():
    """
    Its Content headers are those of the message.
    """
    assert names(compiled())[-2:] == ("Content-Type", "Content-Transfer-Encoding")


def test_constant_octets_are_shared():
    """
    A file is encoded once, and inline images likewise.
    """
    letter = compiled(
        html='<img src="cid:logo.png">', inline=[PICTURE], attachments=[MAP]
    )
    layout = letter.layout(row())

    assert layout is letter.layout(row(attachments=[MAP]))
    assert len(layout.constants) == 3
    assert b"iVBORw" in layout.constants[0] or b"iVBO" in layout.constants[0]


def test_personal_files_have_a_layout_of_their_own():
    """
    A message without files stays small; one with files is multipart/mixed.
    """
    letter = compiled()

    assert letter.layout(row()).boundary is None
    assert letter.layout(row(attachments=[MAP])).boundary


@pytest.mark.parametrize(
    "headers",
    [
        {"Bcc": "x"},
        {"X-Bcc": "x"},
        {"Subject": "x"},
        {"DKIM-Signature": "x"},
        {"A b": "x"},
    ],
)
def test_headers_off_the_list_are_refused(headers):
    """
    The allow-list is asked when the template is compiled.
    """
    with pytest.raises(TemplateError, match=r"^header "):
        compiled(headers=headers)


def test_a_list_header_takes_no_field():
    """
    It is the same for everybody.
    """
    with pytest.raises(TemplateError, match=r"header List-Help: is the same for every"):
        compiled(headers={"List-Help": "<mailto:{{ name }}@example.org>"})


@pytest.mark.parametrize("value", ["eve@example.com", "a\u2028b", "=?utf-8?q?=0A?="])
def test_a_constant_header_that_could_leak_is_refused(value):
    """
    Constants are checked once, here.
    """
    with pytest.raises(UnsafeMessage):
        compiled(headers={"X-Tag": value})


def test_a_missing_file_is_told_at_once(tmp_path):
    """
    Before anything is composed.
    """
    with pytest.raises(AttachmentError, match="missing"):
        compiled(attachments=[Attachment.from_path(tmp_path / "map.pdf")])


def test_a_display_name_too_long_for_a_line_is_refused():
    """
    What cannot be folded is inspected like all constants (I5).
    """
    sender = Address.parse('"' + "a." * 450 + '" <n@x.org>', name_allowed=True)
    long = attrs.evolve(Letterhead(SENDER), sender=sender)
    object.__setattr__(sender, "name", "a." * 600)

    with pytest.raises(UnsafeMessage, match=r"998 octets.*I5"):
        compiled(letterhead=long)


def test_the_fingerprint_changes_with_all_that_is_sent():
    """
    Template, sender, files, link and domain each count; the same gives the same.
    """
    template = Template("a", text="b")
    letterheads = [
        Letterhead(SENDER),
        Letterhead(Address.parse("news@example.org")),
        Letterhead(SENDER, message_id_domain="x.org"),
        Letterhead(SENDER, unsubscribe=URL),
        SEALED,
        attrs.evolve(SEALED, unsubscribe=f"{URL}/x"),
        attrs.evolve(SEALED, unsubscribe_key=UnsubscribeKey(b"m" * 32)),
        Letterhead(SENDER, envelope_sender="bounces@example.org"),
    ]
    templates = [
        Template("a", text="c"),
        Template("b", text="b"),
        Template("a", text="b", html="<p>"),
        Template("a", text="b", headers={"X-A": "b"}),
        Template("a", text="b", reply_to="help@example.org"),
        Template("a", text="b", reply_to="Help <help@example.org>"),
        Template("a", text="b", attachments=[MAP]),
    ]
    made = [compile_message(template, letterhead) for letterhead in letterheads]
    made += [compile_message(other, Letterhead(SENDER)) for other in templates]
    again = compile_message(Template("a", text="b"), Letterhead(SENDER))

    assert len({letter.fingerprint for letter in made}) == len(made)
    assert again.fingerprint == made[0].fingerprint
    trial = attrs.evolve(SEALED, unsubscribe_key=SEALING.trying())
    assert compile_message(template, trial).fingerprint == made[4].fingerprint


def test_a_sender_outside_of_ascii_needs_smtputf8():
    """
    So does a Reply-To (RFC 6531).
    """
    umlaut = "jürgen@example.org"

    assert compiled(letterhead=Letterhead(Address.parse(umlaut))).needs_smtputf8
    assert compiled(reply_to=umlaut).needs_smtputf8
    assert not compiled(reply_to="help@example.org").needs_smtputf8


def test_header_names_of_parts():
    """
    The subject's part is called otherwise than its header.
    """
    parts = compiled(headers={"X-Tag": "a"}).template.parts

    assert header_name(parts["subject"]) == "Subject"
    assert header_name(parts["header X-Tag"]) == "X-Tag"


def test_the_relays_header_is_no_part_of_the_letter():
    """
    Another relay, or none that knows messages again, changes no fingerprint.
    """
    letters = [compiled(idempotency=name) for name in (None, "X-Once", "A-Idempotency")]

    assert len({letter.fingerprint for letter in letters}) == 1
    names = [letter.layout(row()).names for letter in letters]
    assert names[0] == tuple(name for name in names[1] if name != "X-Once")
    assert names[2][names[2].index("Message-ID") + 1] == "A-Idempotency"


@pytest.mark.parametrize("name", ["X-Once", "x-once", "X-ONCE"])
def test_the_relays_header_clashes_with_none_of_the_template(name):
    """
    In any case: two headers of one name would leave it to chance which one counts.
    """
    with pytest.raises(ConfigurationError, match="the template sets the header"):
        compiled(headers={"X-Once": "mine"}, idempotency=name)


def test_the_relays_header_is_a_header():
    """
    What could end its line or name somebody is refused.
    """
    with pytest.raises(ConfigurationError, match="idempotency header"):
        compiled(idempotency="X-Once: 1\r\nBcc")


@pytest.mark.parametrize("name", ["List-Unsubscribe", "list-unsubscribe-post"])
def test_one_of_campaign_and_template_says_how_to_leave(name):
    """Two such headers would contradict each other."""
    headers = {name: "<https://example.org/u>"}
    with pytest.raises(TemplateError, match="leave one of the two out"):
        compiled(letterhead=Letterhead(SENDER, unsubscribe=URL), headers=headers)


def test_a_literal_letter_is_composed_as_it_stands():
    """Braces of its author are the same braces for everybody."""
    letter = compiled("{{ a }}", text="{% b", html="<p>{{</p>", literal=True)

    content = sealed(letter).content

    assert b"Subject: {{ a }}\r\n" in content
    assert b"{% b\r\n" in content
    assert b"<p>{{</p>\r\n" in content
