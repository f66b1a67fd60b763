"""What a test has sent, asked whether it shows people to one another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from safesend.testing.guard.judge import Judgement, judge
from safesend.testing.guard.log import Sent

ADA, BO, CHEN = "ada@example.org", "bo@example.com", "chen@example.net"
OFFICE = "office@example.org"


def _sent(*people: str, head: str = "", text: str = "Do come!", to: str = "") -> Sent:
    named = to or ", ".join(people)
    octets = f"From: Choir <choir@example.org>\nTo: {named}\n{head}\n{text}\n"
    return Sent("test", people, octets.replace("\n", "\r\n").encode())


def _checks(*sent: Sent, meant: bool = False) -> list[list[str]]:
    judgement = judge(sent, [OFFICE], meant=meant)
    return [
        list(dict.fromkeys(leak.check for leak in seen.leaks))
        for seen in judgement.leaking
    ]


def test_nothing_sent_is_nothing_to_say() -> None:
    """And costs nothing."""
    assert judge([]) == Judgement()


@pytest.mark.parametrize(
    "sent",
    [
        (_sent(ADA), _sent(BO), _sent(CHEN)),
        (_sent(ADA), _sent(ADA, text="Dear ada@example.org, the second time.")),
        (_sent(ADA, text="Ask office@example.org or choir@example.org."),),
        (_sent(ADA, OFFICE),),
        (_sent(OFFICE, text=f"{ADA} and {BO} come."), _sent(ADA), _sent(BO)),
        (_sent(ADA, to=f"choir@example.org, {ADA}"),),
        (_sent(ADA, to=f'"{ADA}" <{ADA}>'),),
        (_sent("ada@test"), _sent("bo@test"), _sent(ADA, to="not, a, list")),
        (_sent("root"), _sent("", to="postmaster")),
        (_sent(ADA, OFFICE, to="undisclosed-recipients:;"),),
        (_sent(ADA, text="Write to stranger@example.net."),),
    ],
)
def test_what_shows_nobody_to_anybody(sent: tuple[Sent, ...]) -> None:
    """One message each, the sender, the reader, and colleagues."""
    judgement = judge(sent, [OFFICE])
    assert judgement == Judgement()


@pytest.mark.parametrize(
    ("check", "sent"),
    [
        ("L01", (_sent(ADA, BO),)),
        ("L01", (_sent(ADA, head=f"Cc: {BO}\n"),)),
        ("L01", (_sent(ADA, head=f"X-Odoo-Cc: {BO}\n"),)),
        ("L01", (_sent(ADA, head=f"To: {BO}\n"),)),
        ("L01", (_sent(ADA, OFFICE, to=f"{ADA}, {OFFICE}, x@example.net"),)),
        ("L01", (_sent("root", to=f"{ADA}, {BO}"),)),
        ("L01", (_sent("ada@localhost", "bo@localhost"),)),
        ("L01", (_sent("ada@test", "bo@test"),)),
        ("L01", (_sent("ada@test", "bo@test", to="undisclosed: a@test, b@test;"),)),
        ("I3", (_sent(f"=?utf-8?q?Ad=C3=A4?= <{ADA}>", text=BO), _sent(f"B <{BO}>"))),
        ("L02", (_sent(ADA, head=f"Bcc: {BO}\n"),)),
        ("L02", (_sent(ADA, head=f"Resent-Bcc: {BO}\n"),)),
        ("L02", (_sent(ADA, head="X-Odoo-Bcc: secret\n"),)),
        ("I3", (_sent(ADA, BO, to=ADA),)),
        ("I3", (_sent(ADA, text=f"As we told {BO}"), _sent(BO))),
        ("I3", (_sent(ADA, head=f"Reply-To: {BO}\n"), _sent(BO))),
        ("I3", (_sent(ADA, text=hashlib.md5(BO.encode()).hexdigest()), _sent(BO))),
        ("L12", (_sent(ADA, head=f"X-People: {BO}, {CHEN}\n"),)),
    ],
)
def test_what_shows_somebody(check: str, sent: tuple[Sent, ...]) -> None:
    """Each is found by the check that says so best."""
    assert _checks(*sent) == [[check]]


def test_a_nested_mail_is_looked_into() -> None:
    """A Bcc header of an attached mail is sent, too."""
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'
    inner = f"From: x@example.net\nBcc: {BO}\n\nold"
    text = f"--b\n\nhello\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--"
    assert _checks(_sent(ADA, head=head, text=text)) == [["L02"]]


def test_each_place_is_told_once() -> None:
    """A list in To and Cc names both, and nobody a second time."""
    head = f"Cc: {CHEN}\nX-Cc: choir@example.org\n"
    [seen] = judge([_sent(ADA, BO, head=head)]).leaking
    places = [(leak.check, leak.place) for leak in seen.leaks]
    assert places == [("L01", "header To"), ("L01", "header Cc")]
    assert seen.leaks[0].reason.startswith("3 people see one another (a…@example.org, ")
    assert [str(reader) for reader in seen.readers] == [
        "a…@example.org",
        "b…@example.com",
    ]


def test_a_long_list_is_shortened() -> None:
    """Three are shown."""
    people = [f"p{n}@example.org" for n in range(9)]
    [seen] = judge([_sent(*people)]).leaking
    shown = "(p…@example.org, p…@example.org, p…@example.org, …)"
    assert seen.leaks[0].reason == f"9 people see one another {shown}"


def test_one_message_for_many_that_shows_nobody_is_shared() -> None:
    """It is set apart: what relays add cannot be seen here (L03)."""
    sent = _sent(ADA, BO, to="choir@example.org")
    judgement = judge([sent])
    assert judgement.leaking == ()
    assert [seen.sent for seen in judgement.shared] == [sent]
    assert judge([sent], meant=True) == Judgement()


def test_what_could_not_be_read_is_set_apart() -> None:
    """Nobody can say what is in it."""
    sent = Sent("test", (), b"", trouble="TypeError")
    judgement = judge([sent, _sent(ADA)])
    assert (judgement.leaking, judgement.shared) == ((), ())
    assert [seen.sent for seen in judgement.unread] == [sent]


def test_what_is_meant_may_show_people_and_no_bcc_header() -> None:
    """That a list of blind copies is sent is never meant."""
    assert _checks(_sent(ADA, BO, head=f"Bcc: {CHEN}\n"), meant=True) == [["L02"]]
    assert _checks(_sent(ADA, BO, text=CHEN), _sent(CHEN), meant=True) == []


def test_an_address_in_a_file_is_found(tmp_path: Path) -> None:
    """Attachments are read as well."""
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'
    part = 'Content-Type: text/csv; name="a.csv"\n'
    disposition = 'Content-Disposition: attachment; filename="a.csv"\n'
    text = f"--b\n\nhello\n--b\n{part}{disposition}\nemail\n{BO}\n--b--"
    assert _checks(_sent(ADA, head=head, text=text), _sent(BO)) == [["I3"]]
