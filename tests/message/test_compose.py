"""Tests of composing one message."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.errors import ConfigurationError, TemplateError, UnsafeMessage
from safesend.message.attachment import Attachment
from safesend.message.compose import compose
from safesend.message.custom_headers import custom_value
from safesend.message.headers import format_date, unstructured
from safesend.message.letterhead import Letterhead
from safesend.message.second_reading import reread

from .letters import (
    DATE,
    KEY,
    SEALED,
    SEALING,
    SENDER,
    URL,
    compiled,
    composed,
    row,
    sealed,
)

MAP = Attachment.from_bytes(b"%PDF" * 30, name="map.pdf")
OWN = Attachment.from_bytes(b"own" * 50, name="Größe \u2013 Übersicht.txt")
PICTURE = Attachment.from_bytes(b"\x89PNG", name="logo.png")


def read(message):
    return message_from_bytes(b"".join(message.segments), policy=policy.default)


def test_a_whole_message():
    """
    This is what leaves, octet for octet.
    """
    message_id = KEY.message_id(KEY.row(row().address), "example.org").encode()

    assert b"".join(composed().segments) == (
        b"From: News <news@example.org>\r\n"
        b"To: ada@example.net\r\n"
        b"Subject: Hello Ada\r\n"
        b"Date: Tue, 24 Nov 2026 08:05:09 +0000\r\n"
        b"Message-ID: " + message_id + b"\r\n"
        b"Auto-Submitted: auto-generated\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n"
        b"\r\n"
        b"Dear=20=\r\n"
        b"Ada=\r\n"
        b",\r\n"
        b"=2E\r\n"
        b"bye\r\n"
    )


def test_the_same_arguments_give_the_same_octets():
    """
    Nothing is drawn by lot; a date may come ready-made.
    """
    again = compose(compiled(), row(), KEY, format_date(DATE))

    assert composed().segments == again.segments


def test_a_text_of_its_own_ends_with_one_line_end():
    """
    With a slot or with a word at its end, and with logic.
    """
    for text in ("{{ name }}", "bye", "bye\n", "{% if name %}bye{% endif %}"):
        last = b"".join(composed(compiled(text=text)).segments)

        assert last.endswith(b"\r\n")
        assert not last.endswith(b"\r\n\r\n")


def test_the_tree_of_a_full_message():
    """
    mixed > related > alternative; images inline, shared and personal files attached.
    """
    letter = compiled(
        text="a", html='<img src="cid:logo.png">', inline=[PICTURE], attachments=[MAP]
    )
    message = read(composed(letter, row(attachments=[OWN])))

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/related", "multipart/alternative",
        "text/plain", "text/html", "image/png", "application/pdf", "text/plain",
    ]  # fmt: skip
    parts = list(message.walk())
    assert parts[5]["Content-ID"] == "<logo.png>"
    assert parts[5].get_content_disposition() == "inline"
    assert parts[6].get_content() == b"%PDF" * 30
    assert parts[7].get_filename() == "Größe \u2013 Übersicht.txt"
    assert parts[7].get_payload(decode=True) == b"own" * 50
    assert parts[1].get_param("type") == "multipart/alternative"


def test_personal_files_make_a_message_multipart():
    """
    Only for the one who has them.
    """
    assert read(composed(recipient=row(attachments=[OWN]))).is_multipart()
    assert not read(composed()).is_multipart()


def test_values_are_escaped_for_the_part_they_land_in():
    """
    In html & and < are escaped, in the text they stand as they are.
    """
    letter = compiled(text="{{ name }}", html="{{ name }}", subject="{{ name }}")
    message = read(composed(letter, row(name="<b>&é")))

    assert message["Subject"] == "<b>&é"
    assert message.get_body(("plain",)).get_content() == "<b>&é"
    assert message.get_body(("html",)).get_content() == "&lt;b&gt;&amp;é"


def test_values_that_are_no_text():
    """
    Numbers print as Python prints them; they stand in subjects too.
    """
    message = read(composed(recipient=row(name=17)))

    assert message["Subject"] == "Hello 17"
    assert "Dear 17,\r\n" in message.get_content()


def test_a_template_with_logic_is_rendered_whole():
    """
    Subject, text, html and headers alike.
    """
    logic = "{% if name %}hi {{ name|upper }}{% endif %}"
    letter = compiled(logic, text=logic, html=logic, headers={"X-Tag": logic})
    message = read(composed(letter))

    assert message["Subject"] == message["X-Tag"] == "hi ADA"
    assert message.get_body(("html",)).get_content() == "hi ADA"


def test_the_link_of_the_row_stands_in_header_and_text():
    """
    One https link with the row's token (RFC 8058), never folded.
    """
    letter = compiled(
        text="{{ unsubscribe_url }}\n{% if name %}{% endif %}",
        letterhead=Letterhead(SENDER, unsubscribe=URL),
    )
    message = read(composed(letter))
    url = URL.replace("{token}", KEY.token(KEY.row(row().address)))

    assert message["List-Unsubscribe"] == f"<{url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in message.get_content()


def test_a_sealed_link_stands_in_header_and_texts():
    """
    As a whole, also where it is longer than a line; any list's key gives another one.
    """
    letter = compiled(
        text="{{ unsubscribe_url }}", html="{{ unsubscribe_url }}", letterhead=SEALED
    )
    message = read(composed(letter))
    url = URL.replace("{token}", SEALING.token(row().address, "spring"))

    assert message["List-Unsubscribe"] == f"<{url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert {part.get_content().strip() for part in message.iter_parts()} == {url}


def test_a_column_named_like_our_own_field_is_refused():
    """
    Otherwise it were unclear whose link is sent.
    """
    letter = compiled(letterhead=Letterhead(SENDER, unsubscribe=URL))

    with pytest.raises(TemplateError, match=r"members.csv:17: .*unsubscribe_url"):
        composed(letter, row(name="Ada", unsubscribe_url="x"))
    assert composed(recipient=row(name="Ada", unsubscribe_url="x"))


@pytest.mark.parametrize(
    "letter",
    [
        {"subject": "{{ town }}"},
        {"text": "{{ town }}"},
        {"html": "{{ town }}"},
        {"headers": {"X-Tag": "{{ town }}"}},
        {"text": "{% if name %}{{ town }}{% endif %}"},
    ],
)
def test_a_missing_field_is_named_with_its_row(letter):
    """
    Field, part and row; never a value of the row.
    """
    with pytest.raises(TemplateError, match=r"members.csv:17: .*'town'") as caught:
        composed(compiled(**letter), row(name="Secret"))

    assert caught.value.part
    assert "Secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [None, "{{ name }}", "a\0", "*|FNAME|*"])
def test_a_value_that_cannot_be_sent_is_refused_with_its_row(value):
    """
    None, NUL and placeholders that another program left.
    """
    with pytest.raises(TemplateError, match=r"^members.csv:17: "):
        composed(compiled("x"), row(name=value))


def test_an_error_without_a_row_names_none():
    """
    A recipient made by hand has no source.
    """
    recipient = row(name=None)
    object.__setattr__(recipient, "source", "")

    with pytest.raises(TemplateError, match=r"^field 'name'"):
        composed(compiled("x"), recipient)


@pytest.mark.parametrize(
    "letter", [{}, {"subject": "x", "headers": {"X-A": "{{ name }}"}}]
)
def test_a_value_that_could_inject_is_refused_with_its_row(letter):
    """
    No line break gets into a header, and the refusal shows no value (L11).
    """
    with pytest.raises(UnsafeMessage) as caught:
        composed(compiled(**letter), row(name="x\r\nBcc: eve@example.com"))

    [leak] = caught.value.leaks
    assert (leak.check, leak.row) == ("L11", "members.csv:17")
    assert "eve" not in str(caught.value)


def test_line_ends_of_a_value_stay_in_a_body():
    """
    Every kind becomes CRLF; a lone dot does not stand on a line.
    """
    message = composed(compiled("x"), row(name="a\r\n.\rb\nc"))

    assert b"a\r\n=2E\r\nb\r\nc=\r\n,\r\n" in message.segments[0]


def test_an_address_outside_of_ascii_stands_as_utf8():
    """
    The local part is never encoded (RFC 6532).
    """
    message = composed(recipient=row("jürgen@bücher.example"))

    assert "To: jürgen@xn--bcher-kva.example\r\n".encode() in message.segments[0]


def test_a_date_without_zone_is_refused():
    """
    Whose hour it is must be clear.
    """
    with pytest.raises(ConfigurationError):
        compose(compiled(), row(), KEY, dt.datetime(2026, 1, 1))  # noqa: DTZ001


def test_nothing_of_a_message_is_printed():
    """
    Its repr shows a masked address and no text.
    """
    assert "ada@" not in repr(composed())
    assert "Dear" not in repr(composed())


EXPRESSIONS = {
    "subject": "{{ name|title }} \u2013 {{ town or 'here' }}",
    "text": "Dear {{ name|title }},\n{{ town|d('', true) }}\n{{ name }}={{ n|d(1) }}",
    "html": "<p>{{ name|trim|upper }} {{ name|e }}<b>{{ town or '' }}</b></p>\n",
    "headers": {"X-Town": "in {{ town|lower or 'none' }}."},
}
VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=90)


def rendered(letter, recipient):
    """All parts by Jinja2, and their headers as they would be written."""
    for part in letter.template.parts.values():
        written = part.render(recipient.fields)
        if part.name == "subject":
            unstructured("Subject", written)
        elif part.name.startswith("header"):
            custom_value(part.name.removeprefix("header "), written)


@given(name=VALUES, town=VALUES, n=st.integers() | st.none() | VALUES)
@settings(max_examples=300, deadline=None)
def test_expressions_say_what_jinja2_says(name, town, n):
    """
    The message is read by another parser, and compared with Jinja2's own rendering.
    """
    letter = compiled(**EXPRESSIONS)
    assert not letter.places.whole
    recipient = row(name=name, town=town, n=n)
    try:
        envelope = sealed(letter, recipient)
    except (TemplateError, UnsafeMessage):
        with pytest.raises((TemplateError, UnsafeMessage)):
            rendered(letter, recipient)
    else:
        assert reread(envelope, letter, recipient) == []


@pytest.mark.parametrize(
    ("parts", "fields", "where"),
    [
        ({"text": "a\n{{ gone|upper }}"}, {}, "text, line 2"),
        ({"text": "a", "html": "\n\n{{ gone|upper }}"}, {}, "html, line 3"),
        ({"subject": "{{ gone|upper }}"}, {}, "subject, line 1"),
        ({"text": "a\n{{ x or y }}"}, {"x": "", "y": ""}, "text, line 2"),
        ({"text": "{{ x|trim }}\n{{ x|default('') }}"}, {"x": ""}, "text, line 2"),
    ],
)
def test_an_expression_that_fails_is_told_by_part_and_line(parts, fields, where):
    """
    As one that Jinja2 renders itself; the row is named, and no value.
    """
    fields = {"name": "S3CR3T", **fields}
    with pytest.raises(TemplateError, match=rf"^members.csv:17: {where}") as caught:
        composed(compiled(**parts), row(**fields))

    assert caught.value.__context__ is None
    assert "S3CR3T" not in str(caught.value)


def test_an_empty_expression_leaves_nothing_behind():
    """
    Between two soft breaks stands no octet, and a reader sees none.
    """
    envelope = sealed(
        compiled(text="a{{ x or '' }}b\n{{ x or '' }}\n", subject="-"), row(x="")
    )

    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message.get_content() == "ab\r\n\r\n"


@pytest.mark.parametrize("expression", ["name|e", "name|upper|escape"])
def test_what_is_escaped_in_a_text_is_escaped_once_in_html(expression):
    """
    The same expression in both parts says in each what Jinja2 would print there.
    """
    printed = f"{{{{ {expression} }}}}\n"
    letter = compiled("Hello", text=printed, html=f"<p>{printed}</p>")
    recipient = row(name="a<b")
    message = read(composed(letter, recipient))

    for part, leaf in zip(("text", "html"), message.iter_parts(), strict=True):
        meant = letter.template.parts[part].render(recipient.fields)
        assert leaf.get_content().splitlines() == meant.splitlines()
