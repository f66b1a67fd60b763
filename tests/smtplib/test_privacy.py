"""Who is known from a call, and what may leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.ready import ReadyMessage
from safesend.smtplib import SMTPUnsafeMessage
from safesend.smtplib.fates import NO_MAILBOX
from safesend.smtplib.privacy import Discretion, _is_private_to, people_of

ADA, BO = "ada@example.org", "bo@example.com"

FIELDS = st.sampled_from(
    [
        b"To: ada@example.org\r\n",
        b"to: ada@example.org\r\n",
        b"To:ada@example.org\r\n",
        b"To: ada@example.org\r\n , bo@example.com\r\n",
        b"To: ada@example.org\r\n\t(bo@example.com)\r\n",
        b"To : bo@example.com\r\n",
        b"X-To: bo@example.com\r\n",
        b"X_Bcc: bo@example.com\r\n",
        b"Delivered--To: bo@example.com\r\n",
        b"BCC: bo@example.com\r\n",
        b"Resent-Sender: bo@example.com\r\n",
        b"Reply-To: bo@example.com\r\n",
        b"Subject: To: ada@example.org\r\n",
        b"Subject: =?utf-8?q?a=0D=0ABcc=3A_x?=\r\n",
        b"Subject: =?utf-8?q?caf=C3=A9?=\r\n",
        b"Subject: =?utf-8?q?a\r\n =0Ab?=\r\n",
        b"DKIM-Signature: v=1\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"no field at all\r\n",
        b" To: ada@example.org\r\n",
        b": ada@example.org\r\n",
    ]
)
MAILS = st.builds(
    lambda fields, body: b"".join(fields) + body,
    st.lists(FIELDS, max_size=5),
    st.sampled_from([b"\r\nhello\r\n", b"", b"\r\nTo: bo@example.com\r\n\r\nx\r\n"]),
)


@given(MAILS)
def test_what_is_passed_on_as_it_is_would_not_be_changed(octets: bytes) -> None:
    """The short look at a plain message agrees with the whole reading of it."""
    if _is_private_to(ADA, octets):
        assert b"".join(ReadyMessage.read(octets).addressed(ADA)) == octets


def test_a_plain_message_takes_the_short_way() -> None:
    """One To with this one mailbox, and nobody else anywhere in the header block."""
    plain = b"From: a@x.example\r\nTo: ada@example.org\r\nSubject: x\r\n\r\nhello\r\n"
    assert _is_private_to(ADA, plain)
    assert _is_private_to(ADA, b"Subject: =?utf-8?q?caf=C3=A9?=\r\n" + plain)
    assert not _is_private_to(BO, plain)
    assert not _is_private_to(ADA, plain + b"\0")
    assert not _is_private_to(ADA, b"Cc: bo@example.com\r\n" + plain)


@pytest.mark.parametrize(
    ("given_", "mailboxes"),
    [
        (ADA, {ADA: [ADA]}),
        ([ADA, BO], {ADA: [ADA], BO: [BO]}),
        (iter([f"Ada <{ADA}>", ADA]), {ADA: [f"Ada <{ADA}>", ADA]}),
        (
            ["Sally", "Ada@example.org", ADA],
            {"Sally": ["Sally"], "Ada@example.org": ["Ada@example.org", ADA]},
        ),
        ([], {}),
    ],
)
def test_recipients_are_read(given_: object, mailboxes: object) -> None:
    """A text, a list or whatever gives them; the same person twice is one."""
    people = people_of(given_)  # type: ignore[arg-type]
    assert (people.mailboxes, people.unreadable) == (mailboxes, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ADA}, {BO}",
        "team: ada@example.org, bo@example.com;",
        "ada@example.org]<bo@example.com>",
        "ada@example.org\r\nRCPT TO:<bo@example.com>",
        '"bo@example.com"@example.org',
        "ada @example.org",
        "Ada Nowak",
    ],
)
def test_what_is_not_one_mailbox_is_put_aside(text: str) -> None:
    """With the reason, and without a guess."""
    people = people_of([text, BO])
    assert people.mailboxes == {BO: [BO]}
    assert people.unreadable[text][0] == NO_MAILBOX


def _mail(*people: str, text: str = "") -> bytes:
    return f"From: o@x.example\r\nTo: {', '.join(people)}\r\n\r\n{text}\r\n".encode()


def test_each_copy_names_one_person() -> None:
    """And shares its body with the others."""
    copy = Discretion().private(_mail(ADA, BO), [ADA, BO], ())
    (to_ada, body), (to_bo, same) = copy(ADA), copy(BO)
    assert b"To: ada@example.org\r\n" in to_ada
    assert b"ada@" not in to_bo
    assert body is same


def test_a_list_that_is_the_same_is_gathered_once() -> None:
    """In a loop the people, and an unchanged message, are asked about once."""
    discretion = Discretion()
    discretion.private(_mail(ADA, BO), [ADA], ())
    company, asked = discretion._company, discretion._asked
    discretion.private(_mail(ADA, BO), [BO], ())
    assert (discretion._company, discretion._asked) == (company, asked)
    discretion.private(_mail(ADA, BO, text="other"), [BO], ())
    assert discretion._company is company
    assert discretion._asked != asked
    with pytest.raises(SMTPUnsafeMessage):
        discretion.private(_mail(ADA, BO, text=f"see {ADA}"), [BO], ())
    with pytest.raises(SMTPUnsafeMessage):
        discretion.private(_mail(ADA, BO, text=f"see {ADA}"), [ADA], ())
    discretion.private(_mail(ADA, "c@example.org"), [ADA], ())
    assert discretion._company is not company


def test_who_is_known_from_elsewhere_is_looked_for() -> None:
    """`besides`: the blind ones that the octets do not name any more."""
    with pytest.raises(SMTPUnsafeMessage):
        Discretion().private(_mail(ADA, text=f"see {BO}"), [ADA], [BO])
    Discretion().private(_mail(ADA, text=f"see {BO}"), [ADA], [])


def test_a_sender_among_the_recipients_is_no_leak() -> None:
    """A copy to oneself is what most programs send."""
    octets = f"From: {ADA}\r\nTo: {BO}\r\n\r\n-- \r\n{ADA}\r\n".encode()
    Discretion().private(octets, [BO, ADA], ())


def test_local_names_are_people_too() -> None:
    """They count for the limit, and cannot be found in a text."""
    copy = Discretion().disclosed(_mail("Sally", ADA), ["Sally", ADA], (), 2)
    assert copy(ADA) == copy("Sally")
    with pytest.raises(SMTPUnsafeMessage, match="max_disclosed"):
        Discretion().disclosed(_mail("Sally", ADA), ["Sally", ADA], (), 1)
