"""Tests of seal: what was tampered with is refused."""

from __future__ import annotations

import copy
import pickle

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.errors import UnsafeMessage
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.compose import sign
from safesend.message.dkim import Dkim
from safesend.message.envelope import Envelope, seal, seal_ready
from safesend.message.identity import CampaignKey
from safesend.message.letterhead import Letterhead
from safesend.message.unsubscribe import UnsubscribeKey

from .judges import ed25519, pem, rsa
from .letters import (
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

OWN = Attachment.from_bytes(bytes(range(256)), name="own.bin")
OTHERS = Attachment.from_bytes(bytes(range(255, -1, -1)), name="own.bin")
MAP = Attachment.from_bytes(b"%PDF" * 30, name="map.pdf")
FULL = compiled(
    "Hi {{ name }}",
    text="{{ name }}\n{{ unsubscribe_url }}",
    html="<p>{{ name }}",
    headers={"X-Tag": "{{ name }}"},
    attachments=[MAP],
    letterhead=Letterhead(SENDER, unsubscribe=URL, envelope_sender="b+{token}@x.org"),
)
GOOD = composed(FULL, row(attachments=[OWN]))


def refused(message, check, key=KEY):
    with pytest.raises(UnsafeMessage) as caught:
        seal(message, key)
    [leak] = caught.value.leaks
    assert check == leak.check
    assert leak.row == "members.csv:17"
    assert "@" not in str(caught.value)


def with_first(message, change):
    first = change(message.segments[0])
    assert first != message.segments[0]
    return attrs.evolve(message, segments=(first, *message.segments[1:]))


def test_a_good_message_is_sealed():
    """
    The envelope holds what was composed, and where it goes.
    """
    envelope = seal(GOOD, KEY)
    token = KEY.bounce(KEY.row(row().address))

    assert envelope.recipient.wire == "ada@example.net"
    assert envelope.sender == f"b+{token}@x.org"
    assert envelope.segments == GOOD.segments
    assert envelope.content == b"".join(GOOD.segments)
    assert envelope.size == len(envelope.content)
    assert envelope.row == KEY.row(row().address)
    assert envelope.message_id.encode() in envelope.content
    assert not envelope.needs_smtputf8


def test_who_sees_a_bounce_address_cannot_unsubscribe_its_reader():
    """
    I7: a token for each purpose; that of the link stands in no envelope sender.
    """
    envelope = seal(GOOD, KEY)
    link = KEY.token(envelope.row)

    assert link.encode() in envelope.content
    assert link not in envelope.sender
    assert envelope.sender.encode() not in envelope.content


@pytest.mark.parametrize(
    "other",
    [
        SEALING.token(Address.parse("bob@example.net"), "spring"),
        SEALING.token(row().address, "summer"),
        SEALING.trying().token(row().address, "spring"),
        UnsubscribeKey(b"m" * 32).token(row().address, "spring"),
    ],
)
def test_a_sealed_link_is_made_anew_and_compared(other):
    """
    I7: nobody else's, no other campaign's, and not that of a trial.
    """
    good = composed(compiled(text="{{ name }}", letterhead=SEALED))
    own = SEALING.token(row().address, "spring")
    changed = with_first(good, lambda s: s.replace(own.encode(), other.encode()))

    assert seal(good, KEY).content.count(own.encode()) == 1
    refused(changed, "I7")


def test_smtputf8_is_needed_for_sender_or_recipient():
    """
    Whoever of the two is outside of ASCII.
    """
    assert sealed(recipient=row("jürgen@example.net")).needs_smtputf8
    assert sealed(compiled(reply_to="jürgen@example.net")).needs_smtputf8


def test_an_envelope_is_made_by_seal_only():
    """
    Not by its class.
    """
    with pytest.raises(UnsafeMessage, match="seal"):
        Envelope(
            sender="a@x.org",
            recipient=row().address,
            segments=(b"",),
            message_id="",
            needs_smtputf8=False,
            size=0,
            row=b"",
            made_by=None,
        )


@pytest.mark.parametrize("changed", ["recipient", "segments", "sender", "message_id"])
def test_no_changed_copy_of_an_envelope_is_made(changed):
    """
    Not to another person, and not with another person's message.
    """
    ada, eve = sealed(), sealed(recipient=row("eve@example.com", name="Eve"))
    with pytest.raises(UnsafeMessage, match="seal") as caught:
        attrs.evolve(ada, **{changed: getattr(eve, changed)})
    assert "@" not in str(caught.value)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(ada, changed, getattr(eve, changed))


def test_a_true_copy_is_the_same_envelope():
    """
    Worker processes need them; nothing of it has changed.
    """
    envelope = sealed()
    for same in (copy.deepcopy(envelope), pickle.loads(pickle.dumps(envelope))):
        assert same == envelope
        with pytest.raises(UnsafeMessage):
            attrs.evolve(same, recipient=row("eve@example.com").address)


def test_an_envelope_prints_neither_recipient_nor_sender():
    """
    Neither the recipient's nor that of the sender.
    """
    shown = repr(sealed())
    assert "ada@" not in shown
    assert "news@" not in shown


@pytest.mark.parametrize(
    "line",
    [
        b"Bcc: eve@example.com",
        b"bcc : eve@example.com",
        b"CC: eve@example.com",
        b"To: eve@example.com",
        b"Resent-To: eve@example.com",
        b"Apparently-To: eve@example.com",
        b"Delivered-To: eve@example.com",
    ],
)
def test_another_field_with_people_is_refused(line):
    """
    Wherever in the header it was added (I2).
    """
    for before in (b"To: ", b"Subject: ", b"MIME-Version: "):
        added = with_first(
            GOOD, lambda s, b=before: s.replace(b, line + b"\r\n" + b, 1)
        )
        refused(added, "I2")


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        (b"To: ada@example.net", b"To: eve@example.com", "I2"),
        (b"To: ada@example.net", b"To: ada@example.net, eve@example.com", "I2"),
        (b"To: ada@example.net", b"To: ADA@example.net", "I2"),
        (b"To: ada@example.net", b"To: Ada <ada@example.net>", "I2"),
        (b"To: ada@example.net\r\n", b"", "I2"),
        (b"From: News", b"From: Mews", "I6"),
        (b"Subject: Hi Ada\r\n", b"", "I6"),
        (b"Subject: Hi Ada\r\n", b"Subject: Hi Eve\r\n", "I6"),
        (b"Subject: ", b"X-Other: 1\r\nSubject: ", "I6"),
        (b"Subject: Hi Ada", b"Subject: Hi Ada\r\n \r\n x", "I6"),
        (b"Subject: Hi Ada", b"Subject: Hi Ada\nBcc: eve@example.com", "I2"),
        (b"Subject: Hi Ada", b"Subject: Hi Ada\rBcc: eve@example.com", "I6"),
        (b"Subject: Hi Ada", b"Subject: Hi \0Ada", "I6"),
        (b"Subject: Hi Ada", b"Subject: " + b"x" * 999, "I6"),
        (b"Subject: Hi Ada", "Subject: Hi Ädä".encode(), "I6"),
        (b"MIME-Version: 1.0\r\n", b"", "I6"),
        (b"auto-generated", b"no", "I6"),
        (b"=One-Click", b"=Other", "I6"),
        (b"\r\n\r\n--=_", b"\r\n--=_", "I6"),
        (b"+0000\r\n", b"+0000 (x)\r\n", "I6"),
        (b"\r\nAda\r\n", b"\r\nEve\r\n", "I6"),
        (b"<p>", b"<b>", "I6"),
    ],
)
def test_changed_octets_are_refused(old, new, check):
    """
    Each change of the first segment breaks a named rule.
    """
    changed = with_first(GOOD, lambda segment: segment.replace(old, new, 1))

    refused(changed, check)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_octet_can_be_flipped(data):
    """
    Any octet of any segment.
    """
    number = data.draw(st.integers(0, len(GOOD.segments) - 1))
    segment = bytearray(GOOD.segments[number])
    place = data.draw(st.integers(0, len(segment) - 1))
    segment[place] ^= data.draw(st.integers(1, 255))
    segments = list(GOOD.segments)
    segments[number] = bytes(segment)

    with pytest.raises(UnsafeMessage):
        seal(attrs.evolve(GOOD, segments=tuple(segments)), KEY)


def test_another_recipient_cannot_get_the_message():
    """
    Envelope and To must be the same mailbox (I2).
    """
    refused(
        attrs.evolve(GOOD, recipient=row("eve@example.com", attachments=[OWN])), "I2"
    )


def test_another_row_of_the_same_mailbox_cannot_get_it():
    """
    Where a key column sets rows apart, the Message-ID belongs to one (I4).
    """
    other = row(attachments=[OWN])
    object.__setattr__(other, "key", "second")

    refused(attrs.evolve(GOOD, recipient=other), "I4")


def test_another_key_or_campaign_cannot_seal_it():
    """
    The row is bound to the campaign and to the ledger's key (I4).
    """
    refused(GOOD, "I4", CampaignKey(b"k" * 32, "summer"))
    refused(GOOD, "I4", CampaignKey(b"x" * 32, "spring"))


def test_another_rows_link_is_refused():
    """
    Nobody can sign off somebody else (I7).
    """
    eve = composed(FULL, row("eve@example.com", attachments=[OWN]))
    values = (*GOOD.values[:3], eve.values[3], *GOOD.values[4:])
    first = GOOD.compiled.layout(GOOD.recipient).fill(values)

    refused(
        attrs.evolve(GOOD, values=values, segments=(first, *GOOD.segments[1:])), "I7"
    )


@pytest.mark.parametrize(
    "value",
    [
        b"x\nBcc: y",
        b"x\ry",
        b"x\0",
        "é".encode(),
        b"\r\n--=_x\r\n",
        b"=",
        b"a=2",
        b"=3d",
        b"x" * 77,
        b"x\r\n" + b"y" * 77 + b"\r\n",
        b"\n",
        b"\r",
    ],
)
def test_a_value_that_is_not_quoted_printable_is_refused(value):
    """
    Also when the segment is filled with it rightly (I5).
    """
    values = (*GOOD.values[:-1], value)
    first = GOOD.compiled.layout(GOOD.recipient).fill(values)

    refused(
        attrs.evolve(GOOD, values=values, segments=(first, *GOOD.segments[1:])), "I5"
    )


@pytest.mark.parametrize("change", [lambda v: v[:-1], lambda v: (*v, b"x")])
def test_values_are_as_many_as_the_template_needs(change):
    """
    One more or less is not this template's message.
    """
    refused(attrs.evolve(GOOD, values=change(GOOD.values)), "I6")


def test_files_cannot_be_added_dropped_or_swapped():
    """
    The segments are those of the template and of this row, in order.
    """
    first, shared, own, end = GOOD.segments
    for segments in (
        (first, own, shared, end),
        (first, shared, end),
        (first, shared, own),
        (first, shared, own, own, end),
        (first, shared, own, end, b"x"),
        (first,),
    ):
        refused(attrs.evolve(GOOD, segments=segments), "I6")


def test_a_row_without_files_gets_none():
    """
    The layout belongs to the recipient.
    """
    message = composed()

    refused(attrs.evolve(message, segments=(*message.segments, b"x")), "I6")


def test_another_persons_file_is_refused():
    """
    The same name and size, other content (L22).
    """
    others = composed(FULL, row(attachments=[OTHERS]))

    refused(attrs.evolve(GOOD, segments=others.segments), "L22")


def test_an_empty_personal_file_is_sealed():
    """
    No lines of base64 at all.
    """
    empty = Attachment.from_bytes(b"", name="empty.txt")

    assert sealed(FULL, row(attachments=[empty])).size


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_every_personal_file_is_sealed(data):
    """
    Of any length.
    """
    file = Attachment.from_bytes(data, name="f.bin")

    assert sealed(recipient=row(attachments=[file]))


def test_an_envelope_prints_no_address():
    """
    Masked, and without the message.
    """
    shown = repr(sealed(FULL))

    assert "ada@" not in shown
    assert "Subject" not in shown


def test_another_rows_idempotency_key_is_refused():
    """
    With it the relay would take this message for that one, and drop it.
    """
    letter = compiled(idempotency="Resend-Idempotency-Key")
    message = composed(letter)
    own = KEY.idempotency(KEY.row(row().address)).encode()
    other = KEY.idempotency(KEY.row(row("bob@example.net").address)).encode()

    assert b"Resend-Idempotency-Key: " + own + b"\r\n" in seal(message, KEY).content
    values = tuple(other if value == own else value for value in message.values)
    swapped = with_first(message, lambda first: first.replace(own, other))
    refused(attrs.evolve(swapped, values=values), "I7")


@pytest.mark.parametrize(
    "block",
    [
        b"To: eve@example.net\r\n",
        b"To: ada@example.net, eve@example.net\r\n",
        b"To: ada@example.net\r\nTo: ada@example.net\r\n",
        b"To: ada@example.net\r\nBcc : eve@example.net\r\n",
        b"Cc: ada@example.net\r\n",
        b"X-Odoo-Bcc: ada@example.net\r\n",
        b"Resent-To: ada@example.net\r\n",
        b"To: team: ada@example.net, eve@example.net;\r\n",
    ],
)
def test_a_ready_message_for_anybody_else_is_not_sealed(block):
    """
    Its block may name nobody, or the one recipient in To.
    """
    ada = Address.parse("ada@example.net")
    with pytest.raises(UnsafeMessage, match="I2"):
        seal_ready((block, b"\r\nHi\r\n"), SENDER.wire, ada)


@pytest.mark.parametrize(
    "body", [b"\r\na\nb", b"\r\na\rb", b"\r\n\0", b"\r\n" + b"x" * 999]
)
def test_a_ready_message_is_octets_that_every_server_reads_alike(body):
    """
    CRLF line ends only, no NUL, no endless line.
    """
    ada = Address.parse("ada@example.net")
    with pytest.raises(UnsafeMessage, match="I5"):
        seal_ready((b"To: ada@example.net\r\n", body), SENDER.wire, ada)


def test_a_ready_message_is_sealed():
    """
    With its own Message-ID, or none.
    """
    ada = Address.parse("Ada@Example.net")
    for block, found in [
        (b"To: A <ada@EXAMPLE.net>\r\nMessage-ID: <1@x>\r\n", "<1@x>"),
        (b"Subject: x\r\n", ""),
    ]:
        envelope = seal_ready((block, b"\r\nHi\r\n"), SENDER.wire, ada)
        assert envelope.message_id == found
        assert envelope.content == block + b"\r\nHi\r\n"
        assert envelope.recipient == ada
        assert not envelope.needs_smtputf8


SIGNED = compiled(dkim=[rsa(), ed25519()])


def with_fields(message, change):
    fields = change(message.signature.fields)
    assert fields != message.signature.fields
    return attrs.evolve(
        message, signature=attrs.evolve(message.signature, fields=fields)
    )


def test_a_signed_message_begins_with_its_signatures():
    """
    As they were made, and nothing after them is other than it was.
    """
    message = sign(composed(SIGNED))
    envelope = seal(message, KEY)
    assert envelope.segments == (message.signature.fields, *message.segments)
    assert envelope.size == len(envelope.content)


def test_who_is_to_sign_must_have_signed():
    """
    Nothing leaves without the signature that was asked for, or with another one.
    """
    refused(composed(SIGNED), "I6")
    stray = attrs.evolve(composed(), signature=sign(composed(SIGNED)).signature)
    refused(stray, "I6")


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.replace(b"d=example.org", b"d=example.net", 1),
        lambda f: f.replace(b"s=r2026", b"s=x2026"),
        lambda f: f.replace(b"s=r2026;", b"s=r2026; i=ada@example.org;"),
        lambda f: f.replace(b"; t=", b"; l=0; t=", 1),
        lambda f: f.replace(b"from:from", b"from", 1),
        lambda f: f.replace(b"bh=", b"bh=@", 1),
        lambda f: f + b"Bcc: eve@example.com\r\n",
        lambda f: b"Bcc: eve@example.com\r\n" + f,
        lambda f: f.replace(b"\r\nDKIM", b"\r\nBcc: eve@example.com\r\nDKIM"),
        lambda f: f[:-2] + b"\r\n\r\n",
        lambda f: f[:-2],
        lambda f: f.replace(b"\r\n", b"\n"),
        lambda f: f[: f.rindex(b"DKIM")],
        lambda f: f[f.rindex(b"DKIM") :] + f[: f.rindex(b"DKIM")],
        lambda f: f + f[f.rindex(b"DKIM") :],
        lambda f: f.replace(b"t=1795507509", b"t=1795507510", 1),
        lambda f: b"",
    ],
)
def test_a_signature_has_one_shape_only(change):
    """
    Whose, where, when, which headers, how long: all is as the keys write it, and
    nothing can be put in.
    """
    refused(with_fields(sign(composed(SIGNED)), change), "I6")


def test_a_signature_is_dated_as_its_message_is():
    """
    All of them alike is not enough.
    """
    message = with_fields(
        sign(composed(SIGNED)), lambda f: f.replace(b"t=1795507509", b"t=1795507510")
    )
    refused(message, "I4")


@pytest.mark.parametrize("part", ["values", "segments"])
def test_a_signature_of_another_message_is_refused(part):
    """
    The row beside it, or the same letter composed anew: it is this one or it is none.
    """
    mine = sign(composed(SIGNED))
    theirs = sign(composed(SIGNED, row("bob@example.com", name="Bob")))
    refused(attrs.evolve(mine, signature=theirs.signature), "I4")
    stolen = attrs.evolve(mine.signature, **{part: getattr(theirs.signature, part)})
    refused(attrs.evolve(mine, signature=stolen), "I4")


def test_a_signature_by_a_key_of_another_length_is_refused():
    """
    The campaign's key makes signatures of one length.
    """
    other = compiled(dkim=[Dkim("example.org", "r2026", pem("ed25519")), ed25519()])
    fields = sign(composed(other)).signature.fields
    refused(with_fields(sign(composed(SIGNED)), lambda _: fields), "I6")
