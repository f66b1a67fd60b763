"""Recipient -> Envelope, or the reason why not."""

import pytest

from engine.fleet import inspector, people, plan
from message.letters import forged
from safesend import Recipient
from safesend.engine.audience import Copy
from safesend.engine.prepare import Findings
from safesend.errors import (
    AttachmentError,
    Leak,
    LedgerError,
    TemplateError,
    UnsafeMessage,
)


def _preparer(**options):
    return plan(people(1), **options).preparer(b"k" * 32)


def test_an_envelope_is_for_one_person():
    """
    It names its reader, in the type and in the octets.
    """
    [ada, bob] = people(2)
    envelope = _preparer().envelope(ada, 0.0)
    assert envelope.recipient == ada.address
    assert b"To: p0@example.org\r\n" in envelope.content
    assert bob.address.wire.encode() not in envelope.content


def test_the_date_is_an_argument():
    """
    Nothing here reads the clock.
    """
    content = _preparer().envelope(people(1)[0], 0.0).content
    assert b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n" in content


def test_a_good_row_leaves_no_finding():
    """
    The sample is read again by a second parser, and it agrees.
    """
    findings = Findings()
    look = inspector(plan(people(3)))
    for ordinal, recipient in enumerate(people(3)):
        copy = Copy(recipient, ordinal)
        _preparer().rehearse(copy, 0.0, ordinal, look, findings)
    assert findings == Findings()


def test_a_second_reading_that_disagrees_is_a_leak():
    """
    An envelope whose text is not what the template says.
    """
    preparer = _preparer()
    [ada, bob] = people(2)
    envelope = preparer.envelope(ada, 0.0)
    preparer.second_reading(envelope, ada)
    changed = tuple(part.replace(b"Name 0", b"Name 1") for part in envelope.segments)
    with pytest.raises(UnsafeMessage):
        preparer.second_reading(forged(envelope, segments=changed), ada)
    with pytest.raises(UnsafeMessage):
        preparer.second_reading(envelope, bob)


@pytest.mark.parametrize(
    ("source", "error", "shown"),
    [
        ("l.csv:7", TemplateError("no field", "text", 2), "l.csv:7: text, line 2: no"),
        ("l.csv:7", TemplateError("l.csv:7: no field"), "l.csv:7: no field"),
        ("", TemplateError("no field"), "p…@example.org: no field"),
    ],
)
def test_a_problem_says_where_the_row_stands(source, error, shown):
    """
    File and line if they are known, else the masked address.
    """
    findings = Findings()
    row = Recipient.from_row("p0@example.org", {}, source=source)
    findings.add(row, error)
    assert str(findings.problems[0]).startswith(shown)


def test_each_kind_is_kept_apart():
    """
    Leaks stop a mailing, problems too; a missing file fails its row alone.
    """
    findings = Findings()
    row = Recipient.from_row("p0@example.org", {}, source="l.csv:3")
    findings.add(row, UnsafeMessage([Leak("I2", "To", "two")]))
    findings.add(row, AttachmentError("bill.pdf is missing"))
    findings.add(row, TemplateError("no field"))
    assert [leak.row for leak in findings.leaks] == ["l.csv:3"]
    assert (len(findings.problems), len(findings.failures)) == (1, 1)
    assert findings.total == 3


def test_a_thousand_are_kept_and_all_are_counted():
    """
    A list that is wrong throughout does not fill the memory.
    """
    findings = Findings()
    row = Recipient.from_row("p0@example.org", {}, source="l.csv:3")
    for _ in range(1200):
        findings.add(row, TemplateError("no field"))
        findings.add(row, UnsafeMessage([Leak("I2", "To", "two")]))
    assert (len(findings.problems), len(findings.leaks)) == (1000, 1000)
    assert findings.total == 2400


def test_a_ledger_that_fails_is_no_fault_of_a_row():
    """
    Nobody goes through a list to mend what is wrong with the ledger.
    """

    def damaged(_):
        raise LedgerError("the file is damaged")

    letter = plan(people(1), text="{{ name }}, ask zoe@other.example")
    look = inspector(letter, gathered=False)
    look.known = damaged
    look.gather(letter.audience, lambda _: None)
    [ada] = people(1)
    with pytest.raises(LedgerError):
        letter.preparer(b"k" * 32).rehearse(Copy(ada, 0), 0.0, 0, look, Findings())


def test_the_largest_message_is_known_after_a_rehearsal():
    """
    And whether any of them asks servers for SMTPUTF8.
    """
    rows = [*people(2), Recipient("zoë@example.org", name="x" * 400)]
    findings, look = Findings(), inspector(plan(rows))
    for ordinal, recipient in enumerate(rows):
        _preparer().rehearse(Copy(recipient, ordinal), 0.0, ordinal, look, findings)
        assert findings.needs_utf8 is (ordinal == 2)
    sizes = [_preparer().envelope(one, 0.0).size for one in rows]
    assert findings.largest == max(sizes) == sizes[2]
    assert findings.signatures == 0
