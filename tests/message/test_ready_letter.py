"""Tests of ready-made messages that become letters of ours."""

from __future__ import annotations

import pickle
from email import policy
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.text import MIMEText

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from message.letters import compiled, row, sealed
from message.ready_mails import as_read, legacy, modern, octets
from safesend.errors import (
    AddressError,
    ConfigurationError,
    SafesendError,
    TemplateError,
    UnsafeMessage,
)
from safesend.message.compile import compile_message
from safesend.message.letterhead import Letterhead
from safesend.message.ready_letter import read_letter, template_of

BODY = ("", "Dear all", "")


def mail(*headers, body=BODY):
    return octets("From: news@example.org", "Subject: Hello", *headers, *body)


def copy_of(message):
    """The content that a person would get."""
    letter = read_letter(message)
    letterhead = Letterhead(letter.sender)
    envelope = sealed(compile_message(letter.template(), letterhead), row())
    return envelope.content


_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Co", "Cn", "Zl", "Zp")
)
_WORDS = st.text(_CHARACTERS, min_size=1, max_size=60).map(
    lambda text: f"a{text.replace('=?', '')}z"
)
_LINES = st.lists(_WORDS, min_size=1, max_size=6).map(
    lambda lines: "\n".join(lines) + "\n"
)
_MARKS = st.sampled_from(["{{ name }}", "{% if x %}", "{# c #}", "}}", "%(name)s", "{"])
_TEXTS = st.tuples(_LINES, _MARKS, _LINES).map("".join)
_NAMES = st.sampled_from(["map.pdf", "Übersicht 2026.pdf", 'a "b".pdf', "x" * 90])
_FILES = st.lists(st.tuples(_NAMES, st.binary(max_size=200)), max_size=3)


@settings(deadline=None, max_examples=60)
@given(
    made=st.sampled_from([modern, legacy]),
    subject=_WORDS,
    text=_TEXTS,
    html=st.none() | _TEXTS,
    files=_FILES,
    pictured=st.booleans(),
    as_octets=st.booleans(),
)
def test_a_copy_reads_as_the_message_did(  # noqa: PLR0917
    made, subject, text, html, files, pictured, as_octets
):
    """Subject, text, html and files, whichever way the message was made and given."""
    pictures = ()
    if html is not None and pictured:
        pictures = [("logo.png", "17.abc@host.example")]
        html += '<img src="cid:17.abc@host.example">\n'
    message = made(
        subject=subject, text=text, html=html, files=files, pictures=pictures
    )
    content = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))

    copy = copy_of(content if as_octets else message)

    assert as_read(copy) == as_read(content)
    assert b"host.example" not in copy


@pytest.mark.parametrize("coding", ["iso-8859-1", "cp1252", "utf-8", "koi8-r"])
@pytest.mark.parametrize("base64", [True, False])
def test_charsets_and_encodings_read_the_same(coding, base64):
    """What arrives is UTF-8 in quoted-printable, with the same characters."""
    text = "Приветъ\n" if coding == "koi8-r" else "Grüße = \n.\nFrom ß\n"
    message = legacy(text=text, coding=coding, base64=base64)

    assert as_read(copy_of(message)) == as_read(message.as_bytes())


def test_what_looks_like_a_placeholder_is_the_authors_own():
    """Nothing in it is taken for a template, neither text nor subject nor header."""
    message = modern(subject="{{ a }}", text="{% b %} {{", html="<p>{{ c }} }}</p>")
    message["X-Note"] = "{{ d }}"

    template = template_of(message)

    assert template.fields == frozenset()
    assert [part.render({}) for part in template.parts.values()] == [
        "{{ a }}", "{% b %} {{\n", "<p>{{ c }} }}</p>\n", "{{ d }}"
    ]  # fmt: skip
    assert pickle.loads(pickle.dumps(template)) == template


def test_a_literal_template_is_another_letter_than_its_source():
    """The ledger tells them apart."""
    from safesend.message.template import Template

    assert Template("a", "b").digest() != Template("a", "b", literal=True).digest()


def test_html_alone_gets_a_text_with_its_braces():
    """As a template's does."""
    template = template_of(modern(text=None, html="<p>Use {{ name }} &amp; {%</p>"))

    assert template.parts["text"].pieces == ("Use {{ name }} & {%\n",)


def test_headers_of_a_template_are_kept():
    """Those that name people are not, nor what every copy has of its own."""
    letter = read_letter(
        mail(
            "To: ada@example.net, Bo <bo@example.net>",
            "Cc: cy@example.net",
            "Bcc: di@example.net",
            "X-Odoo-Bcc: ed@example.net",
            "Resent-To: fi@example.net",
            "Date: Tue, 24 Nov 2026 08:05:09 +0000",
            "Message-ID: <1@host.example>",
            "Received: from a by b",
            "Received: from b by c",
            "X-Mailer: Acme",
            "Auto-Submitted: auto-generated",
            "Importance: high",
            "Content-Language: de",
            "List-Unsubscribe: <https://example.org/u>,",
            " <mailto:leave@example.org>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Keywords: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
            "X-Empty:",
        )
    )

    assert letter.headers == {
        "Importance": "high",
        "Content-Language": "de",
        "List-Unsubscribe": "<https://example.org/u>, <mailto:leave@example.org>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Keywords": "Grüße",
    }
    assert letter.to == ["ada@example.net", "bo@example.net"]
    assert letter.copies == ["cy@example.net", "di@example.net"]
    assert letter.hidden == ["ed@example.net", "fi@example.net"]
    assert sealed(compile_message(letter.template(), Letterhead(letter.sender)))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("news@example.org", None),
        ("News <news@example.org>", "News"),
        ('"Last, First" <news@example.org>', "Last, First"),
        ("=?utf-8?q?J=C3=BCrgen=2C?= X <news@example.org>", "Jürgen, X"),
        ("Jürgen <news@example.org>", "Jürgen"),
        ("news@example.org <news@example.org>", None),
        (r'"a \"b\" c" <news@example.org>', 'a "b" c'),
    ],
)
def test_senders_are_read_with_their_names(written, name):
    """Encoded words in the name only; the address as it stands."""
    letter = read_letter(
        octets(f"From: {written}", f"Reply-To: {written}", "Subject: a", *BODY)
    )

    for address in (letter.sender, letter.reply_to):
        assert (address.wire, address.name) == ("news@example.org", name)


def test_a_sender_may_be_said_twice_or_not_at_all():
    """A message without From leaves the sender to the mailing."""
    assert read_letter(octets("Subject: a", *BODY)).sender is None
    same = mail("Sender: Office <news@example.org>")
    assert read_letter(same).sender.wire == "news@example.org"


@pytest.mark.parametrize(
    ("header", "match"),
    [
        ("Sender: other@example.org", "another mailbox than From"),
        ("From: b@example.org", "more than once"),
        ("Subject: again", "more than once"),
        ("X-A: 1\r\nX-A: 2", "more than once"),
        ("References: <1@example.org>", "is not for a template .*take it out"),
        ("X-SMTPAPI: {}", "is refused"),
        ("Disposition-Notification-To: a@example.org", "is not for a template"),
        ("X-A: \xff", "no UTF-8"),
        ("X-A: =?utf-8?q?=ff?=", "cannot be decoded"),
        ("X-A: " + "a " * 11_000, "characters"),
    ],
)
def test_headers_that_cannot_be_carried_over_are_refused(header, match):
    """By name, so that they can be taken out."""
    message = mail("X-B: 1").replace(b"X-B: 1", header.encode("latin-1"))
    with pytest.raises(TemplateError, match=match) as caught:
        read_letter(message)
    where = str(caught.value).partition(": ")[0].replace("'", "")
    assert where == f"header {header.partition(':')[0]}"


@pytest.mark.parametrize(
    "value", ["a@example.org, b@example.org", "undisclosed", "=?utf-8?q?a=40b?=", ";"]
)
def test_senders_that_could_be_several_are_refused(value):
    """One mailbox, read in one way."""
    with pytest.raises(AddressError, match=r"^From: "):
        read_letter(octets(f"From: {value}", "Subject: a", *BODY))


def test_a_subject_is_needed():
    """Absent or empty."""
    for message in (octets("X-A: 1", *BODY), octets("Subject:", *BODY)):
        with pytest.raises(TemplateError, match="a letter has a subject"):
            read_letter(message)


@pytest.mark.parametrize("header", ["Subject", "X-A", "From", "To", "X-A: b\nX"])
@pytest.mark.parametrize(
    "value", ["a\nBcc: eve@example.org", "a\r\n\r\nb", "a\rBcc: e@example.org", "a\0"]
)
def test_an_injected_header_is_refused(header, value):
    """Older message classes write it as it is (L11)."""
    message = Message()
    if header != "Subject":
        message["Subject"] = "a"
    message[header] = value
    message.set_payload("Dear all\n")
    with pytest.raises(UnsafeMessage, match="L11"):
        read_letter(message)


def test_an_injected_header_of_a_part_is_refused():
    """There it would open a part of its own."""
    message = legacy(files=[("a.pdf", b"x")])
    message.get_payload()[1]["X-A"] = "a\n\nb"
    with pytest.raises(UnsafeMessage, match="L11"):
        read_letter(message)


def test_a_line_break_in_an_encoded_word_is_refused():
    """A reader that decodes it would see another header (L11)."""
    with pytest.raises(UnsafeMessage, match="L11"):
        read_letter(mail("X-A: =?utf-8?q?a=0ABcc=3A_eve=40example=2Eorg?="))


def test_a_nul_is_refused():
    """No mail may hold one (RFC 5321 section 2.3.8)."""
    with pytest.raises(UnsafeMessage, match="I5"):
        read_letter(mail(body=("", "a\0b")))


def test_folded_values_of_message_objects_are_no_injection():
    """What a parser left folded, and what `Header` folds."""
    message = MIMEText("Dear all\n")
    message["From"] = "news@example.org"
    message["Subject"] = Header("Grüße " * 30, "utf-8")
    message["X-A"] = "one\n two"

    letter = read_letter(message)

    assert letter.subject == ("Grüße " * 30).strip()
    assert letter.headers == {"X-A": "one two"}


def test_a_text_is_ascii():
    """As smtplib has it: nobody knows in which charset the rest was meant."""
    assert read_letter(mail().decode()).subject == "Hello"
    with pytest.raises(ConfigurationError, match="ASCII only"):
        read_letter("Subject: Grüße\n\na")


@pytest.mark.parametrize("thing", [None, 1, ["a"], object()])
def test_what_is_no_message_is_refused(thing):
    """By its type."""
    with pytest.raises(ConfigurationError, match="is an EmailMessage, or its octets"):
        read_letter(thing)


def test_messages_that_write_themselves_otherwise_are_taken():
    """Those of Django have an `as_bytes` of their own."""

    class Peculiar(MIMEText):
        def as_bytes(self, unixfrom=False, linesep="\n"):
            raise AssertionError("not asked")

    message = Peculiar("Dear all\n")
    message["Subject"] = "Hello"

    assert read_letter(message).contents.text == "Dear all\n"


def test_a_message_that_cannot_be_written_is_refused():
    """Whatever the standard library says of it."""
    message = Message()
    message["Subject"] = "a"
    message.set_payload(17)
    with pytest.raises(TemplateError, match="cannot be written as a mail"):
        read_letter(message)


def test_lone_line_ends_are_line_ends():
    """As the drop-in takes them."""
    assert read_letter(b"Subject: a\rX-A: b\n\nc\rd\n").headers == {"X-A": "b"}


def test_the_digest_is_of_what_a_reader_sees():
    """Not of ids and dates, which programs make anew, but of every word."""

    def digest(cid="1@host", **said):
        said.setdefault("html", f'<img src="cid:{cid}">')
        message = modern(pictures=[("logo.png", cid)], **said)
        message["Date"] = "Tue, 24 Nov 2026 08:05:09 +0000"
        return read_letter(message).digest()

    assert digest() == digest(cid="2@host")
    others = {
        digest(),
        digest(text="Dear you\n"),
        digest(subject="Hi"),
        digest(files=[("a.pdf", b"x")]),
        digest(html='<b><img src="cid:1@host">'),
    }
    assert len(others) == 5
    assert digest(files=[("a.pdf", b"x")]) == digest(files=[("a.pdf", b"y")])


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300) | st.text(max_size=200))
def test_whatever_is_given_is_read_or_refused(message):
    """No other error comes out of it."""
    try:
        template_of(message)
    except SafesendError:
        return


@settings(deadline=None, max_examples=100)
@given(place=st.integers(0, 900), noise=st.binary(min_size=1, max_size=4))
def test_a_damaged_message_is_read_or_refused(place, noise):
    """What is read of it can be composed."""
    message = legacy(html="<p>a</p>", files=[("a.pdf", b"x")]).as_bytes()
    try:
        letter = read_letter(message[:place] + noise + message[place:])
        sealed(compiled(letter.subject, literal=True, text=letter.contents.text or "a"))
    except SafesendError:
        return


def test_non_ascii_addresses_come_as_octets():
    """RFC 6532: headers in UTF-8."""
    message = EmailMessage(policy=policy.SMTPUTF8)
    message["Subject"] = "Grüße"
    message["To"] = "jürgen@example.org"
    message.set_content("a")

    assert read_letter(message.as_bytes()).to == ["jürgen@example.org"]


@pytest.mark.parametrize("end", ["boundary*", 'boundary="'])
def test_a_content_type_without_end_is_refused_at_once(end: str) -> None:
    """The standard parser would take hours over it."""
    head = "Subject: x\nContent-Type: multipart/mixed;\n  "
    with pytest.raises(TemplateError, match="Content-Type: has more than 20000"):
        read_letter(f"{head}{end}{end[-1:] * 10}{'0' * 10**6}\n\nHi\n")
    assert read_letter(f"Subject: x\n\nContent-Type: {'x ' * 300}\nHi\n").subject == "x"
