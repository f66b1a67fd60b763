"""preview/look.py: a rehearsal, and a sample of its messages."""

from __future__ import annotations

import attrs
import pytest

from message.judges import rsa, signing_by
from preview.mailings import campaign, person
from safesend import Campaign, Template, read_csv
from safesend.errors import AudienceError, TemplateError
from safesend.preview import look


def test_every_message_of_the_sample_is_read():
    """Numbered in the order of the list, each with the sentence for it."""
    found = look(campaign())
    assert found.rehearsal.ok
    assert [one.number for one in found.looks] == [1, 2, 3]
    assert found.looks[1].sentence == "This message names nobody but p1@example.org."
    assert all(one.ok and not one.leaks for one in found.looks)
    assert found.looks[1].message.subject == "Hello Person 1"
    assert found.looks[1].fields == [("name", "Person 1")]


def test_the_sample_is_as_large_as_asked_for():
    """And those who are searched for are in it."""
    people = [person(number) for number in range(40)]
    found = look(campaign(*people), sample=4, search=["p33@"])
    assert len(found.looks) == 4
    assert "p33@example.org" in [one.recipient.address.wire for one in found.looks]
    assert (found.sample.rows, found.sample.matched) == (40, 1)


def test_a_leak_of_one_row_is_told_of_that_row_only():
    """The others name nobody but their own reader."""
    people = [person(0), person(1, name="c/o p0@example.org"), person(2)]
    found = look(campaign(*people))
    assert [one.ok for one in found.looks] == [True, False, True]
    assert {leak.row for leak in found.looks[1].leaks} == {"people.csv:3"}
    assert found.looks[1].sentence.startswith("This message would show")
    assert "the checks found something" in found.looks[1].pick.reasons


def test_a_leak_of_the_letter_is_told_of_every_row():
    """Whoever reads it would see the others."""
    found = look(campaign(text="Dear {{ name }}, ask p1@example.org\n"))
    assert [one.ok for one in found.looks] == [False] * 3


def test_a_row_that_cannot_be_made_says_why():
    """It has no message; the others can be looked at."""
    found = look(campaign(person(0), person(1, name=""), person(2)))
    assert [one.message is None for one in found.looks] == [False, True, False]
    assert "people.csv:3: field 'name' is empty" in found.looks[1].sentence
    assert found.looks[1].pick.reasons[0] == "cannot be made"
    assert [one.ok for one in found.looks] == [True, False, True]


def test_what_is_not_known_is_not_said():
    """Of more findings than are kept nobody knows which row they belong to."""
    people = [person(n, name="" if n > 2 else "Ada") for n in range(1200)]
    found = look(campaign(*people), sample=3)
    first = found.looks[0]
    assert (first.ok, first.leaks) == (False, ())
    assert first.sentence.startswith("Not known of this message")


def test_a_list_with_bad_lines_is_shown_as_far_as_it_is_good(tmp_path):
    """What is wrong is in the rehearsal; a list of nobody has nothing to show."""
    file = tmp_path / "people.csv"
    letter = Template(subject="Hello", text="Dear {{ name }}\n")

    def found(lines):
        file.write_text(f"email,name\n{lines}", "utf-8")
        people = read_csv(file)
        return look(
            Campaign(name="x", sender="a@example.org", template=letter, audience=people)
        )

    some = found("a@example.org,Ada\nnobody,B\n")
    assert [one.recipient.fields["name"] for one in some.looks] == ["Ada"]
    assert [problem.line for problem in some.rehearsal.problems] == [3]
    assert found("").looks == ()


def test_a_list_that_changes_meanwhile_is_an_error(tmp_path):
    """What is looked at is what was checked."""
    file = tmp_path / "people.csv"
    file.write_text("email,name\na@example.org,Ada\n")
    people = read_csv(file)

    class Changing:
        passes = 0

        def __iter__(self):
            self.passes += 1
            if self.passes == 3:
                file.write_text("email,name\nbob@example.org,Bob\n")
            return iter(people)

    mailing = campaign(person(0), person(1))
    with pytest.raises(AudienceError, match="changed while it was used"):
        look(attrs.evolve(mailing, audience=Changing()))


def test_a_letter_that_is_none_is_an_error():
    """As in a rehearsal."""
    with pytest.raises(TemplateError):
        look(campaign(text="{{ name"))


def test_a_signed_mailing_is_signed_where_it_is_shown_only():
    """The sample is chosen by messages without signatures, which take no time."""
    signed = []

    def sign(digest):
        signed.append(digest)
        return rsa().key.sign(digest)

    people = [person(number) for number in range(40)]
    found = look(attrs.evolve(campaign(*people), dkim=signing_by(sign)), sample=4)
    assert all(one.ok for one in found.looks)
    assert len(signed) == 1 + 4  # the rehearsal's own, and what is shown
