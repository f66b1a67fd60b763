"""P13: what composing every message found."""

from safesend.errors import Leak, Problem, Severity
from safesend.preflight.letters import LettersSeen, check_letters
from safesend.preflight.report import Grade


def _leak(check="L05", row="", severity=Severity.REFUSE, advice="mend it"):
    return Leak(check, "header To", "is wrong", row, severity, advice)


def test_messages_without_a_fault_pass():
    """
    All of them were looked at, not a sample.
    """
    [one] = check_letters(LettersSeen(made=1))
    assert (one.check, one.grade) == ("P13", Grade.PASS)
    assert one.reason.startswith("1 message was")
    [more] = check_letters(LettersSeen(made=2000))
    assert more.reason.startswith("2,000 messages were")
    [rest] = check_letters(LettersSeen(made=9, complete=False))
    assert rest.reason.startswith("what can be made was composed and checked")


def test_of_no_message_nothing_was_seen():
    """
    The list says that it is empty.
    """
    [one] = check_letters(LettersSeen(made=0))
    assert one.grade is Grade.SKIPPED
    assert "P12" in one.publish


def test_a_leak_fails_and_a_warning_warns():
    """
    One finding for each check, the failures ahead.
    """
    leaks = [
        _leak("L09", severity=Severity.WARN),
        _leak("L05", "a.csv:2"),
        _leak("L05", "a.csv:3"),
    ]
    found = check_letters(LettersSeen(made=3, leaks=leaks))
    assert [(one.about, one.grade) for one in found] == [
        ("L05", Grade.FAIL),
        ("L09", Grade.WARN),
    ]
    assert found[0].reason == "header To: is wrong (2 times)"
    assert found[0].seen == ("a.csv:2: header To", "a.csv:3: header To")
    assert found[0].publish == "mend it"
    assert found[1].seen == ()


def test_many_places_are_told_by_three():
    """
    And how many more there are.
    """
    leaks = [_leak(row=f"a.csv:{line}") for line in range(2, 1002)]
    [finding] = check_letters(LettersSeen(made=1000, leaks=leaks))
    assert len(finding.seen) == 4
    assert finding.seen[-1] == "... and 997 more"


def test_a_leak_without_advice_still_says_what_to_do():
    """
    Every finding that does not pass does.
    """
    [finding] = check_letters(LettersSeen(made=1, leaks=[_leak(advice="")]))
    assert "safesend check" in finding.publish


def test_rows_without_a_message_hold_up_nobody_else():
    """
    A file of theirs is missing, for example.
    """
    gone = Problem("a.csv", 2, "", "there is no file map.pdf")
    [one] = check_letters(LettersSeen(made=5, failures=[gone]))
    assert one.grade is Grade.WARN
    assert one.reason.startswith("the message of 1 row cannot be made")
    assert one.seen == ("a.csv:2: there is no file map.pdf",)
    [two] = check_letters(LettersSeen(made=5, failures=[gone, gone]))
    assert two.reason.startswith("the messages of 2 rows")
