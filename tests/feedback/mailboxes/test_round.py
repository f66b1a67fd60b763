"""feedback/mailboxes/round.py: which mails are done with when they are booked."""

from __future__ import annotations

import attrs
import pytest

from feedback.mails import ADA, ID, LETTER, block, report
from safesend.errors import TransportError
from safesend.feedback import Booking, MailKind
from safesend.feedback.mailboxes import Mail, MailRound
from safesend.policies.replies import open_rules

GONE = block(
    Final_Recipient=f"rfc822; {ADA}",
    Action="failed",
    Status="5.1.1",
    Diagnostic_Code="smtp; 550 5.1.1 no such user",
)
OURS = report(GONE)
OTHERS = report(GONE, letter=LETTER.replace(ID, ID[::-1]))
LETTER_OF_A_PERSON = f"From: {ADA}\r\nSubject: Hello\r\n\r\nDear all!\r\n".encode()


@attrs.define
class Box:
    """A mailbox in memory."""

    octets: list[bytes]
    name: str = "box"
    files: bool = True
    error: Exception | None = None
    expected: int | None = None
    passed_over: int = 1
    done: list[tuple[list[int], str | None]] = attrs.field(factory=list)

    def mails(self):
        """With its number as the handle."""
        self.expected = len(self.octets)
        for number, octets in enumerate(self.octets):
            yield Mail(f"{self.name}/{number}", octets, number)
        if self.error is not None:
            raise self.error

    def filed(self, handles, folder):
        """Remember them."""
        self.done.append(([*handles], folder))


def test_what_was_booked_is_filed_where_it_came_from():
    """
    What is about others' messages, or no report, stays as it is.
    """
    one, two = Box([OTHERS, OURS, LETTER_OF_A_PERSON]), Box([OURS], name="two")
    files = Box([OURS], name="files", files=False)
    seen = []
    mails = MailRound([one, two, files], told=seen.append)
    assert mails.expected is None
    news = [*mails]
    assert len(news) == 4
    assert seen == [1, 2, 3, 4, 5]
    assert (mails.expected, mails.passed_over) == (5, 3)
    assert mails.reader.kinds == {MailKind.BOUNCE: 4, MailKind.MAIL: 1}

    found = Booking(keys=frozenset({news[1].keys}))
    assert mails.file(found, "Done") == 2
    assert (one.done, two.done) == ([([1], "Done")], [([0], "Done")])
    assert mails.file(Booking()) == 0
    assert not files.done


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), "to its end: Permission denied;"),
        (TransportError("mail.example.org: no answer"), "example.org: no answer;"),
    ],
)
def test_a_mailbox_that_fails_is_a_problem_and_what_came_before_counts(error, reason):
    """
    The next one is read all the same, and what was booked is filed.
    """
    one, two = Box([OURS], error=error), Box([OURS], name="two")
    mails = MailRound([one, two], open_rules(None))
    news = [*mails]
    assert len(news) == 2
    [problem] = mails.reader.problems
    assert (problem.file, mails.reader.total_problems) == ("box", 1)
    assert reason in problem.reason
    assert mails.file(Booking(keys=frozenset({news[0].keys}))) == 2
    assert (one.done, two.done) == ([([0], None)], [([0], None)])


def test_a_second_round_files_what_it_found_itself():
    """
    As for the ledger of another mailing; what lay elsewhere before is forgotten.
    """
    one = Box([LETTER_OF_A_PERSON, OURS])
    mails = MailRound([one])
    assert len([*mails]) == 1
    one.octets = [OURS, LETTER_OF_A_PERSON]
    [news] = mails
    assert mails.file(Booking(keys=frozenset({news.keys}))) == 1
    assert one.done == [([0], None)]
