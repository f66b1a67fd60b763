"""Whole mailings into a Maildir over a SQLite ledger: one leak, and nothing leaves."""

from __future__ import annotations

from contextlib import closing

import pytest

from safesend import Allow, Attachment, Campaign, Recipient, Template, read_csv
from safesend.errors import UnsafeMessage
from safesend.ledger import open_ledger
from safesend.ledger.base import Allowance

GUESTS = "\n".join(f"guest{number}@elsewhere.example" for number in range(9))


def _people(count, first=0):
    return [
        Recipient(f"member{n}@example.net", name=f"Member Number{n}", note="-")
        for n in range(first, first + count)
    ]


def _campaign(people, *, files=(), **options):
    return Campaign(
        name="spring",
        sender="News <news@club.example>",
        template=Template(
            subject="Hello {{ name }}",
            text="Dear {{ name }},\n\n{{ note }}\n",
            attachments=list(files),
        ),
        audience=people,
        **options,
    )


@pytest.fixture
def send(tmp_path):
    def call(campaign, **options):
        box, ledger = tmp_path / "box", tmp_path / "spring.db"
        return campaign.send(f"maildir:{box}", ledger=ledger, **options)

    return call


def _sent(tmp_path):
    return sorted((tmp_path / "box" / "new").glob("*"))


def _rows(tmp_path):
    with closing(open_ledger(str(tmp_path / "spring.db"))) as ledger:
        return {record.name: record.enrolled for record in ledger.campaigns()}


def test_a_leak_in_the_last_row_stops_the_first(send, tmp_path):
    """Nothing was sent, and the ledger is as it was."""
    people = _people(1500)
    last = people[-1]
    people[-1] = Recipient.from_row(
        last.address, {**last.fields, "note": "ask member3@example.net"}
    )
    with pytest.raises(UnsafeMessage, match="I3") as caught:
        send(_campaign(people))
    assert "member3@" not in str(caught.value)
    assert _sent(tmp_path) == []
    assert _rows(tmp_path) == {"spring": 0}


def test_a_grown_list_is_looked_at_whole(send, tmp_path):
    """Who joins may be named by a row that got its message long ago."""
    old = _people(3)
    old[0] = Recipient.from_row(
        old[0].address, {**old[0].fields, "note": "bring member3@example.net"}
    )
    assert send(_campaign(old)).accepted == 3
    with pytest.raises(UnsafeMessage, match="I3"):
        send(_campaign([*old, *_people(1, 3)]))
    assert len(_sent(tmp_path)) == 3


def test_a_list_of_those_who_are_new_does_not_forget_the_others(send, tmp_path):
    """A file that names somebody of an earlier list is found."""
    assert send(_campaign(_people(3))).accepted == 3
    file = Attachment.from_bytes(b"contact: member1@example.net", name="flyer.txt")
    with pytest.raises(UnsafeMessage, match="of an earlier run"):
        send(_campaign(_people(1, 3), files=[file]), confirm_changes=True)
    assert len(_sent(tmp_path)) == 3


def test_what_was_allowed_is_in_the_report_and_in_the_ledger(send, tmp_path):
    """With its reason, in this call and in the next one."""
    file = Attachment.from_bytes(GUESTS.encode(), name="guests.txt")
    with pytest.raises(UnsafeMessage, match="L21"):
        send(_campaign(_people(2), files=[file]))
    allow = [Allow("L21", "the board published it", place="guests.txt")]
    report = send(_campaign(_people(2), files=[file], allow=allow))
    kept = Allowance("L21", "guests.txt", "the board published it")
    assert report.accepted == 2
    assert report.allowed == (kept,)
    again = send(_campaign(_people(2), files=[file], allow=allow))
    assert (again.sent_now, again.allowed) == (0, (kept,))
    assert again.to_json()["allowed"][0]["reason"] == "the board published it"


def test_one_mailbox_in_two_rows_is_no_leak(send, tmp_path):
    """A key column tells the rows apart; the person is the same."""
    file = tmp_path / "tickets.csv"
    file.write_text(
        "email,name,note,ticket\n"
        "ada@example.net,Ada Lovelace,mail ada@example.net,T-000001-A\n"
        "ada@example.net,Ada Lovelace,mail ada@example.net,T-000002-A\n"
        "bo@example.net,Bo Diddley,-,T-000003-A\n"
    )
    assert send(_campaign(read_csv(file, key="ticket"))).accepted == 3


def test_a_warning_is_in_the_report(send):
    """It stops nothing."""
    campaign = Campaign(
        name="spring",
        sender="news@club.example",
        template=Template(
            subject="Hello",
            text="Hello",
            html="<p>Hello, we have moved to another house.</p>"
            "<img src='https://x.example/a.png' alt='a'>",
        ),
        audience=_people(2),
    )
    report = send(campaign)
    assert report.accepted == 2
    assert [warning.check for warning in report.warnings] == ["L16"]
