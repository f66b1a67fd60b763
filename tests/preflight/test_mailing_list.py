"""P12: what a list itself tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight.mailing_list import Agreed, ListSeen, Some, check_list
from safesend.preflight.report import Grade, worst


def _some(number):
    found = Some()
    for line in range(2, number + 2):
        found.add(f"people.csv:{line}")
    return found


def _only(what, **seen):
    """The one finding of this kind, or None."""
    found = [one for one in check_list(ListSeen(**seen)) if one.what == what]
    assert len(found) < 2
    return found[0] if found else None


def test_a_good_list_passes():
    """
    And it is told how many there are.
    """
    [finding] = check_list(ListSeen(people=1200))
    assert (finding.check, finding.grade) == ("P12", Grade.PASS)
    assert finding.reason == "1,200 people, each in one row and nobody twice"
    assert finding.publish == ""


def test_rows_that_cannot_be_used_fail():
    """
    Nothing is sent then; the first of them are named.
    """
    one = _only("List", people=3, problems=_some(1))
    assert one.grade is Grade.FAIL
    assert one.reason.startswith("1 problem with the list; nothing")
    many = _only("List", people=3, problems=_some(1234))
    assert many.reason.startswith("1,234 problems with the list")
    assert many.seen == (
        "people.csv:2",
        "people.csv:3",
        "people.csv:4",
        "... and 1,231 more",
    )


def test_an_empty_list_fails():
    """
    It is the wrong file.
    """
    assert _only("List", people=0).grade is Grade.FAIL


@pytest.mark.parametrize(("skipped", "words"), [(1, "1 row "), (2, "2 rows ")])
def test_rows_that_are_left_out_are_told(skipped, words):
    """
    Somebody chose that, so it stops nothing.
    """
    finding = _only("List", people=3, skipped=skipped)
    assert finding.grade is Grade.WARN
    assert words in finding.reason


@pytest.mark.parametrize(
    ("suppressed", "grade", "reason"),
    [
        (0, Grade.PASS, "nobody of it is on the suppression list"),
        (1, Grade.PASS, "1 person of it is on the suppression list and will be left"),
        (2, Grade.PASS, "2 people of it are on the suppression list and will be"),
        (3, Grade.FAIL, "everybody in it is on the suppression list"),
    ],
)
def test_who_is_suppressed_is_counted(suppressed, grade, reason):
    """
    They are left out, which is as it should be; nobody left is not.
    """
    finding = _only("Suppression", people=3, suppressed=suppressed)
    assert finding.grade is grade
    assert finding.reason.startswith(reason)


def test_without_a_suppression_list_nothing_is_said_of_it():
    """
    As nothing is of approvals and earlier mailings.
    """
    assert [one.what for one in check_list(ListSeen(people=3))] == ["List"]


@pytest.mark.parametrize(
    ("needed", "given", "others", "grade"),
    [
        (0, 0, 0, None),
        (0, 1, 0, Grade.PASS),
        (1, 1, 0, Grade.PASS),
        (1, 1, 1, Grade.PASS),
        (2, 1, 0, Grade.FAIL),
        (1, 0, 0, Grade.FAIL),
        (1, 0, 1, Grade.FAIL),
        (0, 0, 1, Grade.WARN),
    ],
)
def test_what_was_approved_is_what_would_be_sent(needed, given, others, grade):
    """
    Too few approvals, or those of something else, stop it where some are needed.
    """
    agreed = Agreed(needed=needed, given=given, others=others)
    finding = _only("Approval", people=3, agreed=agreed)
    assert (finding and finding.grade) == grade
    if others and not given:
        assert "what was approved is not this" in finding.reason


@pytest.mark.parametrize(
    ("field", "what"), [("offices", "Offices"), ("crowds", "Own addresses")]
)
def test_addresses_that_are_no_persons_are_worth_a_look(field, what):
    """
    They are told by their places, never by themselves.
    """
    one = _only(what, people=3, **{field: _some(1)})
    more = _only(what, people=3, **{field: _some(4)})
    assert one.grade is more.grade is Grade.WARN
    assert one.seen == ("people.csv:2",)
    assert one.reason.startswith("1 address ")
    assert more.reason.startswith("4 addresses ")
    assert more.seen[-1] == "... and 1 more"


@pytest.mark.parametrize(
    ("people", "grade"),
    [
        (100, Grade.PASS),
        (50, Grade.PASS),
        (49, Grade.WARN),
        (150, Grade.PASS),
        (151, Grade.WARN),
    ],
)
def test_a_list_unlike_the_last_one_is_worth_a_look(people, grade):
    """
    Half as long or more, and not beyond one and a half: that is usual.
    """
    finding = _only("Length", people=people, before="winter", last=100)
    assert finding.grade is grade
    assert "'winter', had 100" in finding.reason


@given(st.integers(0, 10**6), st.integers(0, 2000))
def test_there_always_is_a_word_on_the_list(people, problems):
    """
    One finding at least, and none that fails without a reason and a deed.
    """
    found = check_list(ListSeen(people=people, problems=_some(min(problems, 9))))
    assert found
    assert (worst(found) is Grade.PASS) is (people > 0 and not problems)
    assert all(one.publish for one in found if one.grade is not Grade.PASS)


def test_places_that_are_none_are_only_counted():
    """
    A list that was made in a program has no lines.
    """
    found = Some()
    found.add("")
    assert (found.number, found.seen) == (1, ())
